"""Two files at once, a file against a person, a file against a close: real connections, started together."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connections, transaction

from accounts.models import Role
from baseline.models import Activity
from contracts.imports.doors import send_file
from contracts.models import FeedRun
from contracts.operations import feeds
from contracts.operations.facts import freeze
from eligibility.models import CoverageSpan, Member
from eligibility.operations.feeds.roster import Roster
from tests.factories.accounts import person
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import CoverageSpanFactory, MemberFactory
from tests.factories.feeds import NOON, counts, feed, rejected, send, system_user

pytestmark = pytest.mark.django_db(transaction=True)
TRIALS = 10


def together(*verbs: Callable[[], Any]) -> list[Any]:
    """Run each in a connection of its own; what it gives, or the fault it raises."""
    answers: list[Any] = [None] * len(verbs)
    start = threading.Barrier(len(verbs))

    def run(index: int, verb: Callable[[], Any]) -> None:
        start.wait()
        try:
            answers[index] = verb()
        except Exception as fault:
            answers[index] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, verb)) for index, verb in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_one_file_sent_by_two_people_at_once_is_applied_once():
    contract = signed_contract()
    system = system_user()
    for number in range(TRIALS):
        roster = f"member_ref,cohort,geography,from,to\nM{number},adult,north,2026-01-01,"
        services = f"activity_ref,member_ref,service,occurred_on\nS{number},M{number},outreach,2026-05-01"
        for kind, text in (("roster", roster), ("services", services)):
            runs = together(
                *[
                    lambda kind=kind, text=text: send_file(
                        source=feed(kind, text), contract_id=contract.pk, actor=system, clock=lambda: NOON
                    )
                ]
                * 2
            )
            assert sorted((run.rows_applied, run.rows_unchanged) for run in runs) == [(0, 1), (1, 0)]
    assert (Member.objects.count(), Activity.objects.count()) == (TRIALS, TRIALS)


def test_a_span_entered_between_check_and_merge_is_not_overwritten(monkeypatch):
    """Without judging the file anew the feed fails: the two spans overlap."""
    contract = signed_contract()
    system = system_user()
    member = MemberFactory(organisation=contract.provider, reference="A")
    source = feed("roster", "member_ref,cohort,geography,from,to\nA,adult,north,2026-01-01,")
    merge, entered = Roster.merge, []

    def enter() -> None:
        with transaction.atomic():
            CoverageSpanFactory(contract=contract, member=member, source="product")

    def merge_after_somebody_entered_a_span(kind: Roster, work: Any) -> None:
        if not entered:
            entered.extend(together(enter))
        merge(kind, work)

    monkeypatch.setattr(Roster, "merge", merge_after_somebody_entered_a_span)
    run = send_file(source=source, contract_id=contract.pk, actor=system, clock=lambda: NOON)

    assert entered == [None]
    assert (counts(run), rejected(run)) == ((1, 0, 0, 1), [(2, "from", "2026-01-01")])
    assert CoverageSpan.objects.get().source == "product"
    assert FeedRun.objects.get() == run


def test_one_file_uploaded_by_two_people_at_once_is_one_run(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    contract = signed_contract()
    people = [person(Role.INTAKE, contract.provider), person(Role.OPERATIONS, contract.provider)]
    for number in range(TRIALS):
        content = f"member_ref,cohort,geography,from\nM{number},adult,north,2026-01-01".encode()

        def upload(actor: Any, content: bytes = content) -> tuple[int, bool]:
            run, new = feeds.upload(
                contract_id=contract.pk,
                kind="roster",
                file=ContentFile(content),
                file_name="roster.csv",
                mapping={},
                actor=actor,
                now=NOON,
            )
            return run.pk, new

        (first, first_new), (second, second_new) = together(*[partial(upload, actor) for actor in people])
        assert first == second
        assert sorted([first_new, second_new]) == [False, True]
    assert FeedRun.objects.count() == TRIALS


def test_a_feed_waits_for_a_close_of_its_contract():
    """Held twice over: by `hold_open`, and by the run's own key to the contract."""
    contract = signed_contract()
    MemberFactory(organisation=contract.provider, reference="A")
    system_user()
    frozen, seen = threading.Event(), []

    def close() -> None:
        with transaction.atomic():
            freeze(contract.pk)
            frozen.set()
            threading.Event().wait(0.5)
            seen.append(Activity.objects.count())

    def work() -> None:
        frozen.wait()
        send("services", contract, "activity_ref,member_ref,service,occurred_on\n1,A,outreach,2026-05-01")

    assert together(close, work) == [None, None]
    assert (seen, Activity.objects.count()) == ([0], 1)
