"""A browser's sign-in: how long it lasts, how fresh it is, and what waits until it is fresh again."""

import time
from dataclasses import dataclass
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal.httpkit import authenticated_user
from django.conf import settings
from django.http import HttpRequest

BEGAN, SEEN = "sign_in_began", "sign_in_seen"
WAITING = "waiting_for_confirmation"
MINUTE = 60
HOUR = 60 * MINUTE
CLOCKS_DIFFER = 60  # seconds by which a provider's clock may be behind
IDLE, LONGEST = "idle", "longest"
ELSEWHERE, ASKED_ELSEWHERE = "socialaccount", "asked_to_confirm_elsewhere"  # the first is allauth's word
CSRF_FIELD = "csrfmiddlewaretoken"


class ConfirmFirst(Exception):
    """What is asked for needs a person who proved just now who they are; nothing was done."""


def fresh(request: HttpRequest) -> bool:
    """Whether the person signed in or confirmed who they are within `STEP_UP_MINUTES` (0: that is never asked)."""
    if not settings.STEP_UP_MINUTES:
        return True
    latest = max((r["at"] for r in get_authentication_records(request, request.user) if _proves(r)), default=0.0)
    return bool(time.time() - latest < settings.STEP_UP_MINUTES * MINUTE)


def _proves(record: dict[str, Any]) -> bool:
    """Coming in through an identity provider may have asked the person for nothing; confirming there does ask."""
    return record["method"] != ELSEWHERE or bool(record.get("reauthenticated"))


def asks_elsewhere(request: HttpRequest) -> None:
    """The person is on their way to confirm at the identity provider."""
    request.session[ASKED_ELSEWHERE] = time.time()


def confirmed_elsewhere(request: HttpRequest, proved_at: Any) -> bool:
    """Whether they proved who they are after being asked (`proved_at`, by the provider's clock). Counts once."""
    asked = request.session.pop(ASKED_ELSEWHERE, None)
    if asked is None or not isinstance(proved_at, int) or proved_at < asked - CLOCKS_DIFFER:
        return False
    record_authentication(request, authenticated_user(request), ELSEWHERE, reauthenticated=True)
    return True


def over(request: HttpRequest) -> str:
    """Why the sign-in has ended (`IDLE`, `LONGEST`), or "". A sign-in that goes on is remembered to the minute."""
    now, session = time.time(), request.session
    began, seen = session.get(BEGAN), session.get(SEEN)
    if began is None or seen is None:
        session[BEGAN] = session[SEEN] = now
        return ""
    if now - began >= settings.SESSION_LONGEST_HOURS * HOUR:
        return LONGEST
    if now - seen >= settings.SESSION_IDLE_MINUTES * MINUTE:
        return IDLE
    # what a page asks for by itself is not the person
    if now - seen >= MINUTE and "Polling" not in request.headers:
        session[SEEN] = now
    return ""


@dataclass(frozen=True)
class Waiting:
    """A form that was sent and not carried out, because the person had to confirm first."""

    path: str
    fields: tuple[tuple[str, str], ...]
    words: str
    back: str


def keep(request: HttpRequest, *, words: str, back: str) -> None:
    """Keep the sent form in the session, on the server. Files are not kept: they are chosen again."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values if name != CSRF_FIELD]
    request.session[WAITING] = {
        "path": request.get_full_path(),
        "fields": fields,
        "words": words,
        "back": back,
        "at": time.time(),
    }


def kept(request: HttpRequest) -> Waiting | None:
    """The form that waits, unless it is older than a confirmation lasts."""
    found: dict[str, Any] | None = request.session.get(WAITING)
    if found is None or time.time() - found["at"] > 2 * max(settings.STEP_UP_MINUTES, 1) * MINUTE:
        request.session.pop(WAITING, None)
        return None
    fields = tuple((name, value) for name, value in found["fields"])
    return Waiting(found["path"], fields, found["words"], found["back"])


def forget(request: HttpRequest) -> None:
    """What waited is being carried out."""
    if WAITING in request.session:
        del request.session[WAITING]
