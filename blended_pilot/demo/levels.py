"""The levels that clinical leads decided for one member, with score, rationale and the day the decision was sent."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from blended_pilot.demo.lives import Person, working_day
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.story import Story

LEVELS = ("L1", "L2", "L3", "L4")
BANDS = {"L1": (0, 7), "L2": (8, 14), "L3": (15, 22), "L4": (23, 30)}  # of the acuity score
LONGEST = {"L1": 210, "L2": 180, "L3": 90, "L4": 28}  # days; L1 has no end and is looked at again after so many
TYPICAL_SCORE = {"adult": 5.8, "older": 7.4, "complex": 15.0}
DRIFT_PER_MONTH = 0.11  # the mix grows heavier: what the pilot has to notice
OTHER_THAN_SCORED = 0.05
WORSENS = 0.08  # at a review: a crisis that lifts the score for a while
LAPSES = 0.04
LATE_PAPER = 0.03

REASONS = {
    "first": (
        "Stable at home, understands the plan; navigation is enough for now.",
        "Two conditions under control, support agreed with the family.",
        "Recent discharge, needs regular contact to settle medication.",
        "Lives alone, missed appointments this quarter; closer coordination agreed.",
    ),
    "same": (
        "Reviewed with the member: needs unchanged, continue.",
        "Goals partly met; same intensity for another period.",
        "No unplanned contacts, plan working; no reason to change.",
    ),
    "up": (
        "Three unplanned contacts in two weeks; stepped up for a limited time.",
        "Score rose since the last assessment and sleep is poor; daily plan agreed.",
        "Carer unable to continue at the present level; more support until placed.",
        "Falls twice this month, medication being changed.",
    ),
    "down": (
        "Stable for two months, member asks for fewer visits.",
        "Goals met, follow-up in place; stepped down after discussion.",
        "Score fell and contacts are kept; lower intensity is sufficient.",
    ),
}


@dataclass(frozen=True, slots=True)
class Decision:
    level: str
    starts_on: date
    ends_before: date | None
    decided_on: date
    decided_by: str
    rationale: str
    score: int


@dataclass(frozen=True, slots=True)
class Levels:
    """Everything decided for a member as it was known on a day."""

    known_on: date
    decisions: tuple[Decision, ...]


def levels(story: Story, provider: Provider, member: Person) -> tuple[Levels, ...]:
    """Every state of a member's levels that the source came to know, oldest first; the last is the truth."""
    chance = story.chance(provider.code, "levels", member.index)
    decisions: list[Decision] = []
    states: list[Levels] = []

    def learn(known_on: date) -> None:
        if chance.random() < LATE_PAPER:
            known_on += timedelta(days=chance.randint(35, 65))
        states.append(Levels(max(known_on, states[-1].known_on) if states else known_on, tuple(decisions)))

    own_score = max(2.0, chance.gauss(TYPICAL_SCORE[member.covered[0].cohort], 3.9))
    for starts_on, ends_before in _stays(member):
        score = own_score + DRIFT_PER_MONTH * story.number(starts_on) + chance.gauss(0, 2)
        decided_on = working_day(starts_on + timedelta(days=chance.randint(2, 11)))
        effective = starts_on if chance.random() < 0.3 else decided_on
        while decided_on < min(ends_before, story.today):
            level, rationale = _judge(chance, decisions, score)
            if decisions:
                decisions[-1] = _cut(decisions[-1], effective)
            decisions.append(
                Decision(
                    level=level,
                    starts_on=effective,
                    ends_before=None if level == "L1" else effective + timedelta(days=LONGEST[level]),
                    decided_on=decided_on,
                    decided_by=chance.choice(provider.deciders),
                    rationale=rationale,
                    score=_points(score),
                )
            )
            learn(decided_on + timedelta(days=chance.randint(1, 5)))
            looked_at = effective + timedelta(days=LONGEST[level])
            if level == "L1":
                looked_at += timedelta(days=chance.randint(-60, 30))
            elif chance.random() < LAPSES:
                looked_at += timedelta(days=chance.randint(8, 40))
            typical = own_score + DRIFT_PER_MONTH * story.number(looked_at)
            score = 0.6 * score + 0.4 * typical + chance.gauss(0, 3.2) + (9 if chance.random() < WORSENS else 0)
            effective = looked_at
            decided_on = working_day(looked_at - timedelta(days=chance.randint(0, 6)))
            effective = max(effective, decided_on)
        if ends_before != date.max and decisions:
            decisions = [_cut(decision, ends_before) for decision in decisions if decision.starts_on < ends_before]
            learn(ends_before + timedelta(days=chance.randint(1, 9)))
    return tuple(states)


def _stays(member: Person) -> list[tuple[date, date]]:
    """Uninterrupted coverage, whatever its cohort and geography; date.max where it has no end."""
    stays: list[tuple[date, date]] = []
    for cover in member.covered:
        ends_before = cover.ends_before or date.max
        if stays and stays[-1][1] == cover.starts_on:
            stays[-1] = (stays[-1][0], ends_before)
        else:
            stays.append((cover.starts_on, ends_before))
    return stays


def _points(score: float) -> int:
    """A score on the instrument's scale."""
    return min(30, max(0, round(score)))


def _judge(chance: Random, earlier: list[Decision], score: float) -> tuple[str, str]:
    """The level, usually the one that the score suggests, and the rationale."""
    level = next(code for code, (low, high) in BANDS.items() if low <= _points(score) <= high)
    if chance.random() < OTHER_THAN_SCORED:
        level = LEVELS[min(3, max(0, LEVELS.index(level) + chance.choice((-1, 1))))]
    if not earlier:
        return level, chance.choice(REASONS["first"])
    before = earlier[-1].level
    if level == before == "L4" and len(earlier) > 1 and earlier[-2].level == "L4":
        level = "L3"  # daily support is for a limited time
    step = LEVELS.index(level) - LEVELS.index(before)
    return level, chance.choice(REASONS["up" if step > 0 else "down" if step < 0 else "same"])


def _cut(decision: Decision, ends_before: date) -> Decision:
    """The decision, no longer than until `ends_before`."""
    if decision.ends_before is None or decision.ends_before > ends_before:
        return replace(decision, ends_before=ends_before)
    return decision


def level_on(decisions: tuple[Decision, ...], day: date) -> str:
    """The level in force on a day, L1 where none is."""
    for decision in decisions:
        if decision.starts_on <= day and (decision.ends_before is None or day < decision.ends_before):
            return decision.level
    return "L1"
