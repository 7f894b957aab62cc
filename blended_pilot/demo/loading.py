"""Bringing the story into the database, once: what is there already is left as it is."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Count

from accounts.models import User
from authorizations.models import Assessment
from baseline.models import Activity, CaseloadReview, Event, FollowUp
from blended_pilot.demo import authorising, decisions, recording
from blended_pilot.demo.acts import Acts
from blended_pilot.demo.feeds import WAITING_FILE
from blended_pilot.demo.providers import Provider, marsh_lane, tidewater
from blended_pilot.demo.story import Story
from blended_pilot.demo.terms import TIMEZONE
from blended_pilot.demo.timeline import Timeline
from blended_pilot.kernel.periods import add_months, first_of_month, months_between
from contracts.models import Contract, ContractVersion, FeedRun, FeedStatus, Signature
from eligibility.models import Assignment, CoverageSpan, LevelSpan, Practitioner, Referral, Source
from variance.models import Cycle, CycleStatus, LedgerEntry

Key = tuple[str, ...]
GROWING = (Activity, FollowUp, CoverageSpan, LevelSpan, Assignment, LedgerEntry)
STATES = ("calculated", "in_review", "sent_back", "approved", "closed")
REACHED = {
    CycleStatus.OPEN: 0,
    CycleStatus.CALCULATED: 1,
    CycleStatus.IN_REVIEW: 2,
    CycleStatus.APPROVED: 4,
    CycleStatus.CLOSED: 5,
}


def load(*, story: Story, now: datetime, say: Callable[[str], None] = lambda sentence: None) -> int:
    """Let everything happen that has not happened yet; the number of things that did.

    A load that was interrupted goes on where it stopped. Once it is complete, another changes nothing, whatever people
    have done since and however much time has passed.
    """
    story = _anchored(story)
    last_month = story.month(story.months - 1)
    if Cycle.objects.filter(contract__code=tidewater(story).contract, month=last_month).exists():
        return 0
    happened = 0
    for provider in (marsh_lane(story), tidewater(story)):
        done = _done(provider)
        said = date.min
        for event in Timeline(story, provider, now, Acts()).events():
            if event.key in done:
                continue
            if first_of_month(event.at.date()) != said:
                said = first_of_month(event.at.date())
                _look_at_tables()
                say(f"{provider.contract}: {said:%B %Y}")
            event.act(event.at)
            happened += 1
    say("The queue of the clinical leads")
    return happened + decisions.happen(story, tidewater(story), now)


def _look_at_tables() -> None:
    """Let the database know how its tables have grown: it looks once a minute, and here a year goes by in one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 10")
        names = [model._meta.db_table for model in GROWING]
        cursor.execute("SELECT look_at_tables(VARIADIC %s::regclass[])", [names])


def today(now: datetime) -> date:
    """The day on which the story ends, in the contract's timezone."""
    return now.astimezone(ZoneInfo(TIMEZONE)).date()


def _anchored(story: Story) -> Story:
    """The story as it began: a load that goes on in another month still ends where it was to end."""
    first = ContractVersion.objects.filter(contract__code=tidewater(story).contract, number=1).first()
    if first is None:
        return story
    ends_in = add_months(first.in_force_from, story.months)
    if months_between(ends_in, story.today) == 0:
        return story
    last_day = add_months(ends_in, 1) - timedelta(days=1)
    return Story(today=last_day, members=story.members, months=story.months, seed=story.seed)


def _done(provider: Provider) -> set[Key]:
    """The keys of the events of one provider's timeline that have happened."""
    code = provider.contract
    done: set[Key] = {("person", email) for email in User.objects.values_list("email", flat=True)}
    contract = Contract.objects.filter(code=code).first()
    if contract is None:
        return done
    for version in contract.versions.prefetch_related("alignments"):
        done.add(("version", code, str(version.number)))
        if version.alignments.exists():
            done.add(("aligned", code, str(version.number)))
    for number, party in Signature.objects.filter(version__contract=contract).values_list("version__number", "party"):
        done.add(("signed", code, str(number), party))
    done |= recording.done(contract) | authorising.done(contract)
    practitioners = Practitioner.objects.filter(organisation__code=provider.code)
    done |= {("practitioner", code, reference) for reference in practitioners.values_list("reference", flat=True)}
    applied = FeedRun.objects.filter(contract=contract, status=FeedStatus.APPLIED)
    done |= {("feed", code, name) for name in applied.values_list("file_name", flat=True)}
    if FeedRun.objects.filter(contract=contract, file_name=WAITING_FILE).exists():
        done.add(("left", code, WAITING_FILE))
    for referral in Referral.objects.filter(contract=contract, origin=Source.PRODUCT).prefetch_related(
        "determinations"
    ):
        done.add(("referral", code, referral.referral_ref))
        if referral.first_response_at or referral.determinations.all():
            done.add(("taken in", code, referral.referral_ref))
    if Assessment.objects.filter(contract=contract).exists():
        done.add(("assessed", code))
    for month, status in Cycle.objects.filter(contract=contract).values_list("month", "status"):
        done |= {(state, code, f"{month:%Y-%m}") for state in STATES[: REACHED[CycleStatus(status)]]}
    signed = CaseloadReview.objects.filter(contract=contract).annotate(parts=Count("signatures")).filter(parts=2)
    done |= {("reviewed", code, monday.isoformat()) for monday in signed.values_list("week", flat=True)}
    if Event.objects.filter(contract=contract, owner__isnull=False).exists():
        done.add(("taken up", code))
    return done
