"""Drawing a month's sample, and giving a second look."""

import hashlib
import secrets
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.operations.notices import notify
from accounts.permissions import NotAllowed, sides
from authorizations.models import Decision, LookedOutcome, Outcome, SecondLook, SecondLookRound
from authorizations.queries.second_looks import levels_of
from authorizations.rules.second_look import agrees, drawn
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.periods import add_months
from contracts.models import Contract
from contracts.queries.addressees import holders
from contracts.queries.versions import local_today


class MonthNotOver(Refused):
    """A sample is drawn from a whole month."""


class AlreadyLooked(Refused):
    """Somebody was there before."""


class NotTheirs(Refused):
    """Whoever asked for it or decided it does not look a second time."""


def draw(*, contract_id: int, month: date, actor: User, now: datetime) -> SecondLookRound:
    """Draw the sample of one month, once: a second call finds the first one's. Raises MonthNotOver.

    The draw is the system's: nobody picks a case, so no permission is asked.
    """
    with recording(actor=actor, reason=_("Sample for the second look drawn")):
        # the lock makes two at once one
        contract = Contract.objects.select_for_update(no_key=True).get(pk=contract_id)
        if local_today(contract, now) < add_months(month, 1):
            raise MonthNotOver(_("The sample of a month is drawn when the month has ended."))
        earlier = SecondLookRound.objects.filter(contract=contract, month=month).first()
        if earlier is not None:
            return earlier
        found = _decided_in(contract, month)
        approvals = {entry.number: entry for entry in found if entry.outcome != Outcome.DENIED}
        denials = {entry.number: entry for entry in found if entry.outcome == Outcome.DENIED}
        seed = secrets.token_hex(16)
        round_ = SecondLookRound.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            month=month,
            seed=seed,
            approvals=len(approvals),
            denials=len(denials),
            drawn_at=now,
        )
        chosen = [approvals[number] for number in drawn(seed, approvals)]
        chosen += [denials[number] for number in drawn(seed, denials)]
        # approvals and denials mixed, so that the place of a case says nothing
        chosen.sort(key=lambda entry: hashlib.sha256(f"{seed}/{entry.number}".encode()).digest())
        SecondLook.objects.bulk_create(
            SecondLook(
                organisation_id=contract.provider_id,
                contract=contract,
                round=round_,
                decision=entry,
                position=position,
            )
            for position, entry in enumerate(chosen, start=1)
        )
        if chosen:
            _tell(contract, round_, len(chosen), now)
        return round_


def _decided_in(contract: Contract, month: date) -> list[Decision]:
    """What people decided in the month, as it stands: an automatic or a replaced entry is nobody's judgement."""
    zone = ZoneInfo(contract.timezone)
    begin, end = (datetime.combine(day, time.min, zone) for day in (month, add_months(month, 1)))
    entries = Decision.objects.filter(contract=contract, decided_at__gte=begin, decided_at__lt=end, automatic=False)
    return list(entries.standing().exclude(outcome=Outcome.VOID))


def _tell(contract: Contract, round_: SecondLookRound, cases: int, now: datetime) -> None:
    reviewers = [
        person
        for person in holders(contract, [Role.CLINICAL_LEAD], now)
        if contract.commissioner_id in sides(person, "second_look.give").commissioner
    ]
    notify(
        to=reviewers,
        kind="second_look",
        sentence=_("%(cases)s decisions of %(month)s wait for a second look under %(contract)s.")
        % {"cases": cases, "month": date_format(round_.month, "YEAR_MONTH_FORMAT"), "contract": contract.code},
        url=reverse("authorizations:second_looks") + f"?contract={contract.pk}&state=waiting",
        now=now,
    )


def look(*, second_look_id: int, outcome: str, level: str, rationale: str, actor: User, now: datetime) -> SecondLook:
    """Give the second look of one case. `level` is a level's code when a level is approved, else empty.

    Raises AlreadyLooked, NotTheirs, NotAllowed, and Unusable for an answer that says nothing.
    """
    with recording(actor=actor, reason=_("Second look given")):
        found = SecondLook.objects.select_for_update(of=("self",)).select_related("contract", "decision", "reviewer")
        case = found.get(pk=second_look_id)
        if case.contract.commissioner_id not in sides(actor, "second_look.give").commissioner:
            raise NotAllowed(_("The second look is for a clinical lead of the commissioner's side."))
        if case.reviewer is not None:
            raise AlreadyLooked(_("%(name)s gave this second look.") % {"name": case.reviewer.name})
        if actor.pk in (case.decision.decided_by_id, case.decision.requested_by_id):
            raise NotTheirs(_("You asked for this or decided it, so somebody else looks a second time."))
        _check_answer(case, outcome, level, rationale)
        case.reviewer, case.looked_at = actor, now
        case.outcome, case.level, case.rationale = outcome, level, rationale.strip()
        case.agrees = agrees(
            decided_level=case.decision.level,
            decided_approved=case.decision.outcome != Outcome.DENIED,
            looked_level=level,
            looked_approved=outcome == LookedOutcome.APPROVE,
        )
        case.save()
        return case


def _check_answer(case: SecondLook, outcome: str, level: str, rationale: str) -> None:
    approves_level = outcome == LookedOutcome.APPROVE and not case.decision.service
    faults = []
    if outcome not in LookedOutcome.values:
        faults.append(_("Outcome: choose approve or deny."))
    if not rationale.strip():
        faults.append(_("Reasons: say what you relied on."))
    if approves_level and level not in levels_of(case):
        faults.append(_("Level: choose the level that you would approve."))
    if level and not approves_level:
        faults.append(_("Level: only the approval of a level names one."))
    if faults:
        raise Unusable(_("The second look says too little."), faults)
