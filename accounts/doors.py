"""The doors of the program: every view declares who may open it, and every "no" looks the same."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts import sessions
from accounts.permissions import POLICY, NotAllowed, may, may_at, may_on
from accounts.queries.second_factors import lacks
from accounts.queries.zones import own_zone
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.scope import SYSTEM, acting

View = Callable[..., HttpResponse]
SIGNED_IN = "signed_in"  # any person with an account: home, own settings, help
CONFLICT = 409
UNPROCESSABLE = 422


def action(name: str, *, step_up: Any = "", enrols: bool = False) -> Callable[[View], View]:
    """The view needs a signed-in person who may do `name` somewhere (`SIGNED_IN`: any signed-in person).

    Nobody signed in: to the sign-in page and back. A second factor is demanded and missing: to where one is added
    (`enrols` is for that page alone). Not allowed: 403, logged. A `Refused` that the view lets out becomes a 409 page.
    `step_up` says in words what sending the page's form does ("Close the month"): it is carried out only for somebody
    who signed in or confirmed who they are within `STEP_UP_MINUTES`; else the form waits while they do. `view.action`
    and `view.step_up` are what the matrix of routes reads.
    """
    if name != SIGNED_IN:
        POLICY[name]  # an action the policy does not know fails when the module loads

    def door(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if not enrols and lacks(request.user, settings.MFA_REQUIRED_ROLES):
                return _to(request, _with_next("accounts:second_factor", _here(request)))
            if name != SIGNED_IN and not may(request.user, name):
                raise PermissionDenied(_("Your roles do not include this."))
            try:
                if step_up and request.method == "POST":
                    _require_fresh(request)
                return view(request, *args, **kwargs)
            except sessions.ConfirmFirst:
                return _to_confirmation(request, str(step_up))
            except Refused as error:
                return refused(request, error)

        guarded.action = name  # type: ignore[attr-defined]
        guarded.step_up = bool(step_up)  # type: ignore[attr-defined]
        return guarded

    return door


def in_own_time(view: View) -> View:
    """The page belongs to no contract: its moments are written in the person's own timezone."""

    @wraps(view)
    def at_home(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override(ZoneInfo(own_zone(request.user))):
            return view(request, *args, **kwargs)

    return at_home


def public(view: View) -> View:
    """The view is for everybody, signed in or not."""
    view.action = None  # type: ignore[attr-defined]
    return view


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    why = getattr(request, "sign_in_over", "")
    if why == sessions.IDLE:
        sentence = _("You were signed out because nothing was done for %(minutes)s minutes.")
        messages.info(request, sentence % {"minutes": settings.SESSION_IDLE_MINUTES})
    elif why == sessions.LONGEST:
        sentence = _("You were signed out because a sign-in lasts %(hours)s hours at most.")
        messages.info(request, sentence % {"hours": settings.SESSION_LONGEST_HOURS})
    return _to(request, _with_next(settings.LOGIN_URL, _here(request)), 401)


def _require_fresh(request: HttpRequest) -> None:
    if not sessions.fresh(request):
        raise sessions.ConfirmFirst
    sessions.forget(request)


def _to_confirmation(request: HttpRequest, words: str) -> HttpResponse:
    """Who are you, once more; then on with what was asked for, which waits in the session."""
    onwards = request.get_full_path()
    if request.method == "POST":
        sessions.keep(request, words=words, back=_here(request))
        onwards = resolve_url("accounts:go_on")
    return _to(request, _with_next("account_reauthenticate", onwards), 401)


def _here(request: HttpRequest) -> str:
    """The page that the person is on: of a form or fragment, the one that holds it."""
    if request.method == "GET" and not getattr(request, "htmx", False):
        return request.get_full_path()
    told = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if not url_has_allowed_host_and_scheme(told, allowed_hosts={request.get_host()}):
        return request.get_full_path() if request.method == "GET" else "/"
    page = urlsplit(told)
    return f"{page.path}?{page.query}" if page.query else page.path


def _with_next(to: str, back: str) -> str:
    return f"{resolve_url(to)}?{urlencode({'next': back})}"


def _to(request: HttpRequest, address: str, status_of_fragment: int = 403) -> HttpResponse:
    if getattr(request, "htmx", False):
        # A fragment cannot hold another page: the whole page goes there.
        return HttpResponse(status=status_of_fragment, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def refused(
    request: HttpRequest, error: Refused, template: str = "errors/409.html", context: dict[str, Any] | None = None
) -> HttpResponse:
    """The refusal as a page: 409 with its sentence and reasons (403 where it is a matter of permission).

    Give the page's own `template` and `context` to show the refusal above what the person had open.
    """
    if isinstance(error, NotAllowed):
        raise PermissionDenied(error.sentence) from error
    note = getattr(request, "access", None)
    if note is not None:
        note.refused(error.sentence)
    return render(request, template, {"refusal": error, **(context or {})}, status=CONFLICT)


def require(request: HttpRequest, name: str, contract: Any) -> None:
    """403 unless the person may do `name` on this contract (anything with `provider_id`, `commissioner_id`)."""
    if not may_on(request.user, name, contract):
        raise PermissionDenied(_("Your roles on this contract do not include this."))


def require_at(request: HttpRequest, name: str, organisation_id: int) -> None:
    """403 unless the person may do `name` at this organisation."""
    if not may_at(request.user, name, organisation_id):
        raise PermissionDenied(_("Your roles at this organisation do not include this."))


def visible_or_404(request: HttpRequest, rows: QuerySet[Any], **lookup: Any) -> Any:
    """The one row of `rows` (already `visible_to` the person) that matches, or 404.

    Whether it exists for others is logged and never told.
    """
    try:
        return rows.get(**lookup)
    except (rows.model.DoesNotExist, ValueError, OverflowError):
        if _exists(rows.model, lookup):
            request.access.refused(f"{rows.model._meta.verbose_name} {lookup}: not theirs to see")  # type: ignore[attr-defined]
        raise Http404(_("There is no such page for you.")) from None


def _exists(model: Any, lookup: dict[str, Any]) -> bool:
    try:
        with acting(SYSTEM):  # the database would not tell this person either
            return bool(model._default_manager.filter(**lookup).exists())
    except (ValueError, OverflowError):
        return False


def form_status(form: Any) -> int:
    """422 for a form with errors, else 200: the status of a page that shows the form again."""
    return UNPROCESSABLE if form.is_bound and not form.is_valid() else 200


def done(request: HttpRequest, sentence: str, to: str, *args: Any, **kwargs: Any) -> HttpResponse:
    """Say what happened on the next page and go there (`to` is a URL name or an object's address)."""
    messages.success(request, sentence)
    return HttpResponseRedirect(resolve_url(to, *args, **kwargs))
