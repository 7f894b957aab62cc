"""How months are counted, rounded, corrected, approved and watched."""

from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, Tag

from contracts.rules.document.base import Code, Count, DayOfMonth, Days, Months, Part, Places, Seq, SomeOf, Whole

Component = Literal["baseline", "activity", "threshold", "stop_loss", "corridor", "withhold", "outcome"]
COMPONENTS: tuple[str, ...] = get_args(Component)
GateCode = Literal[
    "activity_verified",
    "capacity_assured",
    "referrals_verified",
    "outcomes_validated",
    "caseload_reviewed",
    "case_reviews_current",
    "actions_retested",
    "signals_decided",
]
GATES: tuple[str, ...] = get_args(GateCode)


class Rounding(Part):
    places: Places
    mode: Literal["half_up"] = "half_up"
    step: Literal["line", "total"]


class Disputes(Part):
    raise_days: Days
    answer_days: Days


class LedgerCode(Part):
    code: Code
    cost_centre: Code | None = None


class Settlement(Part):
    member_month: Literal["first", "day_15", "last", "any_day", "daily"]
    level_change: Literal["snapshot", "highest", "by_days"]
    rounding: Rounding
    recover_months: Months = Field(description="How far back an overpayment is taken back")
    pay_months: Months = Field(description="How far back an underpayment is made good")
    order: SomeOf[Component]
    close_after_day: DayOfMonth | None = Field(default=None, description="Left out: once the month has ended")
    disputes: Disputes | None = None
    prepared_by: Literal["provider", "commissioner"] = "provider"
    ledger_codes: dict[Component, LedgerCode] = {}


def _kind_of_hold(value: Any) -> str:
    return "<components>" if isinstance(value, list | tuple) else "<word>"


class Gate(Part):
    """Holds only what it names."""

    code: GateCode
    holds: Annotated[
        Annotated[Literal["nothing", "close"], Tag("<word>")] | Annotated[SomeOf[Component], Tag("<components>")],
        Discriminator(_kind_of_hold),
    ]

    @property
    def held_components(self) -> tuple[str, ...]:
        return () if isinstance(self.holds, str) else self.holds

    @property
    def holds_close(self) -> bool:
        return self.holds == "close"


Dimension = Literal["cohort", "geography", "level"]
EquityGroup = Literal["cohort", "geography", "level", "age_band", "sex", "ethnicity", "language", "disability"]


class Suppression(Part):
    """`threshold` hides counts from 1 to `below` - 1; `round` hides 1 to 7 and rounds the rest to fives."""

    method: Literal["threshold", "round"] = "threshold"
    below: Count = 11


class Monitoring(Part):
    variance_by: Seq[Dimension] = ("cohort", "geography", "level")
    baseline_points: Count = 12
    decide: Seq[Literal["contract", "slices", "drift"]] = ("contract", "drift")
    run_length: Count = 7
    immature_months: Whole = 2
    suppression: Suppression = Suppression()
    drift: Seq[Literal["activity_share_of_spend", "baseline_contacts_per_member_month", "upgrades_per_1000"]] = (
        "activity_share_of_spend",
        "baseline_contacts_per_member_month",
        "upgrades_per_1000",
    )
    age_bands: Seq[Count] = (18, 40, 65, 80)
    equity_groups: Seq[EquityGroup] = ("cohort", "geography", "age_band", "sex", "ethnicity", "language", "disability")
