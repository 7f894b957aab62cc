"""The words that every part of a contract document is written in: codes, money, dates, ranges, bands.

Values arrive as `contracts.rules.reading` leaves them: text, whole numbers, exact decimals, booleans, lists, mappings.
Keys that are Python words carry an underscore here (`from_`). Ranges are inclusive as written; `starts_on` and
`ends_before` give the half-open form that everything inside the program uses.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from blended_pilot.kernel.periods import DAY, parse_month

T = TypeVar("T")

WHOLE_DIGITS = 12
DECIMAL_PLACES = 6
LONGEST_TEXT = 2000
CODE = re.compile(r"\w[\w.\-]*")
DECIMAL = re.compile(r"[-+]?\d+(\.\d+)?")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def fault(sentence: str) -> PydanticCustomError:
    """An error whose text is shown as it is (braces would be read as placeholders)."""
    return PydanticCustomError("contract", "{sentence}", {"sentence": sentence})


def shown(value: object) -> str:
    """A value the way an error sentence quotes it."""
    if isinstance(value, bool):
        return f"{'yes' if value else 'no'} (in YAML, put yes, no, on, off, true and false in quotes to mean the word)"
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "...")
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return str(value)


class Part(BaseModel):
    """A mapping of the document. Unknown keys are errors, values are never guessed at, nothing changes afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _listed(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(value)
    raise fault(f"must be a list, not {shown(value)}")


Seq = Annotated[tuple[T, ...], BeforeValidator(_listed)]
SomeOf = Annotated[tuple[T, ...], BeforeValidator(_listed), Field(min_length=1)]


def _text(value: object) -> object:
    """Numbers are taken as their text: a code 5100 or a version 2.0 need no quotes."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise fault(f"must be text, not {shown(value)}")
    text = str(value)
    if not text.strip():
        raise fault("must not be empty")
    if len(text) > LONGEST_TEXT:
        raise fault(f"must be at most {LONGEST_TEXT} characters long, not {len(text)}")
    if CONTROL.search(text):
        raise fault("must not contain control characters")
    return text


def _at_most(length: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if len(text) > length:
            raise fault(f"must be at most {length} characters long, not {len(text)}")
        return text

    return check


def _code(length: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if len(text) > length or not CODE.fullmatch(text):
            raise fault(
                f"{shown(text)} is not a code: write letters, digits, '_', '-' and '.', "
                f"at most {length} of them, beginning with a letter or digit"
            )
        return text

    return check


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[
    str, BeforeValidator(_text), AfterValidator(_at_most(200)), Field(json_schema_extra={"maxLength": 200})
]
Code = Annotated[str, BeforeValidator(_text), AfterValidator(_code(40)), Field(json_schema_extra={"maxLength": 40})]
LongCode = Annotated[str, BeforeValidator(_text), AfterValidator(_code(60)), Field(json_schema_extra={"maxLength": 60})]


def _decimal(value: object) -> object:
    """Exact: text, whole numbers, and decimals that the reader kept as they were written."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise fault(f"must be a number, not {shown(value)}")
    if isinstance(value, str) and not DECIMAL.fullmatch(value):
        raise fault(f'must be a number such as "12.50", not {shown(value)}')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise fault(f"must be a number, not {shown(value)}") from None
    if not number.is_finite():
        raise fault(f"must be a finite number, not {shown(value)}")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > DECIMAL_PLACES:
        raise fault(f"must have at most {DECIMAL_PLACES} decimals, not {-exponent}")
    if abs(number) >= Decimal(10) ** WHOLE_DIGITS:
        raise fault(f"must have at most {WHOLE_DIGITS} digits before the decimal point")
    return number


def _not_negative(number: Decimal) -> Decimal:
    if number < 0:
        raise fault(f"must not be negative, and is {number}")
    return number


def _positive(number: Decimal) -> Decimal:
    if number <= 0:
        raise fault(f"must be more than 0, and is {number}")
    return number


def _within(low: int, high: int) -> Callable[[Decimal], Decimal]:
    def check(number: Decimal) -> Decimal:
        if not low <= number <= high:
            raise fault(f"must be between {low} and {high}, and is {number}")
        return number

    return check


def _exact(number: Decimal) -> str:
    return format(number, "f")


_NUMBER_SCHEMA = WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^[-+]?\d+(\.\d+)?$"}, {"type": "number"}]})
_READ, _WRITE = BeforeValidator(_decimal), PlainSerializer(_exact, return_type=str, when_used="json")
Number = Annotated[Decimal, _READ, _WRITE, _NUMBER_SCHEMA]
Amount = Annotated[Decimal, _READ, AfterValidator(_not_negative), _WRITE, _NUMBER_SCHEMA]
Positive = Annotated[Decimal, _READ, AfterValidator(_positive), _WRITE, _NUMBER_SCHEMA]
Percent = Annotated[Decimal, _READ, AfterValidator(_within(0, 100)), _WRITE, _NUMBER_SCHEMA]
Ratio = Annotated[Decimal, _READ, AfterValidator(_within(0, 1)), _WRITE, _NUMBER_SCHEMA]
Share = Annotated[Decimal, _READ, AfterValidator(_within(-1, 1)), _WRITE, _NUMBER_SCHEMA]


def _whole(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise fault(f"must be a whole number, not {shown(value)}")
        if not low <= value <= high:
            raise fault(f"must be between {low} and {high}, and is {value}")
        return value

    return check


def _whole_schema(low: int, high: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": low, "maximum": high})


Whole = Annotated[int, BeforeValidator(_whole(0, 1_000_000)), _whole_schema(0, 1_000_000)]
Count = Annotated[int, BeforeValidator(_whole(1, 1_000_000)), _whole_schema(1, 1_000_000)]
Days = Annotated[int, BeforeValidator(_whole(1, 3660)), _whole_schema(1, 3660)]
DaysOrNone = Annotated[int, BeforeValidator(_whole(0, 3660)), _whole_schema(0, 3660)]
Hours = Annotated[int, BeforeValidator(_whole(1, 8784)), _whole_schema(1, 8784)]
Months = Annotated[int, BeforeValidator(_whole(0, 600)), _whole_schema(0, 600)]
Score = Annotated[int, BeforeValidator(_whole(-100_000, 100_000)), _whole_schema(-100_000, 100_000)]
Places = Annotated[int, BeforeValidator(_whole(0, 6)), _whole_schema(0, 6)]
DayOfMonth = Annotated[int, BeforeValidator(_whole(1, 28)), _whole_schema(1, 28)]
PercentWhole = Annotated[int, BeforeValidator(_whole(1, 100)), _whole_schema(1, 100)]


def _boolean(value: object) -> object:
    if not isinstance(value, bool):
        raise fault(f"must be yes or no (true or false), not {shown(value)}")
    return value


YesNo = Annotated[bool, BeforeValidator(_boolean)]


def _date(value: object) -> object:
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
                return date.fromisoformat(value)
        except ValueError:
            raise fault(f"{shown(value)} is not a day of the calendar") from None
    raise fault(f"{shown(value)} is not a date; write it as YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_date)]


def _month(value: object) -> object:
    try:
        return value if isinstance(value, date) else parse_month(str(value))
    except ValueError as error:
        raise fault(str(error).rstrip(".")) from None


def _month_text(month: date) -> str:
    return f"{month:%Y-%m}"


Month = Annotated[
    date,
    BeforeValidator(_month),
    PlainSerializer(_month_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}$"}),
]


class Range(Part):
    """Days from `from` to `to`, both included. No `from`: from the term's start. No `to`: until the contract ends."""

    from_: Day | None = Field(default=None, alias="from")
    to: Day | None = None

    @property
    def starts_on(self) -> date:
        return self.from_ or date.min

    @property
    def ends_before(self) -> date | None:
        """The day after the last, None when open."""
        return self.to + DAY if self.to else None

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.to is None or day <= self.to)

    def overlaps(self, other: "Range") -> bool:
        return self.starts_on <= (other.to or date.max) and other.starts_on <= (self.to or date.max)


class CodedName(Part):
    code: Code
    name: Name


class Segment(Part):
    """`share` between two edges of a band table; the last segment has no `to`."""

    from_: Amount = Field(alias="from")
    to: Amount | None = None
    share: Share


FREQUENCY = re.compile(r"(\d{1,3})/(week|month|quarter|half_year|year)")
Every = Literal["week", "month", "quarter", "half_year", "year"]


@dataclass(frozen=True)
class Frequency:
    """`count` times in every `per`; written `2/month`."""

    count: int
    per: Every

    def __str__(self) -> str:
        return f"{self.count}/{self.per}"


def _frequency(value: Any) -> Frequency:
    if isinstance(value, Frequency):
        return value
    match = FREQUENCY.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) < 1:
        raise fault(
            f"{shown(value)} is not a frequency; write a number per period, such as 2/month, with one of week, "
            "month, quarter, half_year, year"
        )
    return Frequency(count=int(match[1]), per=match[2])  # type: ignore[arg-type]  # the pattern admits no other


Often = Annotated[
    Frequency,
    PlainValidator(_frequency),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{FREQUENCY.pattern}$"}),
]
