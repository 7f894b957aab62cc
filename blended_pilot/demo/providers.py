"""The two providers of the demo: where they work, with whom, and how their members are spread."""

from collections.abc import Iterator
from dataclasses import dataclass

from blended_pilot.demo.names import FAMILY, GIVEN, Shares
from blended_pilot.demo.people import DEMO_PEOPLE, PROVIDER, SECOND_PROVIDER
from blended_pilot.demo.story import Story

MEMBERS_PER_PRACTITIONER = 75
SMALL_PROVIDER_SHARE = 20  # one member at the second provider for every so many at the first


@dataclass(frozen=True)
class Place:
    """A geography, the share of members that live there, the team that serves it and its practitioners' prefix."""

    geography: str
    share: float
    team: str
    prefix: str


@dataclass(frozen=True)
class Provider:
    code: str
    contract: str
    member_prefix: str
    places: tuple[Place, ...]
    cohorts: Shares
    deciders: tuple[str, ...]  # clinical leads, as the source system names them
    verifiers: tuple[str, ...]
    members: int
    larger: bool  # the one whose contract has every part; the other is there to show that each sees its own

    def place(self, geography: str) -> Place:
        return next(place for place in self.places if place.geography == geography)

    def practitioner(self, place: Place, number: int) -> str:
        """The reference under which files name one of a team, counted from 0."""
        return f"{place.prefix}-{number % self.practitioners(place) + 1:02d}"

    def lead(self, geography: str, member: int) -> str:
        """Who looks after a member while they live in a place."""
        return self.practitioner(self.place(geography), member)

    def practitioners(self, place: Place) -> int:
        """How many people work in the team of a place."""
        return max(2, round(self.members * place.share / MEMBERS_PER_PRACTITIONER))


def tidewater(story: Story) -> Provider:
    return Provider(
        code=PROVIDER,
        contract="HARBOR",
        member_prefix="TW",
        places=(
            Place("north", 0.45, "North team", "N"),
            Place("south", 0.40, "South team", "S"),
            Place("islands", 0.15, "Islands team", "I"),
        ),
        cohorts=(("adult", 0.55), ("older", 0.30), ("complex", 0.15)),
        deciders=("Dr Helen Marsh", "Dr Samir Qureshi", "Lena Fischer RN"),
        verifiers=("Grace Whitfield", "Aaron Boyd", "Sofia Marin"),
        members=story.members,
        larger=True,
    )


def marsh_lane(story: Story) -> Provider:
    return Provider(
        code=SECOND_PROVIDER,
        contract="MARSH-LANE",
        member_prefix="ML",
        places=(Place("west", 1.0, "Marsh Lane team", "M"),),
        cohorts=(("adult", 0.70), ("older", 0.30)),
        deciders=("Dr Ian Hartley",),
        verifiers=("Yusuf Demir",),
        members=max(3, story.members // SMALL_PROVIDER_SHARE),
        larger=False,
    )


def staff_of(story: Story, provider: Provider) -> Iterator[tuple[str, str]]:
    """Reference and name of everybody who delivers work."""
    known = {who.practitioner: who.name for who in DEMO_PEOPLE if who.practitioner}
    for place in provider.places:
        for number in range(provider.practitioners(place)):
            reference = provider.practitioner(place, number)
            chance = story.chance(provider.code, "practitioner", reference)
            given = chance.choice([*GIVEN["female"], *GIVEN["male"]])
            yield reference, known.get(reference, f"{given} {chance.choice(FAMILY)}")
