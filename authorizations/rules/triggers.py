"""Whether the record meets the contract's triggers on a day, and which facts say so.

A window of `within_days` days counts its first and its last day. The facts of a trigger must not be older than the
window is long: what happened a year ago is no reason to step up today.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True)
class Fact:
    """Something in the record. `what` and `pk` say which row it is, `on` its day, `note` what stands there."""

    what: str  # activity, assessment, follow_up, evidence
    pk: int
    on: date
    note: str = ""


@dataclass(frozen=True)
class Contact:
    """A delivered record. What two records have in common in `same` makes the later one a duplicate."""

    pk: int
    on: date
    service: str
    planned: bool
    same: tuple[Any, ...]


@dataclass(frozen=True)
class Score:
    pk: int
    on: date
    instrument: str
    score: int


@dataclass(frozen=True)
class FollowUpDue:
    pk: int
    due_on: date
    note: str = ""


@dataclass(frozen=True)
class Record:
    """What is known of a member on the day `on`, in order of date."""

    on: date
    contacts: Sequence[Contact] = ()
    scores: Sequence[Score] = ()
    follow_ups: Sequence[FollowUpDue] = ()


@dataclass(frozen=True)
class Vouched:
    """What the requester attests: their words, and the evidence attached to the trigger."""

    text: str = ""
    evidence: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One trigger, judged. `needed` and `found` count what the trigger counts, `since` is when it was first met."""

    code: str
    kind: str
    met: bool
    attested: bool
    needed: int
    found: int
    facts: tuple[Fact, ...] = ()
    since: date | None = None
    text: str = ""
    evidence_missing: bool = False
    within_days: int | None = None  # the window, of a trigger that has one

    def as_data(self) -> dict[str, Any]:
        """As it is kept with the request."""
        return {
            "code": self.code,
            "kind": self.kind,
            "met": self.met,
            "attested": self.attested,
            "needed": self.needed,
            "found": self.found,
            "since": self.since.isoformat() if self.since else None,
            "text": self.text,
            "evidence_missing": self.evidence_missing,
            "within_days": self.within_days,
            "facts": [
                {"what": fact.what, "id": fact.pk, "on": fact.on.isoformat(), "note": fact.note} for fact in self.facts
            ],
        }


def judged(triggers: Iterable[Any], record: Record, vouched: Mapping[str, Vouched]) -> list[Finding]:
    """Every trigger of the contract document against the record, in its order."""
    return [_judges[trigger.kind](trigger, record, vouched) for trigger in triggers]


def _activity_count(trigger: Any, record: Record, vouched: Mapping[str, Vouched]) -> Finding:
    """`count` records in some window, the last of them in the window that ends on the day."""
    counted: dict[tuple[Any, ...], Contact] = {}
    for contact in record.contacts:
        fits = trigger.service in (None, contact.service) and trigger.planned in (None, contact.planned)
        if fits and contact.on <= record.on:
            counted.setdefault(contact.same, contact)
    contacts = sorted(counted.values(), key=lambda one: (one.on, one.pk))
    longest = timedelta(days=trigger.within_days - 1)
    best: list[Contact] = []
    for last, contact in enumerate(contacts):
        if contact.on < record.on - longest:
            continue
        window = [one for one in contacts[: last + 1] if one.on >= contact.on - longest]
        if len(window) >= len(best):
            best = window
    met = len(best) >= trigger.count
    return Finding(
        code=trigger.code,
        kind=trigger.kind,
        met=met,
        attested=False,
        needed=trigger.count,
        found=len(best),
        facts=tuple(Fact("activity", one.pk, one.on, one.service) for one in best),
        since=best[trigger.count - 1].on if met else None,
        within_days=trigger.within_days,
    )


def _score_rise(trigger: Any, record: Record, vouched: Mapping[str, Vouched]) -> Finding:
    """The latest score against the lowest in the window that ends with it."""
    scores = [one for one in record.scores if one.instrument == trigger.instrument and one.on <= record.on]
    scores.sort(key=lambda one: (one.on, one.pk))
    longest = timedelta(days=trigger.within_days - 1)
    rise, since = 0, None
    facts: tuple[Fact, ...] = ()
    if scores and scores[-1].on >= record.on - longest:
        latest = scores[-1]
        window = [one for one in scores[:-1] if one.on >= latest.on - longest]
        if window:
            lowest = min(window, key=lambda one: (one.score, one.on, one.pk))
            rise = max(0, latest.score - lowest.score)
            facts = tuple(Fact("assessment", one.pk, one.on, str(one.score)) for one in (lowest, latest))
            since = latest.on
    met = rise >= trigger.by
    return Finding(
        code=trigger.code,
        kind=trigger.kind,
        met=met,
        attested=False,
        needed=trigger.by,
        found=rise,
        facts=facts,
        since=since if met else None,
        within_days=trigger.within_days,
    )


def _follow_up_overdue(trigger: Any, record: Record, vouched: Mapping[str, Vouched]) -> Finding:
    late = [one for one in record.follow_ups if (record.on - one.due_on).days >= trigger.days]
    late.sort(key=lambda one: (one.due_on, one.pk))
    return Finding(
        code=trigger.code,
        kind=trigger.kind,
        met=bool(late),
        attested=False,
        needed=trigger.days,
        found=max(((record.on - one.due_on).days for one in record.follow_ups), default=0),
        facts=tuple(Fact("follow_up", one.pk, one.due_on, one.note) for one in late),
        since=late[0].due_on + timedelta(days=trigger.days) if late else None,
    )


def _attested(trigger: Any, record: Record, vouched: Mapping[str, Vouched]) -> Finding:
    given = vouched.get(trigger.code, Vouched())
    missing = bool(given.text) and trigger.evidence == "required" and not given.evidence
    met = bool(given.text) and not missing
    return Finding(
        code=trigger.code,
        kind=trigger.kind,
        met=met,
        attested=True,
        needed=1,
        found=int(met),
        facts=given.evidence,
        since=record.on if met else None,
        text=given.text,
        evidence_missing=missing,
    )


_judges = {
    "activity_count": _activity_count,
    "score_rise": _score_rise,
    "follow_up_overdue": _follow_up_overdue,
    "attested": _attested,
}
