"""The story as a list of what people did, each at its time, through the product's own operations."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from blended_pilot.demo import authorising, recording, reviews
from blended_pilot.demo.acts import Acts
from blended_pilot.demo.feeds import Feed, Source
from blended_pilot.demo.intake import MONTHS_OF_LOG, log_of, newcomers
from blended_pilot.demo.people import COMMISSIONER, DEMO_PEOPLE
from blended_pilot.demo.providers import Provider, staff_of
from blended_pilot.demo.stays import UNDER_WAY, stays
from blended_pilot.demo.story import Story
from blended_pilot.demo.terms import TIMEZONE, documents

SENT_BACK_MONTH = 4
MORNING, NOON, AFTERNOON = time(8, 40), time(11, 45), time(15, 20)
SENT_AT = {"roster": 6, "levels": 7, "services": 8}  # o'clock; corrected rows follow within the hour


@dataclass(frozen=True)
class Event:
    """`key` names what is there afterwards; an event whose key is done already is left out."""

    at: datetime
    key: tuple[str, ...]
    act: Callable[[datetime], None]


class Timeline:
    """Everything that happened on one provider's contract, up to `now`."""

    def __init__(self, story: Story, provider: Provider, now: datetime, acts: Acts) -> None:
        self._story, self._provider, self._now, self._acts = story, provider, now, acts
        self._source = Source(story, provider)

    def events(self) -> list[Event]:
        """In the order of their times; what would lie ahead happens now."""
        return sorted(
            [
                *self._beginning(),
                *self._uplift(),
                *self._months(),
                *self._intake(),
                *self._reviews(),
                *self._authorised(),
            ],
            key=lambda event: event.at,
        )

    def _at(self, day: date, hour: time) -> datetime:
        return min(datetime.combine(day, hour, ZoneInfo(TIMEZONE)), self._now)

    def _beginning(self) -> Iterator[Event]:
        start, code = self._story.term_starts_on, self._provider.contract
        yield from self._version(1, loaded_on=start - timedelta(days=32))
        for person in DEMO_PEOPLE:
            if person.organisation in {COMMISSIONER, self._provider.code}:
                joined = self._at(start - timedelta(days=32), NOON)
                yield Event(joined, ("person", person.email), lambda now, person=person: self._acts.join(person, now))
        for reference, name in staff_of(self._story, self._provider):
            named = self._at(start - timedelta(days=25), NOON)
            yield Event(
                named,
                ("practitioner", code, reference),
                lambda now, reference=reference, name=name: self._acts.name_practitioner(
                    self._provider, reference, name, now
                ),
            )
        plan = self._source.plan()
        sent = self._at(plan.sent_on, NOON)
        yield Event(sent, ("feed", code, plan.name), lambda now: self._acts.feed(self._provider, plan, now))

    def _uplift(self) -> Iterator[Event]:
        if len(documents(self._story, self._provider)) > 1:
            agreed = self._story.month(self._story.uplift_month + 1) + timedelta(days=15)
            if agreed < self._story.today:
                yield from self._version(2, loaded_on=agreed)
            if self._story.review_month is not None:
                asked = self._story.month(self._story.review_month) - timedelta(days=20)
                asked = max(asked, agreed + timedelta(days=10))
                if asked + timedelta(days=5) < self._story.today:
                    yield from self._version(3, loaded_on=asked)

    def _reviews(self) -> Iterator[Event]:
        """Complaints come with a month's files; a week is reviewed on the Tuesday after it."""
        story, provider, code = self._story, self._provider, self._provider.contract
        for number in range(story.months + 1):
            feed = reviews.complaints(story, provider, number)
            if feed is not None:
                yield Event(
                    self._at(feed.sent_on, time(9, 15)),
                    ("feed", code, feed.name),
                    lambda now, feed=feed: self._acts.feed(provider, feed, now),
                )
        mondays = list(reviews.weeks(story, provider))
        for monday in mondays:
            # files come once a month: a week is reviewed on the day on which its records have come
            sent_on = story.reported_on(story.number(monday + timedelta(days=6)))
            at = self._at(max(monday + timedelta(days=8), sent_on), AFTERNOON)
            yield Event(
                at,
                ("reviewed", code, monday.isoformat()),
                lambda now, monday=monday: reviews.review(story, provider, monday, now),
            )
        if mondays:
            last = self._at(story.today, AFTERNOON)
            yield Event(last, ("taken up", code), lambda now: reviews.take_up(provider, now))

    def _authorised(self) -> Iterator[Event]:
        """Packages of the last months and the commissioner's second look at what was decided about them."""
        # what is under way is decided among the requests of these weeks: see `decisions`
        over = [stay for stay in stays(self._story, self._provider) if stay.package is not UNDER_WAY]
        steps = [*authorising.packages(self._provider, over), *authorising.looks(self._story, self._provider)]
        for day, hour, key, act in steps:
            if day <= self._story.today:
                yield Event(self._at(day, hour), key, act)

    def _version(self, number: int, *, loaded_on: date) -> Iterator[Event]:
        """Loaded by the provider's finance, aligned, and signed by both within a few days."""
        document = documents(self._story, self._provider)[number - 1]
        code, acts = self._provider.contract, self._acts
        step = (code, str(number))
        yield Event(
            self._at(loaded_on, MORNING), ("version", *step), lambda now: acts.load(self._provider, document, now)
        )
        if "staffing" in document["baseline"]:
            aligned = self._at(loaded_on + timedelta(days=1), NOON)
            yield Event(aligned, ("aligned", *step), lambda now: acts.align(self._provider, number, now))
        for days, party in ((2, "provider"), (4, "commissioner")):
            yield Event(
                self._at(loaded_on + timedelta(days=days), AFTERNOON),
                ("signed", *step, party),
                lambda now, party=party: acts.sign(self._provider, number, party, now),
            )
        for key, act in recording.readings(self._provider, number):
            yield Event(self._at(loaded_on + timedelta(days=9), NOON), key, act)

    def _months(self) -> Iterator[Event]:
        story, acts, provider = self._story, self._acts, self._provider
        code = provider.contract
        for number in range(story.months + 1):
            for feed in self._source.batch(number):
                hour = time(SENT_AT[feed.kind], 45 if feed.name.endswith("-corrected.csv") else 15)
                yield Event(
                    self._at(feed.sent_on, hour),
                    ("feed", code, feed.name),
                    lambda now, feed=feed: acts.feed(provider, feed, now),
                )
            if number < story.months:
                yield from self._cycle(number)
        for key, act in recording.delivered(provider):
            yield Event(self._at(story.today, AFTERNOON), key, act)
        if provider.larger:
            left = self._source.waiting()
            yield Event(
                self._at(story.today, NOON),
                ("left", code, left.name),
                lambda now: acts.leave_waiting(provider, left, now),
            )

    def _intake(self) -> Iterator[Event]:
        """The log of the referral system of the last months, and what intake and practitioners did since."""
        story, acts, provider = self._story, self._acts, self._provider
        code = provider.contract
        for number in range(max(0, story.months - MONTHS_OF_LOG), story.months):
            sent_on = story.reported_on(number)
            name = f"{provider.code}-referrals-{story.month(number):%Y-%m}.csv"
            feed = Feed("referrals", name, sent_on, log_of(story, provider, number))
            at = self._at(sent_on, time(9, 15))
            yield Event(at, ("feed", code, name), lambda now, feed=feed: acts.feed(provider, feed, now))
        for one in newcomers(story, provider):
            came = min(one.received_at.replace(tzinfo=ZoneInfo(TIMEZONE)), self._now)
            yield Event(came, ("referral", code, one.reference), lambda now, one=one: acts.refer(provider, one, now))
            if one.became not in {"waiting", "overdue"}:
                later = min(came + timedelta(hours=6), self._now)
                yield Event(later, ("taken in", code, one.reference), lambda now, one=one: acts.take_in(one, now))
        if provider.larger:
            assessed = self._at(story.today, MORNING)
            yield Event(assessed, ("assessed", code), lambda now: acts.assess(provider, now))

    def _cycle(self, number: int) -> Iterator[Event]:
        """One month: calculated on the day of its files, reviewed and closed in the next two weeks; the last waits."""
        story, acts, provider = self._story, self._acts, self._provider
        month = story.month(number)
        following = story.month(number + 1)
        step = (provider.contract, f"{month:%Y-%m}")

        def event(day: int, hour: time, state: str, act: Callable[[Provider, date, datetime], None]) -> Event:
            at = self._at(following.replace(day=day), hour)
            return Event(at, (state, *step), lambda now: act(provider, month, now))

        yield event(4, AFTERNOON, "calculated", acts.calculate)
        if number == story.months - 1 and provider.larger:
            return
        yield event(9, NOON, "in_review", acts.submit)
        if number == story.months - 1:
            return
        if number == SENT_BACK_MONTH:
            yield event(10, NOON, "sent_back", acts.send_back)
        yield event(12, NOON, "approved", acts.approve)
        yield event(13, AFTERNOON, "closed", acts.close)
