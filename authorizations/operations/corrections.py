"""A wrong entry of the register: superseded by a new one, or voided. The wrong one stays, with what took its place.

Neither is for whoever made the entry, asked for it, or stands too near to the member: a second clinical lead does it,
with a reason. What the wrong entry put in force goes out of force, and money follows as differences.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from authorizations.models import Decision, EntryKind, Outcome, Request, Status
from authorizations.operations import telling
from authorizations.operations.decisions import NotDecidable, enter, next_number, put_in_force, put_out_of_force
from authorizations.operations.distance import require_distance
from authorizations.operations.moves import locked
from authorizations.operations.verdicts import Verdict, faults, tidy
from authorizations.rules.terms import read
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused


class ReplacedAlready(Refused):
    """Another entry has taken its place; the sentence names it."""


class OwnEntry(Refused):
    """Whoever made an entry does not correct it."""


class NotCorrectedHere(Refused):
    """The entry waits for a confirmation in the queue, or is itself a voiding."""


def supersede(*, entry_id: int, verdict: Verdict, reason: str, actor: User, now: datetime) -> Decision:
    """Enter what should have been decided.

    Raises NotAllowed, OwnEntry, ReplacedAlready, NotCorrectedHere, TooNear, NotDecidable.
    """
    with recording(actor=actor, reason=reason):
        entry, request = _to_correct(entry_id=entry_id, actor=actor)
        terms = read(request.terms)
        verdict = tidy(verdict, request, terms)
        put_out_of_force(entry=_in_force(entry), actor=actor, now=now, why=reason)
        wrong = faults(verdict, request, terms, terms.calendar.day_of(now))
        if wrong:
            raise NotDecidable(_("%(entry)s cannot be superseded like this.") % {"entry": entry}, wrong)
        new = enter(request=request, verdict=verdict, terms=terms, actor=actor, now=now, supersedes=entry, why=reason)
        if verdict.approve:
            put_in_force(entry=new, request=request, actor=actor, now=now)
        telling.decided(request, new, now)
        return new


def void(*, entry_id: int, reason: str, actor: User, now: datetime) -> Decision:
    """Say that an entry should not have been made. What was asked for has to be asked for anew.

    Raises NotAllowed, OwnEntry, ReplacedAlready, NotCorrectedHere, TooNear.
    """
    with recording(actor=actor, reason=reason):
        entry, request = _to_correct(entry_id=entry_id, actor=actor)
        put_out_of_force(entry=_in_force(entry), actor=actor, now=now, why=reason)
        new = Decision.objects.create(
            organisation_id=entry.organisation_id,
            contract_id=entry.contract_id,
            member_id=request.member_id,
            request=request,
            number=next_number(entry.contract_id),
            kind=EntryKind.VOIDING,
            outcome=Outcome.VOID,
            replaces=entry,
            replaces_reason=reason,
            request_kind=entry.request_kind,
            urgency=entry.urgency,
            requested_by_id=entry.requested_by_id,
            received_at=entry.received_at,
            due_at=entry.due_at,
            current_level=entry.current_level,
            assessed_level=entry.assessed_level,
            requested_level=entry.requested_level,
            service=entry.service,
            requested_units=entry.requested_units,
            decided_by=actor,
            decided_at=now,
            in_time=entry.in_time,
            terms=entry.terms,
            evidence=entry.evidence,
            working=entry.working,
        )
        telling.decided(request, new, now)
        return new


def why_not(*, entry: Decision, actor: User) -> str:
    """Why the person may not correct this entry; empty if they may. For the page, before anybody tries."""
    try:
        _check(entry=entry, request=entry.request, actor=actor)
    except Refused as refusal:
        return refusal.sentence
    return ""


def _to_correct(*, entry_id: int, actor: User) -> tuple[Decision, Request]:
    request = locked(Decision.objects.values_list("request", flat=True).get(pk=entry_id))
    entry = Decision.objects.select_related("decided_by", "replaces", "request").get(pk=entry_id)
    _check(entry=entry, request=request, actor=actor)
    return entry, request


def _check(*, entry: Decision, request: Request, actor: User) -> None:
    require_on(actor, "register.correct", request.contract, _("Only a clinical lead of the provider corrects entries."))
    later = Decision.objects.filter(replaces=entry).first()
    if later is not None:
        raise ReplacedAlready(_("%(entry)s has taken the place of this one.") % {"entry": later})
    if entry.outcome == Outcome.VOID:
        raise NotCorrectedHere(_("This entry takes another one back; nothing follows it."))
    if request.status == Status.AUTOMATIC:
        raise NotCorrectedHere(_("The contract gave this. It waits in the queue for a clinical lead."))
    if entry.decided_by_id == actor.pk:
        raise OwnEntry(_("You made this entry: a second clinical lead corrects it."))
    require_distance(request=request, actor=actor)


def _in_force(entry: Decision) -> Decision:
    """The entry whose number stands on what is in force: a confirmation left in force what the contract gave."""
    if entry.kind == EntryKind.CONFIRMATION and entry.replaces is not None:
        return entry.replaces
    return entry
