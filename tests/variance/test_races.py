"""Two connections at once: one close per month, and late work never slips into a month that is closing."""

import threading
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from baseline.models import Activity
from blended_pilot.kernel.periods import add_months
from contracts.operations.facts import freeze, hold_open
from tests.variance.story import JANUARY, LONG_AFTER, Story, story
from variance.models import ActivityOutcome, Cycle, CycleStatus, LedgerEntry, Statement
from variance.operations import cycles

pytestmark = pytest.mark.django_db(transaction=True)
TRIALS = 200


def together(*works: Callable[[], Any]) -> list[Any]:
    """Start all at once, each on a connection of its own; what each returned or raised."""
    barrier = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            answers[index] = work()
        except Exception as error:
            answers[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


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
