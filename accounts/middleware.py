"""What every request carries: the access log, and the person's own language."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import translation
from structlog.contextvars import get_contextvars

from accounts.models import AccessEntry, AccessVerb
from accounts.permissions import organisations, scope_of
from accounts.sessions import ConfirmFirst, fresh, over
from blended_pilot.kernel.scope import acting, current, each_acting

REFUSALS = {403, 409}
MEMBERS_PER_ENTRY = 5_000  # one export of a large pilot is several rows, each still quick to index


def _storable(text: Any) -> str:
    """Text as PostgreSQL takes it: what a client sends may hold NUL."""
    return str(text).replace("\0", "")


@dataclass
class Access:
    """Collects what one request showed or was refused; written when the response leaves."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    fresh: Callable[[], bool] = field(default=lambda: True)

    def note(
        self,
        *,
        verb: str,
        what: str,
        members: Iterable[int] = (),
        reason: str = "",
        organisation_id: int | None = None,
    ) -> None:
        """Record that the response shows `what`; `members` are those whose identity it carries.

        Raises ConfirmFirst for a file with identities when the person has to confirm who they are.
        """
        members = sorted(set(members))
        if members and verb == AccessVerb.EXPORT and not self.fresh():
            raise ConfirmFirst
        self.entries.append(
            {
                "verb": AccessVerb(verb).value,
                "what": _storable(what),
                "members": members,
                "reason": _storable(reason),
                "organisation_id": organisation_id,
            }
        )

    @property
    def members(self) -> list[int]:
        """Whose identity the response carries, as far as it was noted."""
        return sorted({member for entry in self.entries for member in entry["members"]})

    def refused(self, sentence: str, *, organisation_id: int | None = None) -> None:
        self.note(verb=AccessVerb.REFUSED, what=sentence, organisation_id=organisation_id)

    def write(self, request: HttpRequest, response: HttpResponse) -> None:
        """One row for each entry, in a transaction of its own."""
        user = request.user if request.user.is_authenticated else None
        of_person = organisations(user)
        only = next(iter(of_person)) if len(of_person) == 1 else None
        common = {
            "user": user,
            "method": (request.method or "")[:10],
            "path": _storable(request.path)[:500],
            "status": response.status_code,
            "request_id": str(get_contextvars().get("request_id", ""))[:64],
        }
        rows = []
        for entry in self.entries:
            members = entry["members"]
            for start in range(0, max(len(members), 1), MEMBERS_PER_ENTRY):
                rows.append(
                    AccessEntry(
                        **common,
                        verb=entry["verb"],
                        what=entry["what"][:200],
                        reason=entry["reason"][:500],
                        organisation_id=entry["organisation_id"] or only,
                        members=members[start : start + MEMBERS_PER_ENTRY],
                    )
                )
        with transaction.atomic():
            AccessEntry.objects.bulk_create(rows)


class AccessLogMiddleware:
    """Gives each request its `access` and writes it at the end, outside the view's transaction.

    What the view did may be rolled back; that it was asked for is not.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        access = Access(fresh=lambda: fresh(request))
        request.access = access  # type: ignore[attr-defined]
        response = self.get_response(request)
        if response.status_code in REFUSALS and not any(e["verb"] == AccessVerb.REFUSED for e in access.entries):
            access.refused(response.reason_phrase)
        if access.entries:
            access.write(request, response)
        return response


class SignInLimitsMiddleware:
    """Ends a browser's sign-in that was idle or lasted too long; the door then says why (`request.sign_in_over`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and (why := over(request)):
            request.session.flush()
            request.user = AnonymousUser()
            request.sign_in_over = why  # type: ignore[attr-defined]
        return self.get_response(request)


class ScopeMiddleware:
    """The database is asked for the person of the request, to the last part of a streamed answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting(scope_of(request.user)):
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
                response.streaming_content = each_acting(current(), response.streaming_content)
        return response


class PersonMiddleware:
    """Everybody reads in the language they chose."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated or not user.language:
            return self.get_response(request)
        with translation.override(user.language):
            request.LANGUAGE_CODE = user.language
            return self.get_response(request)
