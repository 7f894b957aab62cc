"""Months open in order, are signed by two sides, and close on exactly what was reviewed."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from accounts.models import Role
from accounts.permissions import NotAllowed
from accounts.queries.people import system_user
from tests.factories.accounts import MembershipFactory, person
from tests.variance.story import FEBRUARY, JANUARY, LONG_AFTER, MARCH, Story, story
from variance.models import ActivityOutcome, Cycle, CycleStatus, LedgerEntry, Statement, StatementLine
from variance.operations import cycles
from variance.queries.cycles import report, report_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Story:
    return story()


def test_the_first_cycle_is_the_terms_first_month(told: Story) -> None:
    with pytest.raises(cycles.CycleOutOfOrder, match="January 2026 is due"):
        cycles.open_cycle(contract_id=told.contract.pk, month=FEBRUARY, actor=system_user(), now=LONG_AFTER)
    assert not Cycle.objects.exists()


def test_a_month_opens_when_the_one_before_is_closed(told: Story) -> None:
    told.calculated(JANUARY)
    with pytest.raises(cycles.CycleOutOfOrder, match="January 2026 is still calculated"):
        cycles.open_cycle(contract_id=told.contract.pk, month=FEBRUARY, actor=system_user(), now=LONG_AFTER)


def test_months_go_on_after_the_term_with_adjustments_only() -> None:
    told = story(term={"from": "2026-01-01", "to": "2026-01-31"})
    member = told.member("A")
    told.close(JANUARY)
    told.level(member, "L2")
    told.close(FEBRUARY)
    assert told.lines(FEBRUARY) == [
        ("2026-01", "baseline", "L1", "", -1, -40, "retro_level"),
        ("2026-01", "baseline", "L2", "", 1, 120, "retro_level"),
    ]


def test_no_month_closes_before_the_contracts_day_of_the_next() -> None:
    told = story(settlement={"close_after_day": 12})
    cycle = told.approved(JANUARY)
    eleventh = datetime(2026, 2, 12, 4, 59, tzinfo=UTC)  # still the 11th in New York
    with pytest.raises(cycles.MonthNotOver, match=r"Feb\. 12, 2026"):
        cycles.close(cycle_id=cycle.pk, actor=told.approver, now=eleventh)
    assert not LedgerEntry.objects.exists()
    cycles.close(cycle_id=cycle.pk, actor=told.approver, now=datetime(2026, 2, 12, 5, tzinfo=UTC))
    assert told.closed_months() == 1


def test_the_side_that_prepares_is_the_contracts_choice() -> None:
    told = story(settlement={"prepared_by": "commissioner"})
    cycle = told.calculated(JANUARY)
    with pytest.raises(NotAllowed):
        cycles.submit_for_review(cycle_id=cycle.pk, actor=told.preparer, now=LONG_AFTER)
    cycles.submit_for_review(cycle_id=cycle.pk, actor=told.approver, now=LONG_AFTER)
    cycles.approve(cycle_id=cycle.pk, actor=told.preparer, now=LONG_AFTER)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.prepared_organisation, cycle.approved_organisation) == (
        CycleStatus.APPROVED,
        told.contract.commissioner,
        told.contract.provider,
    )


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.FINANCE, Role.COMMISSIONER}))
def test_no_other_role_signs_a_month(told: Story, role: str) -> None:
    cycle = told.calculated(JANUARY)
    with pytest.raises(NotAllowed):
        cycles.submit_for_review(cycle_id=cycle.pk, actor=person(role, told.contract.provider), now=LONG_AFTER)
    cycle.refresh_from_db()
    assert cycle.status == CycleStatus.CALCULATED


def test_one_organisation_does_not_give_both_signatures(told: Story) -> None:
    cycle = told.calculated(JANUARY)
    cycles.submit_for_review(cycle_id=cycle.pk, actor=told.preparer, now=LONG_AFTER)
    with pytest.raises(NotAllowed):
        cycles.approve(cycle_id=cycle.pk, actor=person(Role.FINANCE, told.contract.provider), now=LONG_AFTER)


def test_one_person_of_both_organisations_does_not_give_both_signatures(told: Story) -> None:
    MembershipFactory(user=told.preparer, organisation=told.contract.commissioner, role=Role.FINANCE)
    cycle = told.calculated(JANUARY)
    cycles.submit_for_review(cycle_id=cycle.pk, actor=told.preparer, now=LONG_AFTER)
    with pytest.raises(cycles.SamePerson):
        cycles.approve(cycle_id=cycle.pk, actor=told.preparer, now=LONG_AFTER)


@pytest.mark.parametrize(
    ("column", "taken", "constraint"),
    [
        ("approved_organisation_id", "prepared_organisation_id", "cycle_signed_by_two_organisations"),
        ("approved_by_id", "prepared_by_id", "cycle_signed_by_two_people"),
    ],
)
def test_the_database_refuses_both_signatures_from_one_side(
    told: Story, column: str, taken: str, constraint: str
) -> None:
    cycle = told.approved(JANUARY)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE variance_cycle SET {column} = {taken} WHERE id = %s", [cycle.pk])


def test_a_month_whose_preview_changed_does_not_close_and_is_open_again(told: Story) -> None:
    member = told.member("A")
    cycle = told.approved(JANUARY)
    told.visit(member, "v1", date(2026, 1, 9))
    with pytest.raises(cycles.PreviewChanged):
        cycles.close(cycle_id=cycle.pk, actor=told.approver, now=LONG_AFTER)
    cycle.refresh_from_db()
    assert (cycle.status, cycle.prepared_by, cycle.approved_by) == (CycleStatus.OPEN, None, None)
    assert not LedgerEntry.objects.exists()
    assert not Statement.objects.exists()
    told.close(JANUARY)
    assert [line[3:6] for line in told.lines(JANUARY)] == [("visit", 1, 50), ("", 1, 40)]


def test_what_happens_after_the_month_does_not_change_its_preview(told: Story) -> None:
    member = told.member("A")
    cycle = told.approved(JANUARY)
    told.visit(member, "v1", date(2026, 2, 9))
    cycles.close(cycle_id=cycle.pk, actor=told.approver, now=LONG_AFTER)
    assert told.closed_months() == 1


def test_sending_back_takes_a_reason_and_both_signatures_away(told: Story) -> None:
    cycle = told.approved(JANUARY)
    with pytest.raises(cycles.NotNow, match="Say why"):
        cycles.send_back(cycle_id=cycle.pk, actor=told.preparer, now=LONG_AFTER, reason=" ")
    sent = cycles.send_back(cycle_id=cycle.pk, actor=told.preparer, now=LONG_AFTER, reason="A file is missing.")
    assert (sent.status, sent.prepared_by, sent.approved_by, sent.returned_reason) == (
        CycleStatus.OPEN,
        None,
        None,
        "A file is missing.",
    )


def test_a_closed_month_never_changes(told: Story) -> None:
    told.close(JANUARY)
    cycle = Cycle.objects.get()
    for verb in (cycles.calculate, cycles.submit_for_review, cycles.close):
        with pytest.raises(cycles.NotNow, match="January 2026 was closed by"):
            verb(cycle_id=cycle.pk, actor=told.preparer, now=LONG_AFTER)
    for statement in ("UPDATE variance_cycle SET status = 'open'", "DELETE FROM variance_cycle"):
        with pytest.raises(DatabaseError, match="stays"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("model", [LedgerEntry, Statement, StatementLine, ActivityOutcome])
@pytest.mark.parametrize(
    "verb", ["UPDATE {} SET organisation_id = organisation_id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_money_only_grows(told: Story, model: Any, verb: str) -> None:
    member = told.member("A")
    told.visit(member, "v1", date(2026, 1, 9))
    told.close(JANUARY)
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or PostgreSQL refuses TRUNCATE for reasons of its own
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            cursor.execute(verb.format(model._meta.db_table))


def test_a_gate_that_holds_the_close_is_judged_on_the_cycles_own_month() -> None:
    told = story(gates=[{"code": "activity_verified", "holds": "close"}])
    member = told.member("A")
    visit = told.visit(member, "v1", date(2026, 2, 9), verified=False)
    told.close(JANUARY)
    cycle = told.approved(FEBRUARY)
    with pytest.raises(cycles.GateHoldsClose) as refusal:
        cycles.close(cycle_id=cycle.pk, actor=told.approver, now=LONG_AFTER)
    assert refusal.value.reasons == ("activity_verified, February 2026: 1 thing is missing.",)
    assert [gate.examples for gate in report(cycle, LONG_AFTER.date()).gates] == [[{"activity": visit.pk}]]
    assert told.closed_months() == 1
    cycles.send_back(cycle_id=cycle.pk, actor=told.approver, now=LONG_AFTER, reason="To be verified.")
    visit.verified_on, visit.verified_by = date(2026, 3, 1), "Grace"
    visit.save()
    told.close(FEBRUARY)
    assert told.closed_months() == 2


def test_a_held_component_posts_nothing_until_its_gate_passes_and_then_in_full() -> None:
    told = story(
        gates=[{"code": "activity_verified", "holds": ["activity"]}],
        settlement={"pay_months": 0, "recover_months": 0},
    )
    member = told.member("A")
    told.visit(member, "v1", date(2026, 1, 9))
    waiting = told.visit(member, "v2", date(2026, 1, 10), verified=False)
    told.close(JANUARY)
    assert told.lines(JANUARY) == [("2026-01", "baseline", "L1", "", 1, 40, "")]
    told.close(FEBRUARY)
    waiting.verified_on, waiting.verified_by = date(2026, 3, 1), "Grace"
    waiting.save()
    told.close(MARCH)
    assert told.lines(MARCH) == [
        ("2026-01", "activity", "L1", "visit", 1, 50, "gate_passed"),
        ("2026-01", "activity", "L1", "visit", 1, 50, "late_verification"),
        ("2026-03", "baseline", "L1", "", 1, 40, ""),
    ]


def test_the_status_of_a_month_that_was_only_opened_lists_every_gate_as_the_facts_stand() -> None:
    told = story(gates=[{"code": "activity_verified", "holds": "close"}])
    visit = told.visit(told.member("A"), "v1", date(2026, 1, 9), verified=False)
    cycle = cycles.open_cycle(contract_id=told.contract.pk, month=JANUARY, actor=system_user(), now=LONG_AFTER)
    found = report_now(cycle, date(2026, 1, 20))
    assert [(gate.code, gate.passed, gate.missing, gate.examples) for gate in found.gates] == [
        ("activity_verified", False, 1, [{"activity": visit.pk}])
    ]
    assert found.missing == [
        "The month cannot close before Feb. 1, 2026.",
        "It has not been calculated.",
        "activity_verified, January 2026: 1 thing is missing.",
    ]
    assert not cycle.gateresults.exists()


def test_status_names_what_a_gate_lacks_and_what_could_not_be_paid_or_reached(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = story(
        gates=[{"code": "activity_verified", "holds": "nothing"}],
        baseline={"rates": [{"level": "L1", "cohort": "adult", "amount": "40"}]},
        settlement={"pay_months": 0, "recover_months": 0},
    )
    member = told.member("A")
    told.member("B", cohort="older")
    told.close(JANUARY)
    told.visit(member, "late", date(2026, 1, 9))
    told.visit(member, "waits", date(2026, 2, 9), verified=False)
    told.calculated(FEBRUARY)

    call_command("cycle", "status", told.contract.code, "2026-02", "--json")
    answer = json.loads(capsys.readouterr().out)
    call_command("cycle", "status", told.contract.code, "2026-02")
    lines = capsys.readouterr().out.splitlines()

    assert [(gate["gate"], gate["examples"]) for gate in answer["gates"]] == [("activity_verified", ["waits"])]
    about = ("code", "service_month", "component", "member_ref", "activity_ref", "quantity", "amount")
    assert [tuple(row[key] for key in about) for row in answer["exceptions"]] == [
        ("no_rate", "2026-01", "baseline", "B", "", "1", "0.00"),
        ("no_rate", "2026-02", "baseline", "B", "", "1", "0.00"),
        ("out_of_reach", "2026-01", "activity", "A", "late", "1", "50.00"),
    ]
    assert {"    waits", "  out_of_reach 2026-01 activity A late L1 visit: 1, 50.00"} <= set(lines)
