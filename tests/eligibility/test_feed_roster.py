"""The roster: every span of everybody it names, replaced with as few changes as it takes."""

from datetime import date
from typing import Any

import pytest
from django.db import connection

from contracts.operations.feeds.runs import MANY
from eligibility.models import Assignment, CoverageSpan, Member
from tests.factories.contracts import ContractFactory, signed_contract
from tests.factories.eligibility import (
    AssignmentFactory,
    CoverageSpanFactory,
    MemberFactory,
    PractitionerFactory,
    TeamFactory,
)
from tests.factories.feeds import counts, rejected, send

pytestmark = pytest.mark.django_db
HEADER = "member_ref,cohort,geography,from,to\n"


@pytest.fixture
def contract() -> Any:
    return signed_contract()


def spans(reference: str = "A") -> list[tuple[str, str | None]]:
    """First and last day as a file says them."""
    rows = CoverageSpan.objects.filter(member__reference=reference).order_by("starts_on")
    return [
        (
            str(row.starts_on),
            str(date.fromordinal(row.ends_before.toordinal() - 1)) if row.ends_before else None,
        )
        for row in rows
    ]


def ids(reference: str = "A") -> list[int]:
    return list(
        CoverageSpan.objects.filter(member__reference=reference).order_by("starts_on").values_list("pk", flat=True)
    )


def events() -> int:
    """History rows of everything that a roster may touch."""
    return sum(model.history.count() for model in (Member, CoverageSpan, Assignment))


def test_a_new_member_is_made_with_spans_inclusive_in_the_file_and_half_open_inside(contract):
    run = send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-03-31\nA,adult,south,2026-04-01,")

    assert counts(run) == (2, 2, 0, 0)
    assert list(
        CoverageSpan.objects.order_by("starts_on").values_list(
            "member__reference", "organisation_id", "cohort", "geography", "starts_on", "ends_before", "feed_run_id"
        )
    ) == [
        ("A", contract.provider_id, "adult", "north", date(2026, 1, 1), date(2026, 4, 1), run.pk),
        ("A", contract.provider_id, "adult", "south", date(2026, 4, 1), None, run.pk),
    ]


def test_a_file_sent_twice_changes_nothing_and_leaves_no_history(contract):
    text = "member_ref,given_name,birth_date,cohort,geography,from,to,practitioner,team\n" + (
        "A,Ann,1950-05-01,adult,north,2026-01-01,2026-03-31,P1,East\nB,Ben,,older,south,2026-02-01,,P2,"
    )
    send("roster", contract, text)
    before = events()

    again = send("roster", contract, text)

    assert counts(again) == (2, 0, 2, 0)
    assert events() == before


@pytest.mark.parametrize(
    ("stated", "kept_rows"),
    [
        ([("2026-01-01", "2026-04-30")], 1),  # shortened
        ([("2026-01-01", "2026-08-31")], 1),  # extended
        ([("2026-01-01", None)], 1),  # opened
        ([("2026-02-01", "2026-06-30")], 1),  # starts later
        ([("2025-11-01", "2026-06-30")], 1),  # starts earlier
        ([("2026-07-01", "2026-09-30")], 0),  # moved away
        ([("2026-01-01", "2026-02-28"), ("2026-04-01", "2026-06-30")], 1),  # split by a gap
        ([("2026-01-01", "2026-02-28"), ("2026-03-01", "2026-06-30")], 1),  # split where it touches
        ([("2026-01-01", "2026-06-30"), ("2026-08-01", None)], 1),  # a second one
    ],
)
def test_a_restated_span_comes_out_as_stated(contract, stated, kept_rows):
    send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-06-30")
    [before] = ids()

    run = send("roster", contract, HEADER + "\n".join(f"A,adult,north,{first},{last or ''}" for first, last in stated))

    assert run.rows_rejected == 0
    assert spans() == stated
    assert len({before} & set(ids())) == kept_rows


def test_three_spans_are_merged_into_one(contract):
    send(
        "roster",
        contract,
        HEADER + "A,adult,north,2026-01-01,2026-01-31\nA,adult,north,2026-02-01,2026-02-28\nA,adult,north,2026-04-01,",
    )
    first, _second, _third = ids()

    run = send("roster", contract, HEADER + "A,adult,north,2026-01-01,")

    assert counts(run) == (1, 1, 0, 0)
    assert spans() == [("2026-01-01", None)]
    assert ids() == [first]


def test_two_touching_spans_may_swap_their_border_in_one_file(contract):
    send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-03-31\nA,adult,south,2026-04-01,")

    send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-05-31\nA,adult,south,2026-06-01,")

    assert spans() == [("2026-01-01", "2026-05-31"), ("2026-06-01", None)]


def test_only_what_differs_is_written(contract):
    send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-03-31\nA,adult,south,2026-05-01,")

    run = send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-03-31\nA,adult,south,2026-06-01,")

    changed = CoverageSpan.history.filter(history_type="~")
    assert counts(run) == (2, 1, 1, 0)
    assert list(changed.values_list("geography", "starts_on", "history_change_reason")) == [
        ("south", date(2026, 6, 1), "feed roster file.csv")
    ]


def test_a_span_that_is_left_out_is_removed_and_others_are_left_alone(contract):
    send(
        "roster",
        contract,
        HEADER + "A,adult,north,2026-01-01,2026-03-31\nA,adult,north,2026-05-01,\nB,adult,north,2026-01-01,",
    )
    before = ids("B")

    run = send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-03-31")

    assert counts(run) == (1, 1, 0, 0)  # what the row states stood already, but its member lost a span by it
    assert spans("A") == [("2026-01-01", "2026-03-31")]
    assert ids("B") == before


def test_void_takes_every_fed_span_of_the_member(contract):
    send(
        "roster",
        contract,
        HEADER + "A,adult,north,2026-01-01,2026-03-31\nA,adult,north,2026-05-01,\nB,adult,north,2026-01-01,",
    )

    run = send("roster", contract, "member_ref,cohort,geography,from,to,void\nA,,,,,yes")

    assert counts(run) == (1, 1, 0, 0)
    assert (spans("A"), spans("B")) == ([], [("2026-01-01", None)])
    assert counts(send("roster", contract, "member_ref,cohort,geography,from,to,void\nA,,,,,yes")) == (1, 0, 1, 0)


def test_void_beside_a_span_of_the_same_member_is_refused_in_both_rows(contract):
    MemberFactory(organisation=contract.provider, reference="A")

    run = send(
        "roster",
        contract,
        "member_ref,cohort,geography,from,to,void\nA,adult,north,2026-01-01,,\nA,,,,,yes\nB,adult,north,2026-01-01,,no",
    )

    assert rejected(run) == [(2, "void", ""), (3, "void", "yes")]
    assert counts(run) == (3, 1, 0, 2)


def test_overlapping_rows_are_refused_row_by_row_and_the_member_stays_as_it_was(contract):
    send("roster", contract, HEADER + "A,adult,north,2026-01-01,")

    run = send(
        "roster",
        contract,
        HEADER
        + "A,adult,north,2026-01-01,2026-03-31\n"
        + "B,adult,north,2026-01-01,\n"
        + "A,adult,south,2026-03-31,2026-05-31\n"
        + "A,adult,north,2026-08-01,",
    )

    assert rejected(run) == [(2, "from", "2026-01-01"), (4, "from", "2026-03-31"), (5, "member_ref", "A")]
    assert counts(run) == (4, 1, 0, 3)
    assert (spans("A"), spans("B")) == ([("2026-01-01", None)], [("2026-01-01", None)])


def test_a_row_inside_a_longer_one_overlaps_it_though_another_lies_between(contract):
    run = send(
        "roster",
        contract,
        HEADER
        + "A,adult,north,2026-01-01,2026-12-31\n"
        + "A,adult,north,2026-02-01,2026-02-28\nA,adult,north,2026-06-01,2026-06-30",
    )

    assert [row for row, column, _value in rejected(run) if column == "from"] == [2, 3, 4]


def test_touching_rows_do_not_overlap(contract):
    run = send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-01-31\nA,adult,north,2026-02-01,2026-02-01")

    assert counts(run) == (2, 2, 0, 0)


def test_the_rows_of_a_member_with_a_faulty_row_come_back_together(contract):
    send("roster", contract, HEADER + "A,adult,north,2026-01-01,")

    run = send(
        "roster",
        contract,
        HEADER + "A,adult,north,2026-01-01,2026-02-28\nA,adult,north,2026-13-01,\nB,adult,north,2026-01-01,",
    )

    assert rejected(run) == [(2, "member_ref", "A"), (3, "from", "2026-13-01")]
    assert "Row 3" in run.rejects.get(row_number=2).sentence
    assert spans("A") == [("2026-01-01", None)]


def test_a_code_that_the_governing_terms_do_not_declare_is_rejected_with_those_that_they_do(contract):
    run = send("roster", contract, HEADER + "A,teen,north,2026-01-01,\nB,adult,west,2026-01-01,")

    assert rejected(run) == [(2, "cohort", "teen"), (3, "geography", "west")]
    assert run.rejects.get(row_number=2).sentence == ("cohort: “teen” is not one of adult, older (MINIMAL, version 1).")
    assert not Member.objects.exists()


def test_a_last_day_before_the_first_is_rejected(contract):
    run = send("roster", contract, HEADER + "A,adult,north,2026-03-01,2026-02-28\nB,adult,north,2026-03-01,2026-03-01")

    assert rejected(run) == [(2, "to", "2026-02-28")]
    assert spans("B") == [("2026-03-01", "2026-03-01")]


def test_a_span_that_overlaps_one_made_in_the_product_is_rejected(contract):
    member = MemberFactory(organisation=contract.provider, reference="A")
    CoverageSpanFactory(
        contract=contract, member=member, starts_on=date(2026, 3, 1), ends_before=date(2026, 4, 1), source="product"
    )

    run = send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-03-01")
    beside = send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-02-28\nA,adult,north,2026-04-01,")

    assert rejected(run) == [(2, "from", "2026-01-01")]
    assert counts(beside) == (2, 2, 0, 0)
    assert len(spans("A")) == 3


def test_the_end_of_time_is_an_open_end(contract):
    send("roster", contract, HEADER + "A,adult,north,2026-01-01,9999-12-31")

    assert spans() == [("2026-01-01", None)]


def test_demographics_follow_the_row_that_starts_last_and_absent_columns_keep_theirs(contract):
    header = "member_ref,given_name,language,cohort,geography,from,to\n"
    send("roster", contract, header + "A,Ann,fr,adult,north,2026-05-01,\nA,Anna,en,adult,north,2026-01-01,2026-04-30")
    named = Member.objects.values_list("given_name", "language").get()

    send("roster", contract, "member_ref,language,cohort,geography,from,to\nA,,adult,north,2026-05-01,")

    assert named == ("Ann", "fr")
    assert Member.objects.values_list("given_name", "language").get() == ("Ann", "")


def test_members_of_another_provider_with_the_same_reference_are_other_people(contract):
    other = MemberFactory(reference="A")
    elsewhere = CoverageSpanFactory(contract=ContractFactory(provider=other.organisation), member=other)

    send("roster", contract, HEADER + "A,adult,north,2026-01-01,")

    assert Member.objects.filter(reference="A").count() == 2
    assert CoverageSpan.objects.filter(member=other).get() == elsewhere


def assignments() -> list[tuple[str, str, str, str | None]]:
    return [
        (
            row.practitioner.reference if row.practitioner else "",
            row.team.name if row.team else "",
            str(row.starts_on),
            str(row.ends_before) if row.ends_before else None,
        )
        for row in Assignment.objects.select_related("practitioner", "team").order_by("starts_on")
    ]


def test_practitioner_and_team_are_assigned_for_the_days_of_their_row(contract):
    header = "member_ref,cohort,geography,from,to,practitioner,team\n"
    send("roster", contract, header + "A,adult,north,2026-01-01,2026-03-31,P1,East\nA,adult,north,2026-04-01,,,West")
    first = assignments()

    send(
        "roster",
        contract,
        header + "A,adult,north,2026-01-01,2026-03-31,P2,East\nA,adult,north,2026-04-01,2026-04-30,,",
    )

    assert first == [("P1", "East", "2026-01-01", "2026-04-01"), ("", "West", "2026-04-01", None)]
    assert assignments() == [("P2", "East", "2026-01-01", "2026-04-01")]


def test_without_the_columns_assignments_stay(contract):
    send("roster", contract, "member_ref,cohort,geography,from,to,practitioner\nA,adult,north,2026-01-01,,P1")

    send("roster", contract, HEADER + "A,adult,north,2026-01-01,2026-03-31")
    with_team = send(
        "roster", contract, "member_ref,cohort,geography,from,to,team\nA,adult,north,2026-01-01,2026-03-31,East"
    )

    assert with_team.rows_rejected == 0
    assert assignments() == [("P1", "East", "2026-01-01", "2026-04-01")]


def test_a_lead_set_in_the_product_is_left_alone(contract):
    member = MemberFactory(organisation=contract.provider, reference="A")
    AssignmentFactory(
        member=member,
        practitioner=PractitionerFactory(organisation=contract.provider, reference="OURS"),
        team=TeamFactory(organisation=contract.provider, name="Ours"),
        starts_on=date(2026, 6, 1),
        source="product",
    )

    run = send("roster", contract, "member_ref,cohort,geography,from,to,practitioner\nA,adult,north,2026-01-01,,P1")

    assert counts(run) == (1, 1, 0, 0)
    assert assignments() == [("OURS", "Ours", "2026-06-01", None)]


def test_the_database_looks_at_its_tables_after_a_large_file(contract):
    """The program owns no table, and whoever owns none is passed over in silence: keys were then checked row by row."""
    rows = "\n".join(f"M{number},adult,north,2026-01-01," for number in range(MANY))
    send("roster", contract, f"member_ref,cohort,geography,from,to\n{rows}")

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'eligibility_member'::regclass")
        assert cursor.fetchone() == (MANY,)
