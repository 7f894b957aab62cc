"""Money that follows demand and cost: thresholds, stop-loss, corridor; and the signs that somebody must look at."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from contracts.rules.document.base import (
    Amount,
    Code,
    Count,
    Days,
    LongCode,
    Month,
    Number,
    Part,
    Percent,
    Positive,
    Segment,
    Seq,
    SomeOf,
    Text,
    YesNo,
)

RoleName = Literal[
    "intake",
    "practitioner",
    "supervisor",
    "clinical_lead",
    "analyst",
    "operations",
    "finance",
    "quality",
    "commissioner",
    "auditor",
    "administrator",
]


def _kind_of_expected(value: Any) -> str:
    return "<by month>" if isinstance(value, dict) else "<every month>"


Expected = Annotated[
    Annotated[Amount, Tag("<every month>")] | Annotated[dict[Month, Amount], Tag("<by month>")],
    Discriminator(_kind_of_expected),
]


class AdjustmentLimit(Part):
    """The least and the most that an adjustment may come to."""

    floor: Number | None = None
    cap: Number | None = None


class Reopen(Part):
    """Demand this far from plan for so many months in a row asks the parties to talk; it changes no payment."""

    beyond_percent: Positive
    months: Count


class Threshold(Part):
    code: Code
    measure: Text = Field(description="referrals, units:<service>, value:<service> or value:*")
    period: Literal["month", "year_to_date"] = "month"
    expected: Expected = Field(description="One monthly figure, or one for each month")
    price: Amount = Field(default=1, validate_default=True, description="Per unit; for value measures it is 1")
    bands: SomeOf[Segment] = Field(description="Edges are ratios of expected; the share is of the price")
    limit: AdjustmentLimit | None = None
    reopen: Reopen | None = None


class StopLossPayment(Part):
    """The commissioner's share of one member's cost beyond the attachment."""

    code: Code
    per: Literal["member"] = "member"
    basis: Literal["contract_year"] = "contract_year"
    components: SomeOf[Literal["activity", "costed"]]
    bands: SomeOf[Segment] = Field(description="Edges are money")
    limit: Amount | None = None


class MemberCostTrigger(Part):
    code: Code
    kind: Literal["member_cost"]
    within_days: Days
    over: Amount
    review_days: Days


class UpgradesTrigger(Part):
    code: Code
    kind: Literal["upgrades"]
    count: Count
    within_days: Days
    review_days: Days


class ActivityCountTrigger(Part):
    code: Code
    kind: Literal["activity_count"]
    service: LongCode | None = None
    planned: YesNo | None = None
    count: Count
    within_days: Days
    review_days: Days


class ActivitySumTrigger(Part):
    """Units of one service, or of all, over a limit."""

    code: Code
    kind: Literal["activity_sum"]
    service: LongCode | None = None
    planned: YesNo | None = None
    over: Amount
    within_days: Days
    review_days: Days


StopLossTrigger = Annotated[
    MemberCostTrigger | UpgradesTrigger | ActivityCountTrigger | ActivitySumTrigger, Field(discriminator="kind")
]


class StopLoss(Part):
    """Payments are money; triggers open a case review and pay nothing."""

    payment: Seq[StopLossPayment] = ()
    triggers: Seq[StopLossTrigger] = ()


class CorridorTarget(Part):
    percent_of_plan: Positive


class Corridor(Part):
    """What the commissioner settles of the difference between total cost and target, over the whole term."""

    target: CorridorTarget
    bands: SomeOf[Segment] = Field(description="Edges are ratios of the target")
    limit: Amount | None = Field(default=None, description="Either way; left out: no limit")


class _Sign(Part):
    months: Count = Field(default=1, description="Months in a row before it is raised")
    to: SomeOf[RoleName]


class BelowFunded(_Sign):
    sign: Literal["below_funded_wte"]
    percent: Percent


class PlainSign(_Sign):
    sign: Literal["below_minimum_safe_wte", "outcome_late_or_resubmitted"]


class OverSign(_Sign):
    sign: Literal["overtime_hours_per_wte", "rota_gaps", "caseload_per_wte", "threshold_percent"]
    over: Amount


class UnderSign(_Sign):
    sign: Literal["supervision_held_percent", "response_in_time_percent"]
    under: Percent


EarlyWarning = Annotated[BelowFunded | PlainSign | OverSign | UnderSign, Field(discriminator="sign")]
