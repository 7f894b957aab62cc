"""Two files at once, a file against a person, a file against a close: real connections, started together."""

import threading
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from accounts.models import Role
from baseline.models import Activity
from contracts.imports.doors import send_file
from contracts.models import Contract, FeedRun
from contracts.operations import feeds
from contracts.operations.facts import freeze
from contracts.operations.feeds import runs
from eligibility.models import CoverageSpan, Member
from eligibility.operations.coverage import CoverageReplaced, correct_dates
from eligibility.operations.feeds.roster import Roster
from tests.factories.accounts import person
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import CoverageSpanFactory, MemberFactory
from tests.factories.feeds import NOON, counts, feed, rejected, send, system_user
from tests.races import together

pytestmark = pytest.mark.django_db(transaction=True)
TRIALS = 20  # where each is several whole imports
UPLOADS = 200


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
    for number in range(UPLOADS):
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
    assert FeedRun.objects.count() == UPLOADS


def closing(contract: Any, corrected: threading.Event) -> tuple[Decimal, Decimal]:
    """A close in small: the units that it finds when the facts stand still, and those that it finds a moment later."""
    with transaction.atomic():
        freeze(contract.pk)
        first = Activity.objects.get().units
        corrected.wait(0.05)
        return first, Activity.objects.get().units


@pytest.mark.parametrize("held_open", [True, False])
def test_a_correction_by_feed_never_slips_into_a_closing_month(held_open, monkeypatch):
    """A file of corrections writes no key to the contract: `hold_open` alone keeps it out.

    The second case is the negative control. A file of new rows would wait without it, for its keys.
    """
    contract = signed_contract()
    MemberFactory(organisation=contract.provider, reference="A")
    header = "activity_ref,member_ref,service,occurred_on,units"
    send("services", contract, f"{header}\n1,A,outreach,2026-05-01,1")
    if not held_open:
        monkeypatch.setattr(runs, "hold_open", lambda contract_id: Contract.objects.get(pk=contract_id))
    slipped = 0
    for number in range(TRIALS):
        source = feed("services", f"{header}\n1,A,outreach,2026-05-01,{number + 2}")
        run = FeedRun.objects.create(
            contract=contract, organisation=contract.provider, kind="services", file_name="c.csv", sha256=str(number),
            size=1, mapping={}, uploaded_by=system_user(), uploaded_at=NOON, status="checked",
        )  # fmt: skip
        corrected = threading.Event()

        def correct(run: FeedRun = run, source: Any = source, corrected: threading.Event = corrected) -> None:
            feeds.apply(run_id=run.pk, source=source, actor=run.uploaded_by, now=NOON)
            corrected.set()

        (first, second), _none = together(partial(closing, contract, corrected), correct)
        slipped += first != second
    assert Activity.objects.get().units == TRIALS + 1
    assert (slipped == 0) is held_open


def test_two_rosters_of_one_member_at_once_are_wholly_one_or_the_other():
    contract = signed_contract()
    system = system_user()
    stated = {
        "north": ["A,Ann,adult,north,2026-01-01,2026-02-28", "A,Ann,adult,north,2026-04-01,"],
        "south": ["A,Anna,adult,south,2026-01-15,2026-03-15", "A,Anna,older,south,2026-03-16,"],
    }
    for _trial in range(TRIALS):
        answers = together(
            *(
                lambda rows=rows: send_file(
                    source=feed("roster", "\n".join(["member_ref,given_name,cohort,geography,from,to", *rows])),
                    contract_id=contract.pk,
                    actor=system,
                    clock=lambda: NOON,
                )
                for rows in stated.values()
            )
        )
        assert [run.status for run in answers] == ["applied", "applied"], answers
        [member] = Member.objects.all()
        places = set(CoverageSpan.objects.values_list("geography", flat=True))
        assert (member.given_name, places) in [("Ann", {"north"}), ("Anna", {"south"})]
        assert CoverageSpan.objects.count() == 2


def test_a_roster_and_a_correction_of_one_member_at_once_end_without_a_fault():
    """The roster writes the member and then the span; a correction that locked them the other way round deadlocked."""
    contract = signed_contract()
    system, intake = system_user(), person(Role.INTAKE, contract.provider)
    header = "member_ref,given_name,cohort,geography,from,to"
    send("roster", contract, f"{header}\nA,Ann,adult,north,2026-01-01,")
    for number in range(TRIALS):
        span = CoverageSpan.objects.get()
        source = feed("roster", f"{header}\nA,Ann {number},adult,north,2026-01-{2 + number:02},")
        answers = together(
            lambda source=source: send_file(source=source, contract_id=contract.pk, actor=system, clock=lambda: NOON),
            lambda span=span, number=number: correct_dates(
                span_id=span.pk,
                starts_on=span.starts_on,
                ends_before=date(2027, 1, 1 + number),
                reason="As the letter says.",
                actor=intake,
                now=NOON,
            ),
        )
        # a roster that comes first replaces the span, and the correction of the one before is told so
        faults = [type(answer) for answer in answers if isinstance(answer, Exception)]
        assert faults in ([], [CoverageReplaced]), answers
        assert CoverageSpan.objects.count() == 1
        CoverageSpan.objects.update(source="feed")
