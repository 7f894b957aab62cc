"""A live queue: requests of the last weeks, some decided, some overdue, some waiting for an answer.

Everything goes through the product's own operations, at times in the past; decided levels begin in the month that is
under way, so that no closed month of the story changes.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from operator import itemgetter
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile

from accounts.models import User
from accounts.queries.people import person, system_user
from authorizations.models import Request
from authorizations.operations import lateness, missed, seals
from authorizations.operations.decisions import decide
from authorizations.operations.questions import ask
from authorizations.operations.queue import claim
from authorizations.operations.requests import Attached, NotReady, OneIsOpen, Wish, draft, submit, withdraw
from authorizations.operations.verdicts import Verdict
from authorizations.queries.missed import candidates
from blended_pilot.demo import authorising, proofs
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.stays import SERVICE, UNDER_WAY, stays
from blended_pilot.demo.story import Story
from blended_pilot.demo.terms import TIMEZONE
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.periods import DAY
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import CoverageSpan, LevelSpan

LEAD = "lead@tidewater.example"
ASKERS = (
    "practitioner@tidewater.example",
    "practitioner.south@tidewater.example",
    "practitioner.islands@tidewater.example",
    "intake@tidewater.example",
)
MOST = 40
SEEN = "Bruises that nobody explains; the neighbour heard shouting on two evenings."
GROUNDS = (
    "Calls at night again, twice without reaching anybody. The daughter can no longer cover the evenings.",
    "Missed two dialysis days after the move. Somebody has to go along until the routine holds.",
    "Falls have stopped, medication is settled, the neighbour checks daily.",
    "Pain is not under control; the surgery changed the plan and wants daily observations for some weeks.",
    "Lost the flat and sleeps at a friend's. Appointments are forgotten without a call the day before.",
)
NECESSITY = (
    "Daily contact is needed until the new medication holds.",
    "Weekly coordination keeps the plan together; less has failed twice.",
    "Needs have fallen: goals of the plan are met and held for two months.",
)
RISKS = ("Admission within days if nobody notices the next change.", "Moderate; the family sees the member daily.")
PACKAGES = (("expedited", 6, 10), ("standard", 12, 18))  # urgency, units, days
QUESTION = "Who sees them at the weekend, and since when has it been worse?"


def happen(story: Story, provider: Provider, now: datetime) -> int:
    """The queue of one provider, unless it has one already; the number of requests made.

    Entries of the register are numbered as they are made: so decisions are made in the order of their times.
    """
    contract = Contract.objects.get(code=provider.contract)
    if Request.objects.filter(contract=contract).exclude(kind__in=["episode", "reconsideration"]).exists():
        return 0
    lead = person(LEAD)
    made = 0
    under_way = [stay for stay in stays(story, provider) if stay.package is UNDER_WAY]
    to_decide = [
        (datetime.combine(day, hour, ZoneInfo(TIMEZONE)), act)
        for day, hour, _key, act in authorising.packages(provider, under_way)
    ]
    for place, (request, received) in enumerate(_requests(contract, now)):
        made += 1
        if _is_history(place):
            at = min(received + timedelta(days=1 + place % 5, hours=2), now)
            to_decide.append((at, partial(_decided, request, place, lead)))
        elif place % 5 == 0:
            ask(request_id=request.pk, text=QUESTION, actor=lead, now=min(received + timedelta(hours=20), now))
        elif place % 3 == 0:
            claim(request_id=request.pk, actor=lead, now=min(received + timedelta(hours=5), now))
    for at, decide_it in sorted(to_decide, key=itemgetter(0)):
        decide_it(at)
    made += _packages(contract, now)
    lateness.watch(actor=system_user(), now=now)
    seals.seal(contract_id=contract.pk, actor=system_user(), now=now)
    missed.look(contract_id=contract.pk, actor=system_user(), now=now)
    return made


def _packages(contract: Contract, now: datetime) -> int:
    """Two packages wait for a decision, one of them urgent."""
    today = now.astimezone(ZoneInfo(TIMEZONE)).date()
    long_ago = today - timedelta(days=30)
    covered = CoverageSpan.objects.on(today).filter(contract=contract, starts_on__lt=long_ago)
    covered = covered.exclude(member__requests__kind="episode").order_by("-member__reference")
    waiting = covered.values_list("member", flat=True)[: len(PACKAGES)]
    for member, (urgency, units, days) in zip(waiting, PACKAGES, strict=False):
        received = now - timedelta(hours=9 if urgency == "expedited" else 30)
        wish = Wish(
            service=SERVICE,
            units=Decimal(units),
            starts_on=today,
            ends_before=today + days * DAY,
            urgency=urgency,
            urgent_start=urgency == "expedited",
            grounds=GROUNDS[3],
        )
        asker = person(ASKERS[0])
        made = draft(contract_id=contract.pk, member_id=member, kind="episode", wish=wish, actor=asker, now=received)
        submit(request_id=made.pk, actor=asker, now=received)
    return len(waiting)


def _is_history(place: int) -> bool:
    """Every second request was decided."""
    return place % 2 == 1


def _requests(contract: Contract, now: datetime) -> Iterator[tuple[Request, datetime]]:
    """Submitted requests with the time of their receipt, history and queue in turn."""
    zone = ZoneInfo(TIMEZONE)
    today = now.astimezone(zone).date()
    first_day = today.replace(day=1)
    levels = [
        level.code for level in sorted(signed_terms(contract.pk).latest.document.levels, key=lambda one: one.rank)
    ]
    members = (
        CoverageSpan.objects.on(today)
        .filter(contract=contract, starts_on__lt=first_day)
        .order_by("member__reference")
        .values_list("member", flat=True)
        .distinct()
    )
    wanted = set(candidates(contract.pk, today, signed_terms(contract.pk).latest.document.authorization))
    made = 0
    for place, member in enumerate(members):
        if made >= MOST:
            return
        up = member in wanted or place % 4 == 0
        if not up and place % 4 != 1:
            continue
        span = LevelSpan.objects.on(today).filter(contract=contract, member=member).first()
        if span is None:
            continue
        rank = levels.index(span.level)
        if (up and rank + 1 >= len(levels)) or (not up and rank == 0):
            continue
        if _is_history(made):
            received = now - timedelta(days=6 + made % 9, hours=3 + made)
        else:
            received = now - timedelta(hours=7 + 6 * made)
        request = _asked(
            contract,
            member,
            kind="upgrade" if up else "step_down",
            vouched=up and member not in wanted,
            level=levels[rank + 1 if up else rank - 1],
            starts_on=max(first_day, received.astimezone(zone).date()),
            place=place,
            received=received,
        )
        if request is not None:
            made += 1
            yield request, received


def _asked(
    contract: Contract,
    member: int,
    *,
    kind: str,
    vouched: bool,
    level: str,
    starts_on: date,
    place: int,
    received: datetime,
) -> Request | None:
    """None where the record meets no trigger of the contract, or something else stands in the way."""
    asker = person(ASKERS[place % len(ASKERS)])
    wish = Wish(
        requested_level=level,
        starts_on=starts_on,
        grounds=GROUNDS[2] if kind == "step_down" else GROUNDS[place % 2 * 3],
        urgency="expedited" if place % 7 == 4 else "standard",
        attested={"safeguarding": SEEN} if vouched else {},
    )
    proof = Attached(ContentFile(proofs.letter("safeguarding")), "note-of-the-visit.pdf", "safeguarding")
    made = draft(
        contract_id=contract.pk,
        member_id=member,
        kind=kind,
        wish=wish,
        files=[proof] if vouched else [],
        actor=asker,
        now=received,
    )
    try:
        return submit(request_id=made.pk, actor=asker, now=received)
    except (NotReady, OneIsOpen):
        withdraw(request_id=made.pk, reason="Nothing to ask for yet", actor=asker, now=received)
        return None


def _decided(request: Request, place: int, lead: User, at: datetime) -> None:
    """Most as asked, some denied, in time and a few late."""
    rationale = {
        "necessity": NECESSITY[2 if request.kind == "step_down" else place % 2],
        "risk": RISKS[place % 2],
        "criteria": ", ".join(found["code"] for found in request.triggers if found["met"]) or "care plan review",
    }
    starts_on = max(request.starts_on, at.date() + 11 * DAY) if request.kind == "step_down" else request.starts_on
    verdict = Verdict(approve=True, starts_on=starts_on, ends_before=starts_on + 28 * DAY, **rationale)
    if place % 6 == 5:
        verdict = replace(verdict, approve=False, deny_reason="insufficient_evidence")
    try:
        decide(request_id=request.pk, verdict=verdict, actor=lead, now=at)
    except Refused:
        return
