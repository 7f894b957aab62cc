"""What the demo's staff did in the product itself: read what is included, record, verify, send back, correct."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from accounts.models import Role, User
from accounts.queries.people import person
from baseline.models import Activity, BoundaryReading
from baseline.operations import recording, verification
from baseline.operations.included import confirm_read
from baseline.operations.recording import NO_ANSWER, Entry
from baseline.queries.activity import service_on
from baseline.queries.people import mine
from blended_pilot.demo.people import DEMO_PEOPLE, DemoPerson
from blended_pilot.demo.providers import Provider
from contracts.models import Contract, ContractVersion
from eligibility.models import Member, Source
from eligibility.queries.profile import today_in

CARE_TEAM = {Role.INTAKE, Role.PRACTITIONER, Role.SUPERVISOR, Role.CLINICAL_LEAD}
CONTACTS = 6  # of each practitioner in the last days
STILL_TO_READ = {"practitioner.south@tidewater.example", "intake@tidewater.example"}  # the second version
SENT_BACK = "The first criterion is answered as met, but the note says that it began last month. Please look again."
Step = tuple[tuple[str, ...], Callable[[datetime], None]]


def readings(provider: Provider, number: int) -> Iterator[Step]:
    """(key, act): who confirmed that they have read a version. Some have not got round to the second."""
    for who in DEMO_PEOPLE:
        if who.organisation != provider.code or who.role not in CARE_TEAM:
            continue
        if number > 1 and who.email in STILL_TO_READ:
            continue
        yield (
            ("read", provider.contract, str(number), who.email),
            lambda now, who=who: _read(provider, number, who, now),  # type: ignore[misc]
        )


def delivered(provider: Provider) -> Iterator[Step]:
    """(key, act): what practitioners recorded on their own, and what became of it."""
    for who in DEMO_PEOPLE:
        if who.organisation == provider.code and who.practitioner:
            yield (
                ("recorded", provider.contract, who.email),
                lambda now, who=who: _record(provider, who, now),  # type: ignore[misc]
            )


def done(contract: Contract) -> set[tuple[str, ...]]:
    """The keys of what has happened under a contract."""
    found: set[tuple[str, ...]] = set()
    read = BoundaryReading.objects.filter(version__contract=contract).values_list("version__number", "user__email")
    found |= {("read", contract.code, str(number), email) for number, email in read}
    recorded = Activity.objects.filter(contract=contract, source=Source.PRODUCT, recorded_by__isnull=False)
    emails = recorded.values_list("recorded_by__email", flat=True).distinct()
    return found | {("recorded", contract.code, email) for email in emails}


def _read(provider: Provider, number: int, who: DemoPerson, now: datetime) -> None:
    version = ContractVersion.objects.get(contract__code=provider.contract, number=number)
    confirm_read(version_id=version.pk, actor=person(who.email), now=now)


def _record(provider: Provider, who: DemoPerson, now: datetime) -> None:
    """A handful of contacts, an empty doorstep, a group, and two crisis visits of which one comes back."""
    contract = Contract.objects.get(code=provider.contract)
    carer, supervisor = person(who.email), _supervisor(provider)
    today = today_in([contract], now)
    people = mine(carer, today)[: CONTACTS + 3]
    if not people:
        return
    for number, member in enumerate(people[:CONTACTS]):
        entry = Entry(
            service="outreach",
            occurred_on=today - timedelta(days=number % 4),
            planned=number % 5 != 4,
            attempted=number == 2,
            practitioner=who.practitioner,
            place="home" if number % 2 else "phone",
            outcome=NO_ANSWER if number == 2 else "as planned",
            minutes=None if number == 2 else 20 + 5 * number,
            present=("family", "member") if number % 3 == 0 else ("member",),
        )
        _send(contract, [member], entry, carer, now)
    together = Entry(service="benefits", occurred_on=today, practitioner=who.practitioner)
    _send(contract, people[-3:], together, carer, now)
    if provider.larger:
        _visits(contract, people, carer=carer, supervisor=supervisor, practitioner=who.practitioner, now=now)


def _visits(
    contract: Contract, people: list[Member], *, carer: User, supervisor: User, practitioner: str, now: datetime
) -> None:
    today = today_in([contract], now)
    visit = Entry(
        service="crisis_visit",
        occurred_on=today - timedelta(days=2),
        planned=False,
        practitioner=practitioner,
        place="home",
        minutes=70,
        criteria_met=("acute", "same_day"),
    )
    [verified] = _send(contract, people[:1], visit, carer, now)
    yesterday = replace(visit, occurred_on=today - timedelta(days=1))
    [sent_back] = _send(contract, people[1:2] or people[:1], yesterday, carer, now)
    _send(contract, people[2:3] or people[:1], replace(visit, occurred_on=today), carer, now)
    verification.verify(activity_id=verified.pk, actor=supervisor, now=now)
    verification.reject(activity_id=sent_back.pk, reason=SENT_BACK, actor=supervisor, now=now)


def _send(contract: Contract, members: list[Member], entry: Entry, actor: User, now: datetime) -> list[Activity]:
    """The token follows from what is said, so that a story told again records the same."""
    said = f"{contract.code} {actor.email} {entry.service} {entry.occurred_on} {[one.reference for one in members]}"
    return recording.record(
        contract_id=contract.pk,
        member_ids=[member.pk for member in members],
        entry=_known(contract, entry),
        submission=uuid5(NAMESPACE_URL, said),
        actor=actor,
        now=now,
    )


def _known(contract: Contract, entry: Entry) -> Entry:
    """The entry with the criteria that the service of this contract has."""
    service = service_on(contract.pk, entry.service, entry.occurred_on)
    codes = {criterion.code for criterion in service.criteria} if service else set()
    return replace(entry, criteria_met=tuple(code for code in entry.criteria_met if code in codes))


def _supervisor(provider: Provider) -> User:
    found = next(one for one in DEMO_PEOPLE if one.organisation == provider.code and one.role is Role.SUPERVISOR)
    return person(found.email)
