"""What a feed of each kind is: its columns, and how its rows are judged and merged.

A stage registers its kinds when it starts (`AppConfig.ready`); the command, the pages and the jobs know only this
registry, so that a kind whose stage is not built yet is not offered.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _

from blended_pilot.kernel.errors import Unusable

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from contracts.operations.feeds.work import Work

    Words = str | _StrPromise  # a sentence, translated now or when it is shown
else:
    Words = object


class Type(Enum):
    """How a cell is read."""

    REFERENCE = "reference"  # one line, no control characters: keys and codes
    TEXT = "text"  # line breaks allowed
    DATE = "date"
    LAST_DAY = "last day"  # inclusive in the file; staged as the day after it, empty is open
    MONTH = "month"  # staged as its first day
    MOMENT = "moment"  # a date, or a date-time; stages a date and, beside it as `<name>_at`, the time
    DECIMAL = "decimal"
    WHOLE = "whole"
    YES_NO = "yes or no"
    CODES = "codes"  # separated by comma, semicolon, bar or space


EXAMPLES = 5  # of each sort of change in the preview

STAGED_AS = {
    Type.REFERENCE: "text",
    Type.TEXT: "text",
    Type.DATE: "date",
    Type.LAST_DAY: "date",
    Type.MONTH: "date",
    Type.MOMENT: "date",
    Type.DECIMAL: "numeric",
    Type.WHOLE: "bigint",
    Type.YES_NO: "boolean",
    Type.CODES: "text[]",
}


@dataclass(frozen=True)
class Column:
    """One column of a kind. `stage` is its name in the staging table when that differs (`from` is a keyword)."""

    name: str
    type: Type = Type.TEXT
    required: bool = False
    longest: int = 200  # characters
    digits: int = 10  # before the decimal point
    places: int = 4  # after it
    negative: bool = False  # may a number be below zero
    stage: str = ""
    identity: bool = False  # tells who a member is: shown only to those who may see identity
    hint: Words = ""

    @property
    def staged(self) -> str:
        return self.stage or self.name


@dataclass(frozen=True)
class Fault:
    """Why one row cannot be applied: a code of the kind's sentences, and what the sentence needs."""

    row_number: int
    column: str
    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One line of the preview: how many changes of one sort, with up to a handful of examples."""

    code: str
    title: Words
    count: int
    examples: Sequence[str] = ()
    members: Sequence[str] = ()  # references of the members that the examples name


@dataclass(frozen=True)
class Counts:
    applied: int
    unchanged: int


class FeedKind(ABC):
    """A kind of feed. `judge` finds faults between rows and against the database and plans; `merge` carries it out."""

    name: ClassVar[str]
    order: ClassVar[int]  # among the kinds, where they are listed
    title: ClassVar[Words]
    lead: ClassVar[Words]  # what the file states, for the upload page
    columns: ClassVar[tuple[Column, ...]]
    subject: ClassVar[str] = ""  # the column whose rows stand or fall together, if any
    void: ClassVar[str] = ""  # the yes/no column that makes every column but the subject optional, if any
    sentences: ClassVar[Mapping[str, Words]] = {}
    tables: ClassVar[tuple[str, ...]]  # that a merge may fill

    @abstractmethod
    def judge(self, work: "Work") -> None:
        """Record faults of staged rows and plan what the rest would change. Writes temporary tables only."""

    @abstractmethod
    def merge(self, work: "Work") -> None:
        """Carry the plan out."""

    @abstractmethod
    def counts(self, work: "Work") -> Counts:
        """Rows that change something and rows that change nothing."""

    @abstractmethod
    def changes(self, work: "Work") -> Iterator[Change]:
        """What the plan would do, for the preview. Kinds of change that do not occur are left out."""

    @abstractmethod
    def months(self, work: "Work") -> Sequence[tuple[Any, int]]:
        """(first of month, number of changes) for the months from which the plan's changes bear, earliest first."""

    def member_ids(self, organisation_id: int, references: Collection[str]) -> list[int]:
        """Ids of the provider's members with these references, for the access log. Members live in a later stage."""
        return []

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


class RowByRow(FeedKind):
    """A kind that plans each row by itself: a table `plan` gives it a verdict, new, changed or unchanged."""

    plan: ClassVar[str]
    key: ClassVar[str]  # the column by which the preview names a row
    told: ClassVar[tuple[tuple[str, str, Words], ...]]  # (condition on the plan, code of the change, title)
    names_members: ClassVar[bool] = False  # whether the preview tells which member a row is about

    def counts(self, work: "Work") -> Counts:
        [(applied, unchanged)] = work.rows(
            f"""SELECT count(*) FILTER (WHERE verdict <> 'unchanged'), count(*) FILTER (WHERE verdict = 'unchanged')
                  FROM {self.plan}"""
        )
        return Counts(applied=applied, unchanged=unchanged)

    def changes(self, work: "Work") -> Iterator[Change]:
        member = "member_ref" if self.names_members else "NULL"
        for condition, code, title in self.told:
            rows = work.rows(
                f"""SELECT {self.key}, {member}, count(*) OVER () FROM {self.plan} WHERE {condition}
                     ORDER BY row_number LIMIT {EXAMPLES}"""
            )
            if rows:
                keys, members, counted = zip(*rows, strict=True)
                yield Change(code, title, counted[0], keys, members if self.names_members else ())


_KINDS: dict[str, FeedKind] = {}


def register(kind: FeedKind) -> None:
    _KINDS[kind.name] = kind


def kinds() -> tuple[FeedKind, ...]:
    """Every kind of a stage that is built, in the order in which a new contract is fed."""
    return tuple(sorted(_KINDS.values(), key=lambda kind: kind.order))


def title_of(name: str) -> Words:
    """What a kind is called; its name where it is not known any more."""
    return _KINDS[name].title if name in _KINDS else name


def feed_kind(name: str) -> FeedKind:
    """Raises Unusable, naming the kinds there are."""
    if name not in _KINDS:
        sentence = _("There is no feed “%(kind)s”. Kinds of feed: %(kinds)s.")
        raise Unusable(sentence % {"kind": name, "kinds": ", ".join(kind.name for kind in kinds())})
    return _KINDS[name]
