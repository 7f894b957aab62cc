"""What the baseline buys, for how much, and the staffing that it must always pay for."""

from typing import Literal

from pydantic import Field

from contracts.rules.document.base import (
    Amount,
    Code,
    Count,
    LongCode,
    Name,
    Often,
    Part,
    Percent,
    Positive,
    Range,
    Seq,
    Whole,
)


class Block(Range):
    """A fixed monthly sum, beside the rates or instead of them."""

    code: Code
    name: Name
    amount: Amount
    per: Literal["month"] = "month"


class PackageItem(Part):
    """How often a service is expected at each level; a level left out does not include it."""

    service: LongCode
    expected: dict[Code, Often]


class RateCell(Range):
    """A monthly amount for a member at `level`; the cell that says most about the member wins."""

    level: Code
    cohort: Code | None = None
    geography: Code | None = None
    amount: Amount


class StaffingRole(Part):
    """Posts of one role; the cost is that of a whole post for a month."""

    role: Code
    funded_wte: Amount
    minimum_safe_wte: Amount
    cost_per_wte: Amount
    staff_per_supervisor: Positive | None = None
    supervision_per_month: Amount | None = None
    caseload_per_wte: Positive | None = None


class GovernancePost(Part):
    role: Code
    wte: Amount
    cost_per_wte: Amount


class Baseline(Part):
    block: Seq[Block] = ()
    package: Seq[PackageItem] = ()
    rates: Seq[RateCell] = ()
    paid_when: Literal["enrolled", "delivered"] = "enrolled"
    staffing: Seq[StaffingRole] = ()
    governance_posts: Seq[GovernancePost] = ()
    overhead_percent: Percent = Field(default=0, validate_default=True)
    core_capacity_members: Count | None = None
    lowest_planned_members: Whole | None = Field(
        default=None,
        description="Left out: core_capacity_members, or else the block sums alone must carry the staffing",
    )
