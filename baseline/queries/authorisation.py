"""Is there an authorisation in force? Answered by the stage that decides them; until one does, there is none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Asked:
    """What is asked: may `service` for this member on this day draw on something that was authorised?"""

    contract_id: int
    member_id: int
    service: str
    on: date


@dataclass(frozen=True)
class Authorisation:
    """An authorised window [starts_on, ends_before) of a service. `left` are units not used up yet.

    `ends_before` is that of an early end where there was one. `number` names it in the register; `url` opens it.
    """

    number: str
    starts_on: date
    ends_before: date
    units: Decimal
    left: Decimal
    url: str = ""


Answer = Callable[[Iterable[Asked]], Mapping[Asked, Authorisation]]
_answers: list[Answer] = []


def register(answer: Answer) -> None:
    """`answer(questions)` gives what is in force for those that have it, in a constant number of queries."""
    _answers[:] = [answer]


def in_force(questions: Iterable[Asked]) -> Mapping[Asked, Authorisation]:
    """The authorisation in force for each question that has one."""
    asked = set(questions)
    return _answers[0](asked) if _answers and asked else {}
