"""Lists of delivered work, what stands beside a record, and its history."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import AccessEntry, Role, User
from baseline.models import Activity
from baseline.queries.activity import STATES, Beside, beside, links
from baseline.queries.history import FieldChange, record_history
from blended_pilot.kernel.audit import recording
from tests.eligibility.conftest import World, cells
from tests.factories.accounts import MembershipFactory
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import ContractFactory
from tests.factories.eligibility import MemberFactory

MORNING, EVENING = datetime(2026, 1, 15, 14, tzinfo=UTC), datetime(2026, 1, 15, 23, tzinfo=UTC)


def record(world: World, reference: str, **fields: Any) -> Activity:
    return ActivityFactory(contract=world.contract, member=world.member, activity_ref=reference, **fields)


def listed(user: User, **query: Any) -> set[str]:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    answer = client.get(reverse("baseline:activities"), {**query, "export": "csv"})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    place = lines[0].split(",").index("Record")
    return {line.split(",")[place] for line in lines[1:]}


def test_a_later_record_that_says_the_same_names_its_original(ours: World) -> None:
    first = record(ours, "A", practitioner="p1", place="Home")
    second = record(ours, "B", practitioner="p1", place="Home")
    other_place = record(ours, "C", practitioner="p1", place="Clinic")

    assert (links(second).original, links(first).repeats) == (first, (second,))
    assert (links(first).original, links(other_place).original) == (None, None)


@pytest.mark.parametrize(
    ("first", "second", "same"), [(MORNING, EVENING, False), (MORNING, None, True), (MORNING, MORNING, True)]
)
def test_times_tell_records_apart_where_both_have_one(
    first: datetime, second: datetime | None, same: bool, ours: World
) -> None:
    earlier = record(ours, "A", occurred_at=first)
    later = record(ours, "B", occurred_at=second)

    assert links(later).original == (earlier if same else None)


def test_a_reversed_record_is_no_original_and_its_links_go_both_ways(ours: World) -> None:
    reversed_one = record(ours, "A")
    reversal = record(ours, "A-R", reverses="A")
    again = record(ours, "B")

    assert links(reversed_one).reversed_by == reversal
    assert links(reversal).reverses == reversed_one
    assert links(again).original is None


def test_a_reference_of_another_contract_reverses_nothing_here(ours: World) -> None:
    mine = record(ours, "A")
    elsewhere = ContractFactory(provider=ours.contract.provider)
    ActivityFactory(contract=elsewhere, member=ours.member, activity_ref="A-R", reverses="A")

    assert links(mine).reversed_by is None
    assert beside([mine])[mine.pk] == Beside(service="Outreach", kind="baseline", reversed_by=None)


def test_kind_and_name_come_from_the_terms_of_the_day(ours: World) -> None:
    known = record(ours, "A", service="crisis_visit")
    before_the_terms = record(ours, "B", service="crisis_visit", occurred_on=date(2025, 6, 1))
    unknown = record(ours, "C", service="haircut")

    assert beside([known, before_the_terms, unknown]) == {
        known.pk: Beside("Crisis visit", "episodic", None, state="waiting"),
        before_the_terms.pk: Beside("crisis_visit", "", None, state="waiting"),
        unknown.pk: Beside("haircut", "", None),
    }


def test_the_list_is_narrowed_by_what_a_record_is(ours: World, intake: User) -> None:
    record(ours, "baseline", planned=False)
    record(ours, "waits", service="crisis_visit", occurred_on=date(2026, 3, 31))
    record(ours, "verified", service="crisis_visit", verified_on=date(2026, 1, 20), verified_by="K.")
    record(ours, "tried", attempted=True, occurred_on=date(2026, 3, 31))
    record(ours, "undone", occurred_on=date(2026, 2, 1), practitioner="p1")
    record(ours, "undoing", occurred_on=date(2026, 2, 1), reverses="undone")

    assert listed(intake, kind="episodic") == {"waits", "verified"}
    assert listed(intake, service="outreach", planned="no") == {"baseline"}
    assert listed(intake, state="verified") == {"verified"}
    assert listed(intake, state="waiting") == {"waits"}
    assert listed(intake, state="recorded") == {"baseline", "tried"}
    assert listed(intake, state="reversed") == {"undone"}
    assert listed(intake, state="reversing") == {"undoing"}
    assert listed(intake, first_day="2026-02-01", last_day="2026-03-31") == {"waits", "tried", "undone", "undoing"}
    assert listed(intake, first_day="2026-02-01", last_day="2026-03-30") == {"undone", "undoing"}
    assert listed(intake, practitioner="p1") == {"undone"}
    assert listed(intake, reference="un") == {"undone", "undoing"}


def test_the_list_and_its_filter_say_the_same_of_every_record(ours: World, intake: User) -> None:
    for service in ("outreach", "crisis_visit"):
        record(ours, f"{service}-plain", service=service)
        record(ours, f"{service}-verified", service=service, verified_on=date(2026, 1, 20), verified_by="K.")
        sent_back = {"rejected_on": date(2026, 1, 20), "rejected_by": intake, "rejection": "Which day?"}
        record(ours, f"{service}-rejected", service=service, **sent_back)
        record(ours, f"{service}-undone", service=service, verified_on=date(2026, 1, 20), verified_by="K.")
        record(ours, f"{service}-undoing", service=service, reverses=f"{service}-undone")
    record(ours, "haircut", service="haircut")

    for state in STATES:
        shown = {one.activity_ref for one in Activity.objects.all() if beside([one])[one.pk].state == state}
        assert listed(intake, state=state) == shown, state
    assert listed(intake, state="waiting") == {"crisis_visit-plain"}
    assert listed(intake, state="recorded") == {"outreach-plain", "haircut"}


def test_a_line_of_the_list_says_what_when_for_whom_and_how_it_stands(ours: World, intake: User) -> None:
    record(ours, "A", service="crisis_visit", verified_on=date(2026, 1, 20), verified_by="K.", practitioner="p1")
    client = Client()
    client.force_login(intake, backend=settings.AUTHENTICATION_BACKENDS[-1])

    page = client.get(reverse("baseline:activities")).content.decode()

    assert cells(page) == [
        "Jan. 15, 2026",
        "A",
        "OURSgiven OURSfamily OURS-REF",
        "Crisis visit",
        "Episodic",
        "1",
        "planned",
        "p1",
        "verified",
        "Jan. 16, 2026",
    ]


def test_a_correction_reads_as_from_and_to(ours: World, intake: User) -> None:
    one = record(ours, "A")
    with recording(actor=intake, reason="Two visits, not one."):
        Activity.objects.filter(pk=one.pk).update(units=Decimal(2), attempted=True)

    latest, first = record_history(intake, one)

    assert (latest.by, latest.reason, latest.fields) == (
        intake.name,
        "Two visits, not one.",
        (FieldChange("Units", "1", "2"), FieldChange("Attempted", "no", "yes")),
    )
    assert first.sentence == "The record was added."


def test_a_moment_is_told_in_the_contracts_timezone(ours: World, intake: User) -> None:
    one = record(ours, "A", occurred_at=MORNING)
    Activity.objects.filter(pk=one.pk).update(occurred_at=EVENING)

    assert record_history(intake, one)[0].fields == (
        FieldChange("Time", "Jan. 15, 2026, 09:00 EST", "Jan. 15, 2026, 18:00 EST"),
    )


def test_a_commissioner_reads_the_change_without_the_providers_words(ours: World, intake: User) -> None:
    one = record(ours, "A")
    with recording(actor=intake, reason="Mrs. Example asked twice."):
        Activity.objects.filter(pk=one.pk).update(units=Decimal(2))

    auditor_elsewhere = ours.at_commissioner(Role.FINANCE)
    MembershipFactory(user=auditor_elsewhere, role=Role.AUDITOR, organisation=ContractFactory().commissioner)
    for reader in (auditor_elsewhere, ours.at_commissioner(Role.COMMISSIONER)):
        latest = record_history(reader, one)[0]
        assert (latest.reason, len(latest.fields)) == ("", 1)


def test_the_log_holds_whom_a_record_named_before(ours: World, intake: User) -> None:
    one, before = record(ours, "A"), ours.member
    now = MemberFactory(organisation=ours.contract.provider, reference="NOW")
    Activity.objects.filter(pk=one.pk).update(member=now)
    client = Client()
    client.force_login(intake, backend=settings.AUTHENTICATION_BACKENDS[-1])

    assert before.reference in client.get(reverse("baseline:activity", args=[one.pk])).content.decode()

    assert sorted(AccessEntry.objects.latest("pk").members) == sorted([before.pk, now.pk])


@pytest.mark.parametrize("role", [Role.INTAKE, Role.FINANCE])
def test_a_records_page_tells_where_it_comes_from_and_what_it_has_to_do_with(role: str, ours: World) -> None:
    one = record(ours, "A", verified_on=date(2026, 1, 20), verified_by="K. Lindqvist")
    record(ours, "A-R", reverses="A")
    client = Client()
    client.force_login(ours.at_provider(role), backend=settings.AUTHENTICATION_BACKENDS[-1])

    page = client.get(reverse("baseline:activity", args=[one.pk])).content.decode()

    assert [word for word in ("K. Lindqvist", "A-R", "Outreach", "OURS-REF") if word not in page] == []
