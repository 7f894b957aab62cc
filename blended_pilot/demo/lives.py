"""One member's time in the pilot: coverage and levels, as they were and as the source systems came to know them.

What a source knows is a list of states. A state says all spans of the member; it holds from the day it became known,
which is often later than what it says: that is where retroactive changes come from.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from blended_pilot.demo.names import DISABILITIES, ETHNICITIES, FAMILY, GIVEN, language, pick
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.story import Story
from blended_pilot.kernel.periods import add_months, first_of_month

AGES = {"adult": (19, 64), "older": (66, 93), "complex": (24, 79)}
# chances per covered month
LEAVES = {"adult": 0.007, "older": 0.010, "complex": 0.009}
MOVES, BECOMES_COMPLEX = 0.0015, 0.002
DIES = 0.45  # of those who leave, by cohort "older"; the others mostly move away
RETURNS = 0.25  # of those who withdrew
LATE_NEWS = 0.12  # of all news about coverage
CORRECTED_START = 0.05  # of members

SUNDAY = 6
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Cover:
    """In the pilot for [starts_on, ends_before), as this cohort in this geography."""

    starts_on: date
    ends_before: date | None
    cohort: str
    geography: str


@dataclass(frozen=True, slots=True)
class Coverage:
    known_on: date
    spans: tuple[Cover, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A member, and every state of their coverage that a source came to know, oldest first."""

    index: int
    reference: str
    given_name: str
    family_name: str
    birth_date: date
    sex: str
    ethnicity: str
    language: str
    disability: str
    states: tuple[Coverage, ...]

    @property
    def covered(self) -> tuple[Cover, ...]:
        """The coverage as it truly was."""
        return self.states[-1].spans


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() in {SATURDAY, SUNDAY} else day


def person(story: Story, provider: Provider, index: int) -> Person:
    """Member number `index` of a provider: the same for every call with the same story."""
    chance = story.chance(provider.code, "person", index)
    cohort = pick(chance, provider.cohorts)
    sex = pick(chance, (("female", 0.54), ("male", 0.46)))
    ethnicity = pick(chance, ETHNICITIES)
    starts_on = _start(story, chance)
    oldest, youngest = AGES[cohort][1], AGES[cohort][0]
    born_on = story.term_starts_on - timedelta(days=chance.randint(youngest * 366, oldest * 365))
    return Person(
        index=index,
        reference=f"{provider.member_prefix}{100_000 + index}",
        given_name=chance.choice(GIVEN[sex]),
        family_name=chance.choice(FAMILY),
        birth_date=born_on,
        sex=sex,
        ethnicity=ethnicity,
        language=language(chance, ethnicity),
        disability=pick(chance, DISABILITIES),
        states=_coverage(story, provider, chance, cohort, starts_on),
    )


def _start(story: Story, chance: Random) -> date:
    """Six in ten are there on the first day, the others join month by month."""
    draw = chance.random()
    if draw < 0.60:
        return story.term_starts_on
    first = story.term_starts_on + timedelta(days=1)
    early = add_months(story.term_starts_on, 3)
    latest = max(first, story.today - timedelta(days=3))
    lowest, highest = (first, min(early, latest)) if draw < 0.70 else (min(early, latest), latest)
    return working_day(lowest + timedelta(days=chance.randint(0, (highest - lowest).days)))


def _news(chance: Random, day: date) -> date:
    """When the source system learns what happened on `day`."""
    if chance.random() < LATE_NEWS:
        return day + timedelta(days=chance.randint(35, 95))
    return day + timedelta(days=chance.randint(0, 9))


def _coverage(story: Story, provider: Provider, chance: Random, cohort: str, starts_on: date) -> tuple[Coverage, ...]:
    geography = pick(chance, tuple((place.geography, place.share) for place in provider.places))
    spans = [Cover(starts_on, None, cohort, geography)]
    # whoever starts is on the roster from the first day: work for somebody unknown would be turned away
    states = [Coverage(starts_on, tuple(spans))]

    def learn(known_on: date) -> None:
        states.append(Coverage(max(known_on, states[-1].known_on), tuple(spans)))

    if chance.random() < CORRECTED_START:
        corrected = starts_on + timedelta(days=chance.choice((-17, -9, -4, 6, 12, 21)))
        spans[0] = replace(spans[0], starts_on=max(corrected, story.term_starts_on))
        learn(starts_on + timedelta(days=chance.randint(25, 70)))

    month = add_months(first_of_month(starts_on), 2)
    while month < story.today:
        happens_on = month + timedelta(days=chance.randint(0, 27))
        month = add_months(month, 1)
        draw = chance.random()
        current = spans[-1]
        if happens_on >= story.today or happens_on <= current.starts_on:
            continue
        leaves = LEAVES[current.cohort]
        if draw < leaves:
            spans[-1] = replace(current, ends_before=happens_on)
            learn(_news(chance, happens_on))
            died = chance.random() < (DIES if current.cohort == "older" else 0.1)
            returns_on = happens_on + timedelta(days=chance.randint(20, 120))
            if died or chance.random() >= RETURNS or returns_on >= story.today:
                break
            spans.append(Cover(working_day(returns_on), None, current.cohort, current.geography))
            learn(spans[-1].starts_on)
            month = add_months(first_of_month(spans[-1].starts_on), 1)
        elif draw < leaves + MOVES and len(provider.places) > 1:
            elsewhere = [place.geography for place in provider.places if place.geography != current.geography]
            _change(spans, replace(current, starts_on=happens_on, geography=chance.choice(elsewhere)))
            learn(_news(chance, happens_on))
        elif draw < leaves + MOVES + BECOMES_COMPLEX and any(code == "complex" for code, _ in provider.cohorts):
            _change(spans, replace(current, starts_on=happens_on, cohort="complex"))
            learn(_news(chance, happens_on))
    return tuple(states)


def _change(spans: list[Cover], following: Cover) -> None:
    """End the last span where `following` starts; nothing to do when nothing changes."""
    last = spans[-1]
    if (last.cohort, last.geography) != (following.cohort, following.geography):
        spans[-1] = replace(last, ends_before=following.starts_on)
        spans.append(following)
