"""Levels decided elsewhere: all of them, of everybody the file names."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from eligibility.models import LevelSpan, Member
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import LevelSpanFactory, MemberFactory
from tests.factories.feeds import counts, rejected, send

pytestmark = pytest.mark.django_db
HEADER = "member_ref,level,from,to,decided_on,decided_by,rationale\n"


@pytest.fixture
def contract() -> Any:
    contract = signed_contract()
    MemberFactory(organisation=contract.provider, reference="A")
    return contract


def levels() -> list[tuple[str, date, date | None]]:
    return list(LevelSpan.objects.order_by("starts_on").values_list("level", "starts_on", "ends_before"))


def test_a_levels_file_states_all_levels_of_a_member(contract):
    send("levels", contract, HEADER + "A,L1,2026-01-01,,2025-12-20,Dr. X,Stable")

    run = send(
        "levels",
        contract,
        HEADER + "A,L1,2026-01-01,2026-03-31,2025-12-20,Dr. X,Stable\nA,L2,2026-04-01,,2026-03-20,Dr. Y,Worse",
    )

    assert counts(run) == (2, 2, 0, 0)
    assert levels() == [("L1", date(2026, 1, 1), date(2026, 4, 1)), ("L2", date(2026, 4, 1), None)]


def test_a_levels_file_sent_twice_leaves_no_history(contract):
    text = "member_ref,level,from,to,decided_on,decided_by,rationale,instrument,score\n" + (
        "A,L1,2026-01-01,,2025-12-20,Dr. X,Stable,acuity,7.5"
    )
    send("levels", contract, text)
    before = LevelSpan.history.count()

    assert counts(send("levels", contract, text)) == (1, 0, 1, 0)
    assert LevelSpan.history.count() == before


def test_absent_columns_keep_instrument_and_score(contract):
    send(
        "levels",
        contract,
        "member_ref,level,from,to,decided_on,decided_by,rationale,instrument,score\n"
        "A,L1,2026-01-01,,2025-12-20,Dr. X,Stable,acuity,7.5",
    )

    send("levels", contract, HEADER + "A,L1,2026-01-01,2026-05-31,2025-12-20,Dr. X,Stable")

    assert LevelSpan.objects.values_list("instrument", "score", "ends_before").get() == (
        "acuity",
        Decimal("7.500"),
        date(2026, 6, 1),
    )


def test_a_fed_level_that_overlaps_a_decision_made_in_the_product_is_rejected(contract):
    LevelSpanFactory(
        contract=contract, member=Member.objects.get(), level="L3", starts_on=date(2026, 6, 1), source="product"
    )

    run = send("levels", contract, HEADER + "A,L1,2026-01-01,,2025-12-20,Dr. X,Stable")
    before_it = send("levels", contract, HEADER + "A,L1,2026-01-01,2026-05-31,2025-12-20,Dr. X,Stable")

    assert rejected(run) == [(2, "from", "2026-01-01")]
    assert counts(before_it) == (1, 1, 0, 0)
    assert [level for level, _first, _end in levels()] == ["L1", "L3"]


def test_void_takes_the_fed_levels_and_not_the_decided_ones(contract):
    send("levels", contract, HEADER + "A,L1,2026-01-01,2026-03-31,2025-12-20,Dr. X,Stable")
    LevelSpanFactory(
        contract=contract, member=Member.objects.get(), level="L3", starts_on=date(2026, 6, 1), source="product"
    )

    run = send("levels", contract, HEADER.strip() + ",void\nA,,,,,,,yes")

    assert counts(run) == (1, 1, 0, 0)
    assert [level for level, _first, _end in levels()] == ["L3"]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("Z,L1,2026-01-01,,2025-12-20,Dr. X,Stable", "member_ref", "Z"),
        ("A,L9,2026-01-01,,2025-12-20,Dr. X,Stable", "level", "L9"),
        ("A,L1,2026-01-01,,2025-12-20,,Stable", "decided_by", ""),
        ("A,L1,2026-01-01,,2025-12-20,Dr. X,", "rationale", ""),
        ("A,L1,2026-01-01,,2027-12-20,Dr. X,Stable", "decided_on", "2027-12-20"),
        ("A,L1,2026-01-01,2025-12-31,2025-12-20,Dr. X,Stable", "to", "2025-12-31"),
        (",L1,2026-01-01,,2025-12-20,Dr. X,Stable", "member_ref", ""),
    ],
)
def test_a_faulty_level_is_rejected_by_column_and_value(contract, row, column, value):
    run = send("levels", contract, HEADER + row)

    assert rejected(run) == [(2, column, value)]
    assert levels() == []
