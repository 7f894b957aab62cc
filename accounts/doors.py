"""The doors of the program: every view declares who may open it, and every "no" looks the same."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _

from accounts.permissions import POLICY, NotAllowed, may, may_at, may_on
from blended_pilot.kernel.errors import Refused

View = Callable[..., HttpResponse]
SIGNED_IN = "signed_in"  # any person with an account: home, own settings, help
CONFLICT = 409
UNPROCESSABLE = 422


def action(name: str) -> Callable[[View], View]:
    """The view needs a signed-in person who may do `name` somewhere (`SIGNED_IN`: any signed-in person).

    Nobody signed in: to the sign-in page and back. Not allowed: 403, logged. A `Refused` that the view lets out
    becomes a 409 page. `view.action` is what the matrix of routes reads.
    """
    if name != SIGNED_IN:
        POLICY[name]  # an action the policy does not know fails when the module loads

    def door(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if name != SIGNED_IN and not may(request.user, name):
                raise PermissionDenied(_("Your roles do not include this."))
            try:
                return view(request, *args, **kwargs)
            except Refused as error:
                return refused(request, error)

        guarded.action = name  # type: ignore[attr-defined]
        return guarded

    return door


def public(view: View) -> View:
    """The view is for everybody, signed in or not."""
    view.action = None  # type: ignore[attr-defined]
    return view


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" else "/"
    address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"
    if getattr(request, "htmx", False):
        # A fragment cannot hold the sign-in page: the whole page goes there.
        return HttpResponse(status=401, headers={"HX-Redirect": address})
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
