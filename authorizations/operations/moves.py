"""Locking a request, and the sentences for a move that its state does not allow."""

from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorizations import lifecycle
from authorizations.models import Request, Status
from blended_pilot.kernel.errors import Refused


class NotInThisState(Refused):
    """The request is not in a state from which this can be done."""


class AlreadyDecided(NotInThisState):
    """Somebody decided first; the sentence says who, when and what."""


def locked(request_id: int) -> Request:
    """The request with its contract, against everybody else who would move it."""
    found: Request = Request.objects.select_for_update(of=["self"]).select_related("contract").get(pk=request_id)
    return found


def require_move(request: Request, to: str) -> None:
    """Raises AlreadyDecided, NotInThisState."""
    if lifecycle.may_move(request.status, to):
        return
    zone = ZoneInfo(request.contract.timezone)
    if request.status in (Status.DECIDED, Status.AUTOMATIC):
        last = request.decisions.select_related("decided_by").latest("number")
        raise AlreadyDecided(
            _("%(request)s was decided by %(who)s on %(when)s: %(outcome)s.")
            % {
                "request": request,
                "who": _("the contract, because nobody decided in time") if last.automatic else last.decided_by.name,
                "when": date_format(last.decided_at.astimezone(zone), "DATETIME_FORMAT"),
                "outcome": str(last.get_outcome_display()).lower(),
            }
        )
    if request.status == Status.WITHDRAWN and request.withdrawn_at:
        raise NotInThisState(
            _("%(request)s was withdrawn on %(when)s: %(reason)s")
            % {
                "request": request,
                "when": date_format(request.withdrawn_at.astimezone(zone), "DATETIME_FORMAT"),
                "reason": request.withdrawn_reason,
            }
        )
    if request.status == Status.DRAFT:
        raise NotInThisState(_("%(request)s was not submitted yet.") % {"request": request})
    if to == lifecycle.SUBMITTED:
        raise NotInThisState(_("%(request)s was submitted already.") % {"request": request})
    raise NotInThisState(
        _("%(request)s cannot be moved on like this: %(state)s.")
        % {"request": request, "state": str(request.get_status_display()).lower()}
    )
