"""Stabilization packages in the story: who needed one, what was asked for and given, and what was delivered.

A plan without a clock, as the rest of the generator: `authorising` lets the decisions happen, `work` delivers the days.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from blended_pilot.demo.lives import Person, person
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.story import Story

SERVICE = "stabilization_day"
FIRST_MEMBER, EVERY, PLACES = 5, 9, 18  # members 5, 14, 23 … have one each
MONTHS = 6  # the latest, with the one under way
RUNNING = "running"


@dataclass(frozen=True)
class Package:
    """`days` are counted from the start of the window; `asked` and `given` are units and the length of the window."""

    became: str
    asked: tuple[int, int]
    given: tuple[int, int]
    days: tuple[int, ...]
    last_day: int | None = None  # of an episode that was ended early
    denied_first: bool = False


PACKAGES = (
    Package("whole", (5, 7), (5, 7), (0, 1, 2, 3, 4)),
    Package("over its units", (4, 8), (4, 8), (0, 1, 2, 3, 4, 5)),
    Package("ended early", (8, 14), (8, 14), (0, 1, 2, 3, 6), last_day=4),
    Package("fewer than asked", (12, 18), (8, 12), (0, 1, 2, 4, 5, 7)),
    Package("reconsidered", (4, 7), (4, 7), (0, 1, 2, 3), denied_first=True),
)
UNDER_WAY = Package(RUNNING, (5, 10), (5, 10), (0, 1))


@dataclass(frozen=True)
class Stay:
    """One member's package from `starts_on` on, in the place where they lived then."""

    member_ref: str
    package: Package
    starts_on: date
    geography: str

    def day(self, number: int) -> date:
        return self.starts_on + timedelta(days=number)

    def ends_before(self, window: tuple[int, int]) -> date:
        return self.day(window[1])


def stays(story: Story, provider: Provider) -> list[Stay]:
    """Every package of a provider's members."""
    last = min(provider.members, FIRST_MEMBER + EVERY * PLACES)
    people = (person(story, provider, index) for index in range(FIRST_MEMBER, last, EVERY))
    return [stay for one in people if (stay := stay_of(story, provider, one)) is not None]


def stay_of(story: Story, provider: Provider, member: Person) -> Stay | None:
    """The package of a member, unless they had none or were not in the pilot all the time that it took."""
    place, rest = divmod(member.index - FIRST_MEMBER, EVERY)
    number = story.months - place % MONTHS
    if not provider.larger or rest or not 0 <= place < PLACES or number < 1:
        return None
    package = PACKAGES[(place + place // MONTHS) % len(PACKAGES)]
    starts_on = story.month(number) + timedelta(days=3 + place * 4 % 12)
    if number == story.months:
        package, starts_on = UNDER_WAY, story.today - timedelta(days=2)
    first, last = starts_on - timedelta(days=8), starts_on + timedelta(days=package.asked[1])
    for cover in member.covered:
        if cover.starts_on <= first and (cover.ends_before is None or cover.ends_before > last):
            return Stay(member.reference, package, starts_on, cover.geography)
    return None
