"""Authorised work: units drawn down in turn, tiers that count across months, work that an episode pays for already."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from authorizations.models import Episode
from eligibility.models import Member
from tests.variance.story import FEBRUARY, JANUARY, MARCH, OUTREACH, VISIT, Story, story
from variance.models import LedgerEntry
from variance.queries import proofs
from variance.queries.unpaid import unpaid

pytestmark = pytest.mark.django_db
TIERS = [{"to": 5, "amount": "310.00"}, {"to": 10, "amount": "260.00"}, {"amount": "120.00"}]
STAY = {
    "code": "stay",
    "name": "Stay",
    "kind": "episodic",
    "unit": "day",
    "price": {"tiers": TIERS, "per": "episode", "mode": "marginal"},
    "authorization": "required",
}
SPECIALIST = {
    "code": "specialist",
    "name": "Specialist",
    "kind": "episodic",
    "unit": "session",
    "price": "as_billed",
    "price_ceiling": "100.00",
    "authorization": "required",
}


def told(mode: str = "marginal") -> Story:
    stay = {**STAY, "price": {**STAY["price"], "mode": mode}}  # type: ignore[dict-item]
    return story(services=[OUTREACH, {**VISIT, "bundled_into": ["stay"]}, stay, SPECIALIST])


def episode(
    told: Story, member: Member, starts_on: date, days: int, units: str, *, service: str = "stay", **values: Any
) -> Episode:
    return Episode.objects.create(
        organisation=told.contract.provider,
        contract=told.contract,
        member=member,
        service=service,
        units=Decimal(units),
        starts_on=starts_on,
        ends_before=starts_on + timedelta(days),
        episode_ref=f"E{Episode.objects.count() + 1}",
        decided_on=starts_on,
        decided_by="Dr Marsh",
        rationale="Acute.",
        **values,
    )


def stay(told: Story, member: Member, reference: str, on: date, units: int = 1, **values: Any) -> None:
    told.visit(member, reference, on, service="stay", units=units, **values)


def paid(told: Story, month: date) -> list[tuple[Any, ...]]:
    """Service month, service, quantity, amount, reason of what the month's cycle posted for records."""
    return [(line[0], *line[3:]) for line in told.lines(month) if line[1] == "activity"]


def listed(told: Story) -> list[tuple[str, str, Decimal, Decimal]]:
    return [
        (row.activity_ref, row.code, row.quantity, row.amount)
        for row in unpaid(contract_id=told.contract.pk)
    ]  # fmt: skip


def explained(told: Story) -> None:
    assert [proof for proof in proofs.of_contract(told.contract) if not proof.holds] == []


def day(month: int, day: int) -> date:
    return date(2026, month, day)


def test_work_without_an_episode_waits_and_is_paid_in_the_next_cycle_once_it_is_authorised() -> None:
    it = told()
    member = it.member("A")
    stay(it, member, "S1", day(1, 5), units=2)
    it.close(JANUARY)
    assert (paid(it, JANUARY), listed(it)) == ([], [("S1", "no_authorization", 2, 620)])

    episode(it, member, day(1, 3), 10, "5")
    explained(it)
    it.close(FEBRUARY)

    assert paid(it, FEBRUARY) == [("2026-01", "stay", 2, 620, "retro_authorization")]
    assert listed(it) == []
    it.close(MARCH)
    assert paid(it, MARCH) == []
    explained(it)


def test_the_window_holds_its_first_and_its_last_day_and_no_other() -> None:
    it = told()
    member = it.member("A")
    episode(it, member, day(1, 10), 3, "9")
    for number, on in enumerate((9, 10, 12, 13), start=1):
        stay(it, member, f"S{number}", day(1, on))
    stay(it, it.member("B"), "S5", day(1, 11))
    it.close(JANUARY)

    assert paid(it, JANUARY) == [("2026-01", "stay", 1, 310, ""), ("2026-01", "stay", 1, 310, "")]
    assert [row[:2] for row in listed(it)] == [
        ("S1", "no_authorization"), ("S5", "no_authorization"), ("S4", "no_authorization"),
    ]  # fmt: skip


def test_units_are_drawn_in_order_of_date_and_a_record_that_fits_in_part_is_paid_in_part() -> None:
    it = told()
    member = it.member("A")
    episode(it, member, day(1, 3), 20, "5")
    stay(it, member, "S3", day(1, 9))
    stay(it, member, "S2", day(1, 7), units=4)  # two of them fit
    stay(it, member, "S1", day(1, 5), units=3)
    it.close(JANUARY)

    assert paid(it, JANUARY) == [("2026-01", "stay", 2, 620, ""), ("2026-01", "stay", 3, 930, "")]
    # at stake: what they would cost as the next units, the sixth and on
    assert listed(it) == [("S2", "units_exceeded", 2, 520), ("S3", "units_exceeded", 1, 260)]


def test_only_records_with_no_other_code_use_up_units() -> None:
    it = told()
    member = it.member("A")
    episode(it, member, day(1, 3), 20, "3")
    stay(it, member, "S1", day(1, 4), verified=False)
    stay(it, member, "S2", day(1, 5), attempted=True)
    stay(it, member, "S3", day(1, 6), units=2)
    stay(it, member, "S4", day(1, 7))
    stay(it, member, "S5", day(1, 8), verified=False)  # nothing would be left for it
    it.close(JANUARY)

    assert paid(it, JANUARY) == [("2026-01", "stay", 1, 310, ""), ("2026-01", "stay", 2, 620, "")]
    assert [row[:2] for row in listed(it)] == [
        ("S1", "unverified"), ("S2", "criteria_not_met"), ("S5", "units_exceeded"),
    ]  # fmt: skip


def test_marginal_tiers_count_the_units_of_the_episode_across_months() -> None:
    it = told()
    member = it.member("A")
    episode(it, member, day(1, 28), 21, "14")
    stay(it, member, "S1", day(1, 30), units=4)
    stay(it, member, "S2", day(2, 2), units=3)
    stay(it, member, "S3", day(2, 6), units=5)
    it.close(JANUARY)
    it.close(FEBRUARY)

    assert paid(it, JANUARY) == [("2026-01", "stay", 4, 1240, "")]
    assert paid(it, FEBRUARY) == [
        ("2026-02", "stay", 1, 310, ""),  # the fifth
        ("2026-02", "stay", 2, 240, ""),  # the eleventh and twelfth
        ("2026-02", "stay", 2, 520, ""),
        ("2026-02", "stay", 3, 780, ""),
    ]


def test_a_cliff_prices_every_unit_of_the_episode_at_the_tier_that_its_total_reaches() -> None:
    it = told("cliff")
    member = it.member("A")
    episode(it, member, day(1, 28), 21, "14")
    stay(it, member, "S1", day(1, 30), units=5)
    stay(it, member, "S2", day(2, 2), units=3)
    it.close(JANUARY)
    it.close(FEBRUARY)

    assert paid(it, JANUARY) == [("2026-01", "stay", 5, 1550, "")]
    assert paid(it, FEBRUARY) == [
        ("2026-01", "stay", -5, -1550, "late_activity"),
        ("2026-01", "stay", 5, 1300, "late_activity"),
        ("2026-02", "stay", 3, 780, ""),
    ]
    it.close(MARCH)
    assert paid(it, MARCH) == []
    explained(it)


def test_an_episode_is_priced_by_the_list_of_its_first_day() -> None:
    it = told()
    ann, ben = it.member("A"), it.member("B")
    dearer = {**STAY, "price": {"tiers": [{"to": 2, "amount": "400.00"}, {"amount": "350.00"}], "per": "episode"}}
    it.new_version(in_force_from="2026-02-01", services=[OUTREACH, VISIT, dearer, SPECIALIST])
    episode(it, ann, day(1, 31), 10, "9")
    episode(it, ben, day(2, 1), 10, "9")
    stay(it, ann, "S1", day(2, 3), units=6)
    stay(it, ben, "S2", day(2, 3), units=3)
    it.close(JANUARY)
    it.close(FEBRUARY)

    assert paid(it, FEBRUARY) == [
        ("2026-02", "stay", 1, 260, ""),
        ("2026-02", "stay", 1, 350, ""),
        ("2026-02", "stay", 2, 800, ""),
        ("2026-02", "stay", 5, 1550, ""),
    ]


def test_work_after_an_early_end_is_taken_back() -> None:
    it = told()
    member = it.member("A")
    one = episode(it, member, day(1, 3), 20, "9")
    stay(it, member, "S1", day(1, 5))
    stay(it, member, "S2", day(1, 15))
    it.close(JANUARY)

    one.ended_early_on = day(1, 15)
    one.save()
    explained(it)
    it.close(FEBRUARY)

    assert paid(it, FEBRUARY) == [("2026-01", "stay", -1, -310, "retro_authorization")]
    assert listed(it) == [("S2", "no_authorization", 1, 310)]


def test_a_visit_is_bundled_while_an_episode_is_open_and_paid_when_that_ends_early() -> None:
    it = told()
    member = it.member("A")
    one = episode(it, member, day(1, 10), 10, "9")
    for number, on in enumerate((9, 10, 19, 20), start=1):
        it.visit(member, f"V{number}", day(1, on))
    it.close(JANUARY)
    assert paid(it, JANUARY) == [("2026-01", "visit", 1, 50, ""), ("2026-01", "visit", 1, 50, "")]
    assert listed(it) == [("V2", "bundled", 1, 50), ("V3", "bundled", 1, 50)]

    one.ended_early_on = day(1, 15)
    one.save()
    it.close(FEBRUARY)

    assert paid(it, FEBRUARY) == [("2026-01", "visit", 1, 50, "retro_authorization")]
    assert [row[:2] for row in listed(it)] == [("V2", "bundled")]


def test_a_late_record_takes_the_units_of_a_later_day_and_a_reversal_gives_them_back() -> None:
    it = told()
    member = it.member("A")
    episode(it, member, day(1, 3), 20, "2")
    stay(it, member, "S2", day(1, 8))
    stay(it, member, "S3", day(1, 9))
    it.close(JANUARY)

    stay(it, member, "S1", day(1, 5))
    it.close(FEBRUARY)
    assert paid(it, FEBRUARY) == [
        ("2026-01", "stay", -1, -310, "late_activity"), ("2026-01", "stay", 1, 310, "late_activity"),
    ]  # fmt: skip
    assert listed(it) == [("S3", "units_exceeded", 1, 310)]

    stay(it, member, "S1-back", day(1, 5), reverses="S1")
    it.close(MARCH)
    assert paid(it, MARCH) == [
        ("2026-01", "stay", -1, -310, "activity_reversed"), ("2026-01", "stay", 1, 310, "activity_reversed"),
    ]  # fmt: skip
    assert [row[:2] for row in listed(it)] == [("S1", "reversed")]
    explained(it)


def test_as_billed_work_draws_on_its_episode_and_is_cut_with_it() -> None:
    it = told()
    member = it.member("A")
    episode(it, member, day(1, 3), 20, "2.5", service="specialist")
    it.visit(member, "P1", day(1, 5), service="specialist", units=2, amount=Decimal(150))
    it.visit(member, "P2", day(1, 6), service="specialist", units=2, amount=Decimal(300))
    it.close(JANUARY)

    assert paid(it, JANUARY) == [
        ("2026-01", "specialist", Decimal("0.5"), 50, ""), ("2026-01", "specialist", 2, 150, ""),
    ]  # fmt: skip
    assert listed(it) == [("P2", "units_exceeded", Decimal("1.5"), 150)]


def test_more_units_authorised_later_pay_what_was_exceeded() -> None:
    it = told()
    member = it.member("A")
    one = episode(it, member, day(1, 3), 20, "1")
    stay(it, member, "S1", day(1, 8), units=3)
    it.close(JANUARY)

    one.units = Decimal(3)
    one.save()
    it.close(FEBRUARY)

    assert paid(it, FEBRUARY) == [("2026-01", "stay", 2, 620, "retro_authorization")]


def test_the_worked_table_of_the_documents_comes_out() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "calculations" / "episodes.md"
    lines = [line for line in page.read_text().splitlines() if line.startswith("| e")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    it = told()
    member = it.member("A")
    episode(it, member, day(1, 28), 21, "12")
    for reference, on, units, *_rest in table:
        stay(it, member, reference, date.fromisoformat(on), units=int(units))
    it.close(JANUARY)
    it.close(FEBRUARY)

    ledger = LedgerEntry.objects.filter(contract=it.contract, component="activity")
    for reference, _on, _units, *tiers, marginal, not_paid in table:
        rows = {row.rate: row for row in ledger.filter(activity__activity_ref=reference)}
        by_tier = {Decimal(310): tiers[0], Decimal(260): tiers[1], Decimal(120): tiers[2]}
        assert {rate: row.quantity for rate, row in rows.items()} == {
            rate: Decimal(units) for rate, units in by_tier.items() if units
        }
        assert sum(row.amount for row in rows.values()) == Decimal(marginal.replace(",", "") or 0)
        assert [f"{amount:,.2f} {code}" for ref, code, _units, amount in listed(it) if ref == reference] == (
            [not_paid] if not_paid else []
        )
