"""Two connections at once: one close per month, and late work never slips into a month that is closing."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from accounts.models import Role, User
from baseline.models import Activity
from blended_pilot.kernel.periods import add_months
from contracts.operations.facts import freeze, hold_open
from tests.factories.accounts import person
from tests.races import names, together
from tests.variance.story import JANUARY, LONG_AFTER, Story, story
from variance.models import ActivityOutcome, Cycle, CycleStatus, LedgerEntry, Statement
from variance.operations import cycles, preview, statements

pytestmark = pytest.mark.django_db(transaction=True)
TRIALS = 200


def test_two_closes_post_once() -> None:
    """Tried without the locks on contract and cycle: no close is refused any more, all of them go on to post."""
    told = story()
    told.member("A")
    cycle = told.approved(JANUARY)

    def close() -> Statement:
        return cycles.close(cycle_id=cycle.pk, actor=told.approver, now=LONG_AFTER)

    answers = together(close, close, close)
    refusals = [str(answer) for answer in answers if isinstance(answer, cycles.NotNow)]
    assert len(refusals) == 2
    assert all("January 2026 was closed by" in refusal for refusal in refusals)
    assert (Statement.objects.count(), LedgerEntry.objects.count()) == (1, 1)


@dataclass
class Desk:
    """One cycle that can be brought back to any state, and people who may sign it; nothing is calculated."""

    cycle: Cycle
    approvers: list[User]
    posted: list[int] = field(default_factory=list)

    def back_to(self, status: str) -> None:
        self.posted.clear()
        unsigned = {"approved_by": None, "approved_organisation": None, "approved_at": None}
        signed = {} if status == CycleStatus.APPROVED else unsigned
        with connection.as_owner(), connection.cursor() as cursor:
            # a closed cycle never changes again: the triggers stand aside between two trials
            cursor.execute("SET session_replication_role = replica")
            Cycle.objects.filter(pk=self.cycle.pk).update(
                status=status, closed_at=None, closed_by=None, frozen_at=None, **signed
            )
            cursor.execute("SET session_replication_role = DEFAULT")

    def close(self) -> Any:
        return cycles.close(cycle_id=self.cycle.pk, actor=self.approvers[0], now=LONG_AFTER)

    def approve(self, approver: User) -> Any:
        return cycles.approve(cycle_id=self.cycle.pk, actor=approver, now=LONG_AFTER)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    told = story()
    told.member("A")
    cycle = told.approved(JANUARY)
    found = Desk(cycle, [told.approver, person(Role.FINANCE, told.contract.commissioner)])
    same = preview.Preview(digest=cycle.digest, figures={}, gates=[], document=None)

    def issue(*, cycle: Cycle, **_values: Any) -> str:
        found.posted.append(cycle.pk)
        time.sleep(0.002)  # as long as two of them need to meet
        return "statement"

    monkeypatch.setattr(preview, "write", lambda **_values: same)
    monkeypatch.setattr(statements, "issue", issue)
    yield found
    with connection.as_owner():
        # what was set back behind the triggers has its history again
        found.back_to(CycleStatus.APPROVED)
        Cycle.objects.filter(pk=cycle.pk).update(returned_reason="Tried enough.")


def unlocked(cycle_id: int) -> tuple[Any, Cycle]:
    """What `cycles._locked` would be if it did not lock."""
    cycle = Cycle.objects.select_related("contract", "prepared_by", "approved_by").get(pk=cycle_id)
    return cycle.contract, cycle


@pytest.mark.parametrize("locked", [True, False])
def test_of_two_closes_one_wins_and_the_other_hears_who_and_when(
    desk: Desk, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second case is the negative control: without the locks the loser runs into the guard of closed months."""
    if not locked:
        monkeypatch.setattr(cycles, "_locked", unlocked)
    for _trial in range(TRIALS):
        desk.back_to(CycleStatus.APPROVED)
        answers = together(desk.close, desk.close)
        assert len(desk.posted) == 1
        fair = names(answers) == ["NotNow", "done"] and "was closed by" in " ".join(map(str, answers))
        if not fair:
            break
    assert fair is locked, answers


@pytest.mark.parametrize("locked", [True, False])
def test_of_two_approvals_one_stands(desk: Desk, locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second case is the negative control: without the locks both are told that they approved."""
    if not locked:
        monkeypatch.setattr(cycles, "_locked", unlocked)
    for _trial in range(TRIALS):
        desk.back_to(CycleStatus.IN_REVIEW)
        answers = together(*(partial(desk.approve, approver) for approver in desk.approvers))
        if names(answers) != ["NotNow", "done"]:
            break
    assert names(answers) == (["NotNow", "done"] if locked else ["done", "done"]), answers


def seen_twice(told: Story) -> tuple[int, int]:
    """A close in small: what it sees when it has frozen the facts, and what it sees a moment later."""
    with transaction.atomic():
        freeze(told.contract.pk)
        first = Activity.objects.exclude(verified_on=None).count()
        time.sleep(0.005)
        return first, Activity.objects.exclude(verified_on=None).count()


def verified(told: Story, visit: Activity, *, guarded: bool) -> None:
    """What every operation does that changes facts: hold them open, then write."""
    with transaction.atomic():
        if guarded:
            hold_open(told.contract.pk)
        Activity.objects.filter(pk=visit.pk).update(verified_on=date(2026, 1, 11), verified_by="Grace")


@pytest.mark.parametrize("guarded", [True, False])
def test_facts_stand_still_while_a_month_closes(guarded: bool) -> None:
    """The negative control is the second case: without the guard, work slips in under the eyes of a close."""
    told = story()
    member = told.member("A")
    visits = [told.visit(member, f"v{number}", date(2026, 1, 10), verified=False) for number in range(TRIALS)]
    slipped = 0
    for visit in visits:
        (first, second), _none = together(lambda: seen_twice(told), partial(verified, told, visit, guarded=guarded))
        slipped += first != second
    assert Activity.objects.exclude(verified_on=None).count() == TRIALS
    assert (slipped == 0) is guarded


def test_late_work_is_wholly_in_a_closed_month_or_wholly_after_it() -> None:
    told = story()
    member = told.member("A")
    months = [add_months(JANUARY, number) for number in range(8)]
    for month in months:
        cycle = told.approved(month)

        def record(month: date = month) -> None:
            with transaction.atomic():
                hold_open(told.contract.pk)
                told.visit(member, f"late{month}", month.replace(day=10))

        answer, _none = together(
            lambda cycle=cycle: cycles.close(cycle_id=cycle.pk, actor=told.approver, now=LONG_AFTER), record
        )
        cycle.refresh_from_db()
        if isinstance(answer, cycles.PreviewChanged):
            assert cycle.status == CycleStatus.OPEN
            told.close(month)
        posted = LedgerEntry.objects.filter(component="activity").aggregate(sum=Sum("amount"))["sum"] or 0
        frozen_at = Cycle.objects.get(month=month).frozen_at
        in_time = Activity.history.filter(history_date__lte=frozen_at).values("id").distinct().count()
        assert posted == 50 * in_time
        assert ActivityOutcome.objects.count() == in_time
    told.close(add_months(JANUARY, len(months)))
    assert ActivityOutcome.objects.count() == len(months)
