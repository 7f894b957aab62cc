"""Whether the answers to the criteria let a person in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Answered:
    """One criterion as it was answered: `answer` is met, not_met, waived or empty."""

    criterion: str
    text: str
    decides: bool
    needs_evidence: bool
    answer: str
    reason: str
    files: int


@dataclass(frozen=True)
class Judged:
    """`missing` are the criteria that something is missing of, by what: answer, reason, evidence."""

    eligible: bool
    missing: tuple[tuple[Answered, str], ...]
    against: tuple[Answered, ...]  # deciding criteria that are not met


def judged(answers: Sequence[Answered]) -> Judged:
    """Eligible when every deciding criterion is met or waived.

    Not met and waived need a reason; a criterion that needs evidence needs it where it is met.
    """
    missing = []
    for one in answers:
        if not one.answer:
            missing.append((one, "answer"))
        elif one.answer != "met" and not one.reason.strip():
            missing.append((one, "reason"))
        elif one.answer == "met" and one.needs_evidence and not one.files:
            missing.append((one, "evidence"))
    against = tuple(one for one in answers if one.decides and one.answer == "not_met")
    return Judged(not against, tuple(missing), against)


def deciding(criteria: Collection[str], all_of: Collection[str] | None) -> set[str]:
    """The criteria that must hold: those that `all_of` names, or every one where the terms leave it out."""
    return set(criteria) if all_of is None else set(all_of)
