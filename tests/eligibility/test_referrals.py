"""The referral log: feed, clock, answers, verification."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Role, User
from accounts.permissions import NotAllowed
from contracts.models import Contract
from eligibility.models import Referral
from eligibility.operations import referrals
from eligibility.queries.referrals import answering, clock_of, unverified, verified_in, with_clock
from eligibility.rules.referrals import answered, response_due
from tests.eligibility.conftest import NOON, World
from tests.factories.eligibility import MemberFactory, ReferralFactory
from tests.factories.feeds import counts, rejected, send

HEADER = (
    "referral_ref,received_at,source,urgency,geography,cohort,member_ref,first_response_at,disposition,verified_on,"
    "verified_by"
)
LATER = datetime(2026, 9, 1, 16, tzinfo=UTC)


@pytest.fixture
def contract(ours: World) -> Contract:
    return ours.contract


def fed(contract: Contract, *rows: str, header: str = HEADER) -> Any:
    return send("referrals", contract, "\n".join([header, *rows]), now=LATER)


def test_hours_run_through_the_night_in_which_the_clocks_change():
    received = datetime.fromisoformat("2026-03-07T20:00:00-05:00")

    assert response_due(received, "urgent", {"urgent": 24}) == datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
    assert response_due(received, "routine", {"urgent": 24, "routine": None}) is None


def test_a_clock_stands_in_one_of_five_ways():
    due = datetime(2026, 3, 2, tzinfo=UTC)
    tick = timedelta(microseconds=1)

    assert answered(due, due, None) == "waiting"
    assert answered(due + tick, due, None) == "overdue"
    assert answered(due, due, due) == "in_time"
    assert answered(due, due, due + tick) == "late"
    assert answered(due, None, None) == "no_clock"


def test_a_file_fills_the_log_and_starts_the_clocks(contract: Contract):
    MemberFactory(organisation=contract.provider, reference="M1")
    run = fed(
        contract,
        "A1,2026-03-02T09:30,GP,urgent,north,adult,M1,2026-03-02T15:00,accepted,2026-03-10,Q. Checker",
        "A2,2026-03-03,hospital,routine,south,,,,,,",
    )

    assert counts(run) == (2, 2, 0, 0)
    one, two = Referral.objects.order_by("referral_ref")
    assert one.received_at == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    assert one.response_due_at == datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
    assert one.first_response_at == datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert (one.member.reference, one.verified_on, one.verified_by) == ("M1", date(2026, 3, 10), "Q. Checker")
    assert two.received_at == datetime(2026, 3, 3, 5, tzinfo=UTC)
    assert two.response_due_at == datetime(2026, 3, 8, 5, tzinfo=UTC)  # 120 hours on
    assert (two.referred_by, two.urgency, two.cohort, two.disposition) == ("hospital", "routine", "", "")


def test_a_file_sent_twice_changes_nothing(contract: Contract):
    row = "A1,2026-03-02T09:30,GP,urgent,north,adult,,2026-03-02,accepted,2026-03-10,Q"
    fed(contract, row)
    again = fed(contract, row)

    assert counts(again) == (1, 0, 1, 0)
    assert Referral.history.model.objects.count() == 1


def test_new_content_is_a_change_with_history_and_absent_columns_keep_their_values(contract: Contract):
    fed(contract, "A1,2026-03-02T09:30,GP,urgent,north,adult,,2026-03-02T15:00,accepted,2026-03-10,Q")
    run = fed(
        contract, "A1,2026-03-02T09:30,GP,routine,south", header="referral_ref,received_at,source,urgency,geography"
    )

    assert counts(run) == (1, 1, 0, 0)
    found = Referral.objects.get()
    assert (found.urgency, found.geography, found.cohort) == ("routine", "south", "adult")
    assert (found.disposition, found.verified_by) == ("accepted", "Q")
    assert found.response_due_at == datetime(2026, 3, 7, 14, 30, tzinfo=UTC)
    assert list(Referral.history.model.objects.order_by("history_id").values_list("history_type", "urgency")) == [
        ("+", "urgent"),
        ("~", "routine"),
    ]


def test_another_day_or_member_waits_for_verification_again_and_naming_a_member_does_not(contract: Contract):
    for reference in ("M1", "M2"):
        MemberFactory(organisation=contract.provider, reference=reference)
    rest = "GP,urgent,north,adult"
    fed(contract, *(f"A{number},2026-03-02,{rest},,,,2026-03-10,Q" for number in (1, 2)))
    fed(contract, f"A1,2026-03-02,{rest},M1,,,,", f"A2,2026-03-03,{rest},,,,,")
    assert dict(Referral.objects.values_list("referral_ref", "verified_by")) == {"A1": "Q", "A2": ""}

    fed(contract, f"A1,2026-03-02,{rest},M2,,,,", f"A2,2026-03-04,{rest},,,,2026-03-11,R")
    assert dict(Referral.objects.values_list("referral_ref", "verified_by")) == {"A1": "", "A2": "R"}


def test_empty_cells_take_nothing_back(contract: Contract):
    fed(contract, "A1,2026-03-02T09:30,GP,urgent,north,adult,,2026-03-02T15:00,accepted,2026-03-10,Q")
    run = fed(contract, "A1,2026-03-02T09:30,GP,urgent,north,adult,,,,,")

    assert counts(run) == (1, 0, 1, 0)


def test_rows_that_cannot_be_used_are_kept_with_column_and_value(contract: Contract):
    run = fed(
        contract,
        "A1,2026-13-02,GP,urgent,north,,,,,,",
        "A2,2026-03-02,GP,soon,north,,,,,,",
        "A3,2026-03-02,GP,urgent,moon,,,,,,",
        "A4,2026-03-02,GP,urgent,north,,NOBODY,,,,",
        "A5,2026-03-02,GP,urgent,north,,,2026-03-01,,,",
        "A6,2026-03-02,GP,urgent,north,,,,,2027-03-02,Q",
        "A7,2026-03-02,GP,urgent,north,,,,,,Q",
        "A8,2026-09-02,GP,urgent,north,,,,,,",
        "A9,2026-03-02,GP,urgent,north,,,,,,",
        "A9,2026-03-02,GP,urgent,south,,,,,,",
        ",2026-03-02,GP,urgent,south,,,,,,",
        "B1,2026-03-08T02:30,GP,urgent,north,,,,,,",
        "B2,2026-03-02,GP,urgent,north,martian,,,,,",
        "B3,2026-03-02,GP,Urgent,north,,,,,,",
    )

    assert counts(run) == (14, 1, 0, 13)
    assert [(row, column) for row, column, _value in rejected(run)] == [
        (2, "received_at"), (3, "urgency"), (4, "geography"), (5, "member_ref"), (6, "first_response_at"),
        (7, "verified_on"), (8, "verified_on"), (9, "received_at"), (10, "referral_ref"), (11, "referral_ref"),
        (12, "referral_ref"), (13, "received_at"), (14, "cohort"),
    ]  # fmt: skip
    assert Referral.objects.get().urgency == "urgent"


def receive(contract: Contract, actor: User, **more: Any) -> Referral:
    values = {"received_at": NOON, "referred_by": "GP", "urgency": "urgent", "geography": "north"}
    return referrals.receive(contract_id=contract.pk, actor=actor, **{"now": NOON, **values, **more})


def test_a_referral_received_here_has_its_clock_and_a_reference(contract: Contract, intake: User):
    found = receive(contract, intake)

    assert found.response_due_at == NOON + timedelta(hours=24)
    assert found.referral_ref.startswith("RF-")
    assert (found.origin, found.recorded_by, found.verified_on) == ("product", intake, None)


def test_what_cannot_have_been_received_is_refused_without_a_trace(contract: Contract, intake: User):
    receive(contract, intake, referral_ref="A1")
    for more, refusal in (
        ({"referral_ref": "A1"}, referrals.ReferralKnown),
        ({"geography": "moon"}, referrals.NotInTheTerms),
        ({"cohort": "martian"}, referrals.NotInTheTerms),
        ({"received_at": NOON + timedelta(minutes=1)}, referrals.OutOfTime),
    ):
        with pytest.raises(refusal):
            receive(contract, intake, **more)

    assert Referral.objects.count() == 1


def test_a_feed_does_not_change_what_was_recorded_here(contract: Contract, intake: User):
    receive(contract, intake, referral_ref="A1")
    run = fed(contract, "A1,2026-03-01,GP,urgent,south,,,,,,")

    assert rejected(run) == [(2, "referral_ref", "A1")]


def test_the_first_response_counts(contract: Contract, intake: User):
    found = receive(contract, intake)
    in_time = NOON + timedelta(hours=3)
    referrals.respond(referral_id=found.pk, responded_at=in_time, actor=intake, now=in_time)
    with pytest.raises(referrals.NothingToDo):
        referrals.respond(referral_id=found.pk, responded_at=in_time, actor=intake, now=in_time)

    found.refresh_from_db()
    assert (found.first_response_at, clock_of(found, in_time)) == (in_time, "in_time")


def test_a_response_lies_between_the_referral_and_now(contract: Contract, intake: User):
    found = receive(contract, intake)
    for wrong in (NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)):
        with pytest.raises(referrals.OutOfTime):
            referrals.respond(referral_id=found.pk, responded_at=wrong, actor=intake, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.update(first_response_at=NOON - timedelta(days=1))


def test_somebody_else_verifies(contract: Contract, ours: World):
    supervisor = ours.at_provider(Role.SUPERVISOR)
    found = receive(contract, supervisor)
    with pytest.raises(referrals.OwnReferral):
        referrals.verify(referral_id=found.pk, actor=supervisor, now=NOON)
    with pytest.raises(NotAllowed):
        referrals.verify(referral_id=found.pk, actor=ours.at_provider(Role.INTAKE), now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.update(verified_on=NOON.date(), verified_by="Me", verifier=supervisor)
    quality = ours.at_provider(Role.QUALITY)
    verified = referrals.verify(referral_id=found.pk, actor=quality, now=NOON)

    assert (verified.verified_on, verified.verified_by, verified.verifier) == (date(2026, 3, 2), quality.name, quality)
    day = timedelta(days=1)
    assert verified_in(contract.pk, NOON - day, NOON + day) == 1
    assert unverified(contract.pk, NOON - day, NOON + day) == []


def test_a_correction_is_told_and_waits_for_verification_again(contract: Contract, ours: World, intake: User):
    found = receive(contract, intake)
    referrals.verify(referral_id=found.pk, actor=ours.at_provider(Role.QUALITY), now=NOON)
    corrected = referrals.correct(referral_id=found.pk, urgency="routine", reason="Misread", actor=intake, now=NOON)

    assert corrected.response_due_at == NOON + timedelta(hours=120)
    assert (corrected.verified_on, corrected.verified_by, corrected.verifier) == (None, "", None)
    assert Referral.history.model.objects.latest("history_id").history_change_reason == "Misread"


def test_what_a_feed_states_is_corrected_at_its_source(contract: Contract, intake: User):
    found = ReferralFactory(contract=contract)
    with pytest.raises(referrals.NothingToDo):
        referrals.correct(referral_id=found.pk, urgency="routine", reason="Misread", actor=intake, now=NOON)


def test_figures_of_answering_leave_out_what_is_still_in_time(contract: Contract):
    hour = timedelta(hours=1)
    due = NOON + 24 * hour
    for number, responded in enumerate([NOON + hour, due + hour, None]):
        moments = {"received_at": NOON, "response_due_at": due, "first_response_at": responded}
        ReferralFactory(contract=contract, referral_ref=f"A{number}", **moments)
    first, before = NOON - hour, NOON + hour

    assert answering(contract, first, before, due).overdue == 0
    later = answering(contract, first, before, due + hour)
    assert (later.answered, later.in_time, later.overdue) == (2, 1, 1)
    states = with_clock(Referral.objects.order_by("referral_ref"), due + hour).values_list("clock", flat=True)
    assert list(states) == ["in_time", "late", "overdue"]
    assert [clock_of(one, due + hour) for one in Referral.objects.order_by("referral_ref")] == list(states)


def test_another_provider_sees_nothing_of_the_log(ours: World, theirs: World):
    found = ReferralFactory(contract=ours.contract)

    assert list(Referral.objects.visible_to(ours.at_commissioner(Role.ANALYST))) == [found]
    assert not Referral.objects.visible_to(theirs.at_provider(Role.INTAKE)).exists()
