"""Delivered work: one record per reference, corrected with history, verified again where its substance changes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.queries.people import system_user
from baseline.models import Activity
from contracts.operations.feeds.runs import rehearse
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import MINIMAL_DOCUMENT, signed_contract
from tests.factories.eligibility import MemberFactory
from tests.factories.feeds import NOON, counts, feed, rejected, send

pytestmark = pytest.mark.django_db
HEADER = "activity_ref,member_ref,service,occurred_on\n"
VERIFIED = "activity_ref,member_ref,service,occurred_on,units,verified_on,verified_by\n"


@pytest.fixture
def contract() -> Any:
    services = [
        *MINIMAL_DOCUMENT["services"],
        {
            "code": "specialist",
            "name": "Specialist",
            "kind": "episodic",
            "unit": "session",
            "price": "as_billed",
            "criteria": [{"code": "acute", "text": "Acute"}, {"code": "same_day", "text": "Same day"}],
        },
    ]
    contract = signed_contract(services=services)
    for reference in ("A", "B"):
        MemberFactory(organisation=contract.provider, reference=reference)
    return contract


def record(reference: str = "1") -> Activity:
    return Activity.objects.select_related("member").get(activity_ref=reference)


def test_a_record_takes_its_defaults(contract):
    run = send("services", contract, HEADER + "1,A,outreach,2026-05-01")

    one = record()
    assert counts(run) == (1, 1, 0, 0)
    assert (one.units, one.planned, one.attempted, one.occurred_at, one.amount) == (Decimal(1), True, False, None, None)
    assert (one.criteria_not_met, one.verified_on, one.reverses, one.source) == ([], None, "", "feed")
    assert (one.received_on, one.feed_run_id, one.feed_row) == (date(2026, 9, 1), run.pk, 2)


def test_every_column_is_read(contract):
    send(
        "services",
        contract,
        "activity_ref,member_ref,service,occurred_on,units,planned,practitioner,place,outcome,minutes,attempted,"
        "criteria_not_met,amount,received_on,verified_on,verified_by\n"
        "1,A,specialist,2026-05-01T09:30,1.5,no,P1,home,done,45,yes,acute; same_day,99.5,2026-05-02,2026-05-03,Dr. X",
    )

    one = record()
    assert (one.units, one.planned, one.attempted, one.minutes) == (Decimal("1.5"), False, True, 45)
    assert one.occurred_at == datetime(2026, 5, 1, 13, 30, tzinfo=UTC)
    assert (one.practitioner, one.place, one.outcome) == ("P1", "home", "done")
    assert (one.criteria_not_met, one.amount) == (["acute", "same_day"], Decimal("99.5"))
    assert (one.received_on, one.verified_on, one.verified_by) == (date(2026, 5, 2), date(2026, 5, 3), "Dr. X")


def test_a_file_sent_twice_leaves_no_history(contract):
    text = VERIFIED + "1,A,outreach,2026-05-01T09:30,2,2026-05-02,Dr. X\n2,B,crisis_visit,2026-05-01,1,,"
    send("services", contract, text)
    before = Activity.history.count()

    again = send("services", contract, text, now=datetime(2026, 9, 20, 12, tzinfo=UTC))

    assert counts(again) == (2, 0, 2, 0)
    assert Activity.history.count() == before


def test_new_content_is_a_change_with_history_and_absent_columns_keep_their_values(contract):
    send("services", contract, HEADER.strip() + ",place,units\n1,A,outreach,2026-05-01,home,3")

    run = send("services", contract, HEADER.strip() + ",place\n1,A,outreach,2026-05-01,clinic", name="second.csv")

    assert counts(run) == (1, 1, 0, 0)
    assert (record().place, record().units, record().feed_run_id) == ("clinic", Decimal(3), run.pk)
    assert list(
        Activity.history.order_by("history_id").values_list("history_type", "place", "history_change_reason")
    ) == [
        ("+", "home", "feed services file.csv"),
        ("~", "clinic", "feed services second.csv"),
    ]


def test_the_day_of_the_first_feed_is_when_it_was_received_and_a_correction_does_not_renew_it(contract):
    late_evening = datetime(2026, 9, 2, 2, tzinfo=UTC)  # still the first in New York
    send("services", contract, HEADER + "1,A,outreach,2026-05-01", now=late_evening)

    send("services", contract, HEADER + "1,A,outreach,2026-05-02", now=datetime(2026, 9, 20, 12, tzinfo=UTC))

    assert (record().received_on, record().occurred_on) == (date(2026, 9, 1), date(2026, 5, 2))


@pytest.mark.parametrize(
    ("row", "verified"),
    [
        ("1,B,crisis_visit,2026-05-01,1,,", False),  # member
        ("1,A,outreach,2026-05-01,1,,", False),  # service
        ("1,A,crisis_visit,2026-05-02,1,,", False),  # date
        ("1,A,crisis_visit,2026-05-01,2,,", False),  # units
        ("1,A,crisis_visit,2026-05-01,2,2026-05-09,Dr. Y", True),  # verified by the row itself
        ("1,A,crisis_visit,2026-05-01,1,,", True),  # nothing of substance
        ("1,A,crisis_visit,2026-05-01T10:00,1,,", True),  # the time of day
    ],
)
def test_a_verified_record_whose_substance_changes_waits_for_verification_again(contract, row, verified):
    send("services", contract, VERIFIED + "1,A,crisis_visit,2026-05-01,1,2026-05-02,Dr. X")

    send("services", contract, VERIFIED + row)

    assert (record().verified_on is not None, record().verified_by != "") == (verified, verified)


def test_only_episodic_records_are_counted_as_waiting_again(contract):
    first = "\n1,A,crisis_visit,2026-05-01,1,2026-05-02,Dr. X\n2,A,outreach,2026-05-01,1,2026-05-02,Dr. X"
    send("services", contract, VERIFIED.strip() + first)

    again = feed("services", VERIFIED.strip() + "\n1,A,crisis_visit,2026-05-03,1,,\n2,A,outreach,2026-05-03,1,,")
    judged = rehearse(source=again, contract_id=contract.pk, actor=system_user(), now=NOON)

    assert {one.code: one.count for one in judged.changes} == {"activity_changed": 2, "activity_waits_again": 1}


def test_a_row_that_names_nobody_was_verified_by_the_source(contract):
    send("services", contract, HEADER.strip() + ",verified_on\n1,A,outreach,2026-05-01,2026-05-02")
    unnamed = record().verified_by
    send("services", contract, VERIFIED + "1,A,outreach,2026-05-01,1,2026-05-02,Dr. X")
    named = record().verified_by
    again = send("services", contract, HEADER.strip() + ",verified_on\n1,A,outreach,2026-05-01,2026-05-02")

    assert (unnamed, named) == ("source", "Dr. X")
    assert (counts(again), record().verified_by) == ((1, 0, 1, 0), "Dr. X")


def test_a_changed_amount_waits_for_verification_again(contract):
    header = "activity_ref,member_ref,service,occurred_on,amount\n"
    send(
        "services", contract, header.strip() + ",verified_on,verified_by\n1,A,specialist,2026-05-01,80,2026-05-02,Dr. X"
    )

    send("services", contract, header + "1,A,specialist,2026-05-01,80.00")
    same = record().verified_on
    send("services", contract, header + "1,A,specialist,2026-05-01,90")

    assert (same, record().verified_on) == (date(2026, 5, 2), None)


def test_a_record_verified_in_the_product_stays_so_when_its_unverified_file_is_sent_again(contract):
    text = VERIFIED + "1,A,outreach,2026-05-01,1,,"
    send("services", contract, text)
    Activity.objects.update(verified_on=date(2026, 5, 5), verified_by="Our supervisor")

    assert counts(send("services", contract, text)) == (1, 0, 1, 0)
    assert record().verified_by == "Our supervisor"


@pytest.mark.parametrize(
    ("columns", "row", "column", "value"),
    [
        ("", "1,Z,outreach,2026-05-01", "member_ref", "Z"),
        ("", "1,A,massage,2026-05-01", "service", "massage"),
        ("", "1,A,outreach,2026-09-02", "occurred_on", "2026-09-02"),
        ("", "1,A,outreach,2026-02-30", "occurred_on", "2026-02-30"),
        ("", "1,A,outreach,2026-03-08T02:30", "occurred_on", "2026-03-08T02:30"),
        ("", ",A,outreach,2026-05-01", "activity_ref", ""),
        (",units", "1,A,outreach,2026-05-01,0", "units", "0"),
        (",units", "1,A,outreach,2026-05-01,-1", "units", "-1"),
        (",units", '1,A,outreach,2026-05-01,"1,5"', "units", "1,5"),
        (",units", "1,A,outreach,2026-05-01,99999999999", "units", "99999999999"),
        (",units", "1,A,outreach,2026-05-01,NaN", "units", "NaN"),
        (",units", "1,A,outreach,2026-05-01,1e3", "units", "1e3"),
        (",minutes", "1,A,outreach,2026-05-01,7.5", "minutes", "7.5"),
        (",planned", "1,A,outreach,2026-05-01,maybe", "planned", "maybe"),
        (",amount", "1,A,crisis_visit,2026-05-01,10", "amount", "10"),
        (",amount", "1,A,specialist,2026-05-01,-10", "amount", "-10"),
        (",criteria_not_met", "1,A,specialist,2026-05-01,unheard", "criteria_not_met", "unheard"),
        (",criteria_not_met", "1,A,outreach,2026-05-01,acute", "criteria_not_met", "acute"),
        (",received_on", "1,A,outreach,2026-05-01,2027-01-01", "received_on", "2027-01-01"),
        (",verified_on,verified_by", "1,A,outreach,2026-05-01,,Dr. X", "verified_on", ""),
        (",verified_on,verified_by", "1,A,outreach,2026-05-01,2027-05-02,Dr. X", "verified_on", "2027-05-02"),
        (",reverses", "1,A,outreach,2026-05-01,9", "reverses", "9"),
        (",reverses", "1,A,outreach,2026-05-01,1", "reverses", "1"),
    ],
)
def test_a_faulty_row_is_rejected_by_column_and_value_and_leaves_no_record(contract, columns, row, column, value):
    run = send("services", contract, HEADER.strip() + columns + "\n" + row)

    assert rejected(run) == [(2, column, value)]
    assert counts(run) == (1, 0, 0, 1)
    assert not Activity.objects.exists()


def test_a_criterion_of_a_service_without_criteria_has_its_own_sentence(contract):
    run = send("services", contract, HEADER.strip() + ",criteria_not_met\n1,A,outreach,2026-05-01,acute")

    assert run.rejects.get().sentence == (
        f"criteria_not_met: “acute” is not known; {contract.code}, version 1, declares nothing for it here."
    )


def test_a_local_time_that_occurs_twice_is_the_first(contract):
    now = datetime(2026, 12, 1, tzinfo=UTC)
    send("services", contract, HEADER + "1,A,outreach,2026-11-01T01:30", now=now)

    assert record().occurred_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_an_offset_decides_the_day_in_the_contracts_timezone(contract):
    send("services", contract, HEADER + "1,A,outreach,2026-05-02T01:00:00Z")

    assert record().occurred_on == date(2026, 5, 1)


def test_a_reference_twice_in_one_file_is_said_once_when_alike_and_refused_when_not(contract):
    run = send(
        "services",
        contract,
        HEADER + "1,A,outreach,2026-05-01\n1,A,outreach,2026-05-01\n2,A,outreach,2026-05-01\n2,B,outreach,2026-05-01",
    )

    assert counts(run) == (4, 1, 1, 2)
    assert rejected(run) == [(4, "activity_ref", "2"), (5, "activity_ref", "2")]
    assert list(Activity.objects.values_list("activity_ref", flat=True)) == ["1"]


def test_a_reversal_may_come_in_the_same_file_or_later_and_names_the_same_member_and_service(contract):
    header = HEADER.strip() + ",reverses\n"
    run = send(
        "services",
        contract,
        header
        + "2,A,outreach,2026-05-01,1\n"  # before its original, in the same file
        + "1,A,outreach,2026-05-01,\n"
        + "3,B,outreach,2026-05-01,1\n"
        + "4,A,crisis_visit,2026-05-01,1\n"
        + "5,A,outreach,2026-05-01,2",
    )
    later = send("services", contract, header + "6,A,outreach,2026-05-01,1")

    assert rejected(run) == [(4, "reverses", "1"), (5, "reverses", "1"), (6, "reverses", "2")]
    assert counts(later) == (1, 1, 0, 0)
    assert record("2").reverses == record("6").reverses == "1"


def test_a_reversal_of_a_rejected_row_is_rejected_with_it(contract):
    run = send("services", contract, HEADER.strip() + ",reverses\n1,Z,outreach,2026-05-01,\n2,A,outreach,2026-05-01,1")

    assert rejected(run) == [(2, "member_ref", "Z"), (3, "reverses", "1")]


def test_a_record_entered_in_the_product_is_not_changed_by_a_feed(contract):
    ActivityFactory(contract=contract, activity_ref="1", source="product", units=Decimal(7))

    run = send("services", contract, HEADER + "1,A,outreach,2026-05-01")

    assert rejected(run) == [(2, "activity_ref", "1")]
    assert record().units == Decimal(7)


def test_records_arrive_in_file_order(contract):
    send("services", contract, HEADER + "Z,A,outreach,2026-05-03\nM,A,outreach,2026-05-02\nB,A,outreach,2026-05-01")

    assert list(Activity.objects.order_by("pk").values_list("activity_ref", flat=True)) == ["Z", "M", "B"]


def test_several_faults_of_a_row_are_said_in_one_sentence_each(contract):
    run = send("services", contract, HEADER.strip() + ",units\n1,Z,massage,2026-05-01,1", now=NOON)

    assert run.rejects.get().sentence == (
        "member_ref: no member has the reference “Z”; send the roster first. "
        "service: “massage” is not one of outreach, crisis_visit, specialist (MINIMAL, version 1)."
    )


def test_zero_is_an_amount_as_billed(contract):
    send("services", contract, HEADER.strip() + ",amount\n1,A,specialist,2026-05-01,0")

    assert record().amount == Decimal(0)
