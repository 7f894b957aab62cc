"""What was to be achieved, how it is measured, and what it pays."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from contracts.rules.document.base import (
    Amount,
    Code,
    Count,
    Days,
    Hours,
    LongCode,
    Name,
    Number,
    Part,
    Percent,
    Ratio,
    SomeOf,
    Text,
    Whole,
    YesNo,
)

Period = Literal["month", "quarter", "half_year", "year"]


class WithheldPool(Part):
    """A part of the baseline that is held back until earned (`prepaid`: paid first, owed back until earned)."""

    withhold_percent_of: Literal["baseline"]
    percent: Percent
    prepaid: YesNo = False


class FixedPool(Part):
    """A sum for each period, on top of everything else."""

    amount: Amount
    per: Period
    prepaid: YesNo = False


def _kind_of_pool(value: Any) -> str:
    fixed = isinstance(value, FixedPool) or (isinstance(value, dict) and "amount" in value)
    return "<fixed>" if fixed else "<withheld>"


Pool = Annotated[
    Annotated[WithheldPool, Tag("<withheld>")] | Annotated[FixedPool, Tag("<fixed>")], Discriminator(_kind_of_pool)
]


class Attribution(Part):
    """A result counts for this provider when the member was covered, and served, within so many days before it."""

    coverage_days: Days | None = None
    delivered_within_days: Days | None = None


class Definition(Part):
    numerator: Text
    denominator: Text
    per: Count = 1


class FollowUp(Part):
    kind: Literal["follow_up"]
    service: LongCode
    days: Days


class UnplannedRate(Part):
    kind: Literal["unplanned_rate"]


class FollowUpTimeliness(Part):
    kind: Literal["follow_up_timeliness"]
    service: LongCode | None = None
    days: Days | None = None


class TimeToDecision(Part):
    kind: Literal["time_to_decision"]
    days: Days | None = None
    hours: Hours | None = None


class ShareOfServices(Part):
    kind: Literal["share"]
    service: LongCode | None = None


Compute = Annotated[
    FollowUp | UnplannedRate | FollowUpTimeliness | TimeToDecision | ShareOfServices, Field(discriminator="kind")
]


class SampleCheck(Part):
    """How many results are checked against their source, and how many of those may differ."""

    sample_percent: Percent
    sample_minimum: Whole = 0
    tolerance_percent: Percent


class MeasureGate(Part):
    """Nothing is earned on the wrong side of it."""

    at_least: Number | None = None
    at_most: Number | None = None


class Scale(Part):
    """Nothing at the floor, everything at the target, a straight line between them."""

    floor: Number
    target: Number


class Rung(Part):
    at: Number
    pays: Ratio


class Points(Part):
    """The better of attainment and improvement over `base`, in tenths of the weight."""

    threshold: Number
    benchmark: Number
    base: Number


class Measure(Part):
    code: Code
    name: Name
    definition: Definition
    source: Literal["computed", "reported"]
    compute: Compute | None = None
    frequency: Period = "quarter"
    higher_is_better: YesNo
    minimum_denominator: Whole = 0
    validation: SampleCheck | None = None
    gate: MeasureGate | None = None
    scale: Scale | None = None
    ladder: SomeOf[Rung] | None = None
    points: Points | None = None
    weight: Ratio


class Outcomes(Part):
    pool: Pool
    attribution: Attribution | None = None
    settled: Literal["quarter"] = "quarter"
    measures: SomeOf[Measure]
