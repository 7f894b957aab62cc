"""The files that the source systems send: month by month as they would have come, or all at once as known today."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TextIO, TypeVar

from blended_pilot.demo.faults import break_rows, break_some
from blended_pilot.demo.levels import Levels, levels
from blended_pilot.demo.lives import Cover, Coverage, Person, person
from blended_pilot.demo.plan import PLAN_COLUMNS, plan_rows
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.story import Story
from blended_pilot.demo.work import Work, work

Row = dict[str, str]

ROSTER_COLUMNS = (
    "member_ref given_name family_name birth_date sex ethnicity language disability cohort geography from to void "
    "practitioner team"
)
LEVELS_COLUMNS = "member_ref level from to void decided_on decided_by rationale instrument score"
SERVICES_COLUMNS = (
    "activity_ref member_ref service occurred_on units planned practitioner place outcome minutes attempted "
    "criteria_not_met amount received_on verified_on verified_by reverses"
)
REFERRAL_COLUMNS = (
    "referral_ref received_at source urgency geography cohort first_response_at disposition verified_on verified_by"
)
COLUMNS = {
    "roster": tuple(ROSTER_COLUMNS.split()),
    "levels": tuple(LEVELS_COLUMNS.split()),
    "services": tuple(SERVICES_COLUMNS.split()),
    "referrals": tuple(REFERRAL_COLUMNS.split()),
    "plan": PLAN_COLUMNS,
    "events": ("event_ref", "kind", "member_ref", "occurred_on", "severity", "category", "closed_on"),
}
INSTRUMENT = "acuity"
WAITING_FILE = "joined-this-week.csv"
JOINED = 11


@dataclass(frozen=True)
class Feed:
    """One file: what it is, when it was sent, what stands in it."""

    kind: str
    name: str
    sent_on: date
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        buffer = io.StringIO()
        write(buffer, self.kind, self.rows)
        return buffer.getvalue()


def write(out: TextIO, kind: str, rows: Iterable[Row]) -> None:
    """The rows as CSV with a header; columns that a row does not name stay empty."""
    writer = csv.DictWriter(out, COLUMNS[kind], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _inclusive(ends_before: date | None) -> str:
    return (ends_before - timedelta(days=1)).isoformat() if ends_before else ""


def roster_rows(provider: Provider, member: Person, coverage: Coverage) -> list[Row]:
    """All coverage of one member as one state knows it."""
    return [
        {
            "member_ref": member.reference,
            "given_name": member.given_name,
            "family_name": member.family_name,
            "birth_date": member.birth_date.isoformat(),
            "sex": member.sex,
            "ethnicity": member.ethnicity,
            "language": member.language,
            "disability": member.disability,
            "cohort": span.cohort,
            "geography": span.geography,
            "from": span.starts_on.isoformat(),
            "to": _inclusive(span.ends_before),
            "practitioner": provider.lead(span.geography, member.index),
            "team": provider.place(span.geography).team,
        }
        for span in coverage.spans
    ]


def levels_rows(member: Person, state: Levels) -> list[Row]:
    """Everything decided for one member as one state knows it; one row with `void` where nothing is left."""
    if not state.decisions:
        return [{"member_ref": member.reference, "void": "yes"}]
    return [
        {
            "member_ref": member.reference,
            "level": decision.level,
            "from": decision.starts_on.isoformat(),
            "to": _inclusive(decision.ends_before),
            "decided_on": decision.decided_on.isoformat(),
            "decided_by": decision.decided_by,
            "rationale": decision.rationale,
            "instrument": INSTRUMENT,
            "score": str(decision.score),
        }
        for decision in state.decisions
    ]


def services_row(story: Story, record: Work) -> Row:
    day = record.occurred_on.isoformat()
    return {
        "activity_ref": record.activity_ref,
        "member_ref": record.member_ref,
        "service": record.service,
        "occurred_on": f"{day}T{record.time}" if record.time else day,
        "units": str(record.units),
        "planned": "yes" if record.planned else "no",
        "practitioner": record.practitioner,
        "place": record.place,
        "outcome": record.outcome,
        "minutes": str(record.minutes),
        "attempted": "yes" if record.attempted else "no",
        "criteria_not_met": record.criteria_not_met,
        "amount": "" if record.amount is None else f"{record.amount:.2f}",
        "received_on": story.reported_on(story.batch(record.first_known_on)).isoformat(),
        "verified_on": record.verified_on.isoformat() if record.verified_on else "",
        "verified_by": record.verified_by,
        "reverses": record.reverses,
    }


Known = TypeVar("Known", Coverage, Levels, Work)


def _latest_by_batch(story: Story, states: Iterable[Known]) -> dict[int, Known]:
    """The last state of each batch; what becomes known after today is not known."""
    return {story.batch(state.known_on): state for state in states if state.known_on <= story.today}


class Source:
    """A provider's source systems."""

    def __init__(self, story: Story, provider: Provider) -> None:
        self.story, self.provider = story, provider

    def _members(self) -> Iterator[tuple[Person, tuple[Levels, ...]]]:
        for index in range(self.provider.members):
            member = person(self.story, self.provider, index)
            yield member, levels(self.story, self.provider, member)

    @cached_property
    def _batches(self) -> dict[str, dict[int, list[list[Row]]]]:
        """kind → number of the batch → for each member (or record) named in it, its rows."""
        batches: dict[str, dict[int, list[list[Row]]]] = {kind: defaultdict(list) for kind in COLUMNS}
        story = self.story
        records: dict[int, list[Work]] = defaultdict(list)
        for member, decided in self._members():
            for number, coverage in _latest_by_batch(story, member.states).items():
                batches["roster"][number].append(roster_rows(self.provider, member, coverage))
            for number, state in _latest_by_batch(story, decided).items():
                batches["levels"][number].append(levels_rows(member, state))
            truth = decided[-1].decisions if decided else ()
            for record in work(story, self.provider, member, truth):
                if record.known_on <= story.today:
                    records[story.batch(record.known_on)].append(record)
        for number, known in records.items():
            latest = {record.activity_ref: record for record in known}
            in_order = sorted(latest.values(), key=lambda record: (record.known_on, record.activity_ref))
            batches["services"][number] = [[services_row(story, record)] for record in in_order]
        return batches

    def plan(self) -> Feed:
        """The plan as both parties knew it before the term."""
        rows = tuple(plan_rows(self.story, self.provider))
        return Feed("plan", "plan.csv", self.story.term_starts_on - timedelta(days=20), rows)

    def batch(self, number: int) -> list[Feed]:
        """What was sent about a service month: roster, levels, services, and corrected rows where some were faulty."""
        sent_on = self.story.reported_on(number)
        feeds: list[Feed] = []
        for kind in ("roster", "levels", "services"):
            groups = self._batches[kind].get(number, [])
            if not groups:
                continue
            chance = self.story.chance(self.provider.code, "faults", kind, number)
            sent, corrected = break_some(chance, kind, number, groups)
            name = f"{self.story.month(number):%Y-%m}-{kind}"
            feeds.append(Feed(kind, f"{name}.csv", sent_on, sent))
            if corrected:
                feeds.append(Feed(kind, f"{name}-corrected.csv", sent_on, corrected))
        return feeds

    def waiting(self) -> Feed:
        """A roster of people who joined this week, with a few faults: uploaded, looked at, not yet applied."""
        started = Cover(self.story.today - timedelta(days=2), None, "adult", self.provider.places[0].geography)
        members = [person(self.story, self.provider, self.provider.members + joined) for joined in range(JOINED)]
        state = Coverage(self.story.today, (started,))
        groups = [roster_rows(self.provider, member, state) for member in members]
        chance = self.story.chance(self.provider.code, "waiting")
        return Feed("roster", WAITING_FILE, self.story.today, break_rows(chance, "roster", groups, 3)[0])

    def everything(self) -> dict[str, Callable[[], Iterator[Row]]]:
        """One file a kind as known today, row by row, without keeping them: for benchmarks of any size."""
        return {
            "plan": lambda: plan_rows(self.story, self.provider),
            "roster": self._all_roster,
            "levels": self._all_levels,
            "services": self._all_services,
        }

    def _all_roster(self) -> Iterator[Row]:
        for member, _ in self._members():
            yield from roster_rows(self.provider, member, member.states[-1])

    def _all_levels(self) -> Iterator[Row]:
        for member, decided in self._members():
            if decided:
                yield from levels_rows(member, decided[-1])

    def _all_services(self) -> Iterator[Row]:
        for member, decided in self._members():
            truth = decided[-1].decisions if decided else ()
            known = (record for record in work(self.story, self.provider, member, truth) if self._known(record))
            for record in {record.activity_ref: record for record in known}.values():
                yield services_row(self.story, record)

    def _known(self, record: Work) -> bool:
        return record.known_on <= self.story.today
