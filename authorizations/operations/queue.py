"""Who deals with a request: claim it, give it to somebody, put it back, keep away from it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from authorizations import lifecycle
from authorizations.models import ConflictDeclared, Request
from authorizations.operations import telling
from authorizations.operations.distance import require_distance
from authorizations.operations.moves import NotInThisState, locked, require_move
from authorizations.queries.people import may_take
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused


class Claimed(Refused):
    """Somebody else has it; the sentence says who, and since when."""


class NotALead(Refused):
    """The person cannot be given the request."""


def claim(*, request_id: int, actor: User, now: datetime) -> Request:
    """Take a request that nobody has. Raises NotAllowed, Claimed, TooNear, NotInThisState."""
    with recording(actor=actor, reason=_("Claimed")):
        found = _in_the_queue(request_id)
        require_on(actor, "request.decide", found.contract, _("Only a clinical lead of the provider claims requests."))
        require_distance(request=found, actor=actor)
        holder, since = found.assigned_to, found.assigned_at
        if holder is not None and since is not None and holder != actor:
            when = date_format(since.astimezone(ZoneInfo(found.contract.timezone)), "DATETIME_FORMAT")
            raise Claimed(
                _("%(who)s has it (since %(when)s): ask them, or let a supervisor give it to you.")
                % {"who": holder.name, "when": when}
            )
        return _given(found, actor, now)


def assign(*, request_id: int, to_id: int, reason: str, actor: User, now: datetime) -> Request:
    """Give a request to a clinical lead, whoever has it. Raises NotAllowed, NotALead, NotInThisState."""
    with recording(actor=actor, reason=reason):
        found = _in_the_queue(request_id)
        _require_assigning(actor, found)
        to = may_take(found, now).filter(pk=to_id).first()
        if to is None:
            raise NotALead(_("This person cannot decide the request: no clinical lead here, or too near to it."))
        if to != actor:
            telling.assigned(found, to, now)
        return _given(found, to, now)


def release(*, request_id: int, reason: str, actor: User, now: datetime) -> Request:
    """Put a request back for anybody. Raises NotAllowed, NotInThisState."""
    with recording(actor=actor, reason=reason):
        found = _in_the_queue(request_id)
        _require_assigning(actor, found)
        return _given(found, None, now)


def declare_conflict(*, request_id: int, reason: str, actor: User, now: datetime) -> ConflictDeclared:
    """Keep away from a request for good; whoever had it puts it back. Raises NotAllowed, NotInThisState."""
    with recording(actor=actor, reason=reason):
        found = _in_the_queue(request_id)
        require_on(actor, "request.decide", found.contract, _("Only a clinical lead declares a conflict of interest."))
        declared, created = ConflictDeclared.objects.get_or_create(
            organisation_id=found.organisation_id,
            request=found,
            user=actor,
            defaults={"declared_at": now, "reason": reason},
        )
        if not created:
            raise NotInThisState(_("You declared a conflict of interest already."))
        if found.assigned_to_id == actor.pk:
            _given(found, None, now)
        return declared


def _in_the_queue(request_id: int) -> Request:
    found = locked(request_id)
    if found.status not in lifecycle.OPEN:
        require_move(found, lifecycle.AUTOMATIC)
        raise NotInThisState(_("%(request)s was not submitted yet.") % {"request": found})
    return found


def _require_assigning(actor: User, request: Request) -> None:
    require_on(
        actor, "request.assign", request.contract, _("Only a clinical lead or a supervisor gives requests to people.")
    )


def _given(request: Request, to: User | None, now: datetime) -> Request:
    request.assigned_to = to
    request.assigned_at = now if to else None
    request.save(update_fields=["assigned_to", "assigned_at"])
    return request
