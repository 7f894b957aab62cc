"""What a person reads while recording is what the cycle then does with the record: each refusal, from form to list."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as drawing
from hypothesis import strategies as st

from accounts.models import User
from accounts.queries.people import system_user
from authorizations.models import Episode
from baseline.models import Activity
from baseline.operations import recording, verification
from baseline.queries.counting import counted
from baseline.rules import edits
from contracts.queries.terms import signed_terms
from eligibility.models import CoverageSpan, LevelSpan
from tests.baseline.pilot import VISIT, Pilot, pilot
from tests.factories.contracts import signatory, signed_contract
from tests.variance.worlds import COVERAGE, EPISODES, LEVELS, WORK, World, drawn_document
from variance.models import OutcomeCode
from variance.operations import cycles
from variance.queries import calculation
from variance.queries.pages import outcomes_of

pytestmark = pytest.mark.django_db
FEBRUARY, TODAY = date(2026, 2, 1), date(2026, 2, 24)
NOON, LONG_AFTER = datetime(2026, 2, 24, 17, tzinfo=UTC), datetime(2026, 9, 1, 12, tzinfo=UTC)
MET = {"c_acute": "met", "c_same_day": "met"}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Pilot:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    found = pilot("AGREE", term={"from": "2026-02-01", "to": "2026-12-31"}, in_force_from="2026-02-01", gates=[])
    CoverageSpan.objects.filter(member=found.member).update(starts_on=FEBRUARY)
    return found


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def authorised(here: Pilot, units: int) -> None:
    Episode.objects.create(
        organisation=here.contract.provider, contract=here.contract, member=here.member, service="package",
        units=Decimal(units), starts_on=FEBRUARY, ends_before=date(2026, 3, 1), episode_ref="EP-1",
        decided_on=FEBRUARY, decided_by="Dr Marsh", rationale="Seen at home.",
    )  # fmt: skip


def verified(here: Pilot, service: str, units: int) -> None:
    """Earlier work of another week that uses up what is limited."""
    entry = replace(VISIT, service=service, units=Decimal(units), occurred_on=TODAY - timedelta(days=7))
    one = here.record(entry if service == "visit" else replace(entry, criteria_met=()), now=NOON)
    verification.verify(activity_id=one.pk, actor=here.supervisor, now=NOON)


@dataclass(frozen=True)
class Case:
    code: str
    told: str  # on the form, before anything is saved
    remedy: str
    service: str = "visit"
    given: tuple[tuple[str, str], ...] = ()
    before: Callable[[Pilot], object] = lambda here: None
    after: Callable[[Pilot, Activity], object] | None = None  # instead of a verification
    paid: Decimal = Decimal(0)  # units


def reversed_by(here: Pilot, one: Activity) -> None:
    verification.verify(activity_id=one.pk, actor=here.supervisor, now=NOON)
    recording.reverse(activity_id=one.pk, reason="Another member.", actor=here.carer, now=NOON)


CASES = [
    Case(
        "not_enrolled", "the member is not covered on Feb. 24, 2026", "Check the date",
        before=lambda here: CoverageSpan.objects.filter(member=here.member).update(ends_before=TODAY),
    ),
    Case("duplicate", "says the same already", "it need not be recorded",
         before=lambda here: here.record(VISIT, occurred_on=TODAY, practitioner="cleo", now=NOON)),
    Case("late_filing", "last day for records of that date was Feb. 22, 2026", "It stays as evidence",
         given=(("occurred_on", "2026-02-02"),)),
    Case("in_baseline_package", "at L3 the baseline package includes this service", "shown as delivered",
         before=lambda here: LevelSpan.objects.filter(member=here.member).update(level="L3")),
    Case("bundled", "episode EP-1, open on that day, pays for it", "price includes it",
         before=lambda here: authorised(here, 5)),
    Case("no_authorization", "no authorisation in force", "Ask for an episode", service="package"),
    Case("units_exceeded", "the 2 units of authorisation EP-1 are used up", "Ask for more units", service="package",
         before=lambda here: (authorised(here, 2), verified(here, "package", 2))),
    Case("units_exceeded", "Will be paid for 1 only: the 2 units of authorisation EP-1 are used up",
         "Ask for more units", service="package", given=(("units", "3"),), paid=Decimal(1),
         before=lambda here: (authorised(here, 2), verified(here, "package", 1))),
    Case("maximum_reached", "the contract pays at most 3 within 30 days", "ask for an upgrade",
         before=lambda here: verified(here, "visit", 3)),
    Case("criteria_not_met", "a criterion of the episode is answered as not met", "record it as it was",
         given=(("c_same_day", "not_met"),)),
    Case("criteria_not_met", "nothing was delivered", "kept apart", given=(("happened", "no_answer"),)),
    Case("unverified", "will be paid once somebody else has verified it", "", after=lambda here, one: None),
    Case("reversed", "will be paid once somebody else has verified it", "", after=reversed_by),
    Case("no_price", "it carries no amount", "Give the amount that was billed", service="ride"),
]  # fmt: skip


def test_every_code_of_the_list_of_unpaid_work_is_among_the_cases() -> None:
    assert [*dict.fromkeys(case.code for case in CASES)] == list(edits.CODES)
    assert set(edits.CODES) == {code.value for code in OutcomeCode} - {"paid", "costed", "not_judged"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.told[:20]}")
def test_the_sentence_at_recording_is_what_the_cycle_does(case: Case, here: Pilot) -> None:
    case.before(here)
    carer = signed_in(here.carer)
    sent = {
        "submission": str(uuid4()),
        "happened": "delivered",
        "planned": "yes",
        "occurred_on": TODAY.isoformat(),
        "units": "1",
        **(MET if case.service == "visit" else {}),
        **dict(case.given),
    }
    forecast = text(carer.post(f"{reverse('baseline:forecast', args=[here.member.pk])}?service={case.service}", sent))
    assert case.told in forecast
    assert case.remedy in forecast
    answer = carer.post(f"{reverse('baseline:record', args=[here.member.pk])}?service={case.service}", sent)
    one = Activity.objects.get(submission=sent["submission"])
    assert answer["Location"] == reverse("baseline:activity", args=[one.pk])

    if case.after:
        case.after(here, one)
    else:
        verification.verify(activity_id=one.pk, actor=here.supervisor, now=NOON)
    page = text(carer.get(reverse("baseline:activity", args=[one.pk])))
    assert ("If it took place after all, record it again." if case.code == "reversed" else case.told) in page

    cycle = cycles.open_cycle(contract_id=here.contract.pk, month=FEBRUARY, actor=system_user(), now=LONG_AFTER)
    cycles.calculate(cycle_id=cycle.pk, actor=system_user(), now=LONG_AFTER)
    outcomes = {found.code: found.quantity for found in outcomes_of(cycle).filter(activity=one)}
    whole = one.units - case.paid
    assert outcomes == {case.code: whole, **({"paid": case.paid} if case.paid else {})}
    finance = signed_in(signatory(here.contract.provider))
    listed = text(finance.get(reverse("variance:cycle_unpaid", args=[here.contract.code, "2026-02"])))
    assert one.activity_ref in listed
    assert str(OutcomeCode(case.code).label) in unescape(listed)


@drawing(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_forecast_of_verified_work_is_what_the_calculation_finds(data: Any) -> None:
    with transaction.atomic():
        contract = signed_contract(**drawn_document(data))
        world = World(contract)
        world.add_member("A", data.draw(COVERAGE), data.draw(LEVELS))
        world.add_episodes("A", data.draw(EPISODES))
        for number in range(data.draw(st.integers(0, 12))):
            world.add_work(f"w{number:02}", "A", {**data.draw(WORK), "verified": True})

        calculation.work_out(
            contract=contract, month=date(2026, 4, 1), signed=signed_terms(contract.pk), signed_late=(), last=None
        )

        records = list(Activity.objects.filter(contract=contract, reverses=""))
        told = {}
        for one, found in zip(records, counted(records), strict=True):
            if found.units:
                told[one.activity_ref, ""] = found.units
            if found.code:
                told[one.activity_ref, found.code] = one.units - found.units
        assert told == calculated()
        transaction.set_rollback(True)


def calculated() -> dict[tuple[str, str], Decimal]:
    """Units by record and code; "" for what is paid or counted as cost."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT work.activity_ref, CASE WHEN judged.code IN ('paid', 'costed') THEN '' ELSE judged.code END,
                      sum(judged.quantity)
                 FROM judged JOIN baseline_activity AS work ON work.id = judged.activity_id GROUP BY 1, 2"""
        )
        return {(ref, code): units for ref, code, units in cursor.fetchall()}
