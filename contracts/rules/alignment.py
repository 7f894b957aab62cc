"""Does the baseline pay for safe staffing when few members are enrolled?

Everything is for one month, in the contract's currency, exact until shown. What must be paid at all times: the minimum
safe posts, the supervision that they need (one supervisor for every `staff_per_supervisor` posts, at that role's
cost), the governance posts, and overhead on all of it. What comes in at `lowest_planned_members`: the block sums in
force and one rate for each member. The mix of levels is not a term, so the finding is the average rate that it takes;
it is out of reach only when even the dearest rate is less.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.rules.document import ContractDocument, RateCell

ZERO = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Post:
    """One line of what must be paid: whole-time posts at a monthly cost."""

    role: str
    posts: Decimal
    cost_per_wte: Decimal
    cost: Decimal


@dataclass(frozen=True)
class PlannedQuantity:
    """Planned member-months of one level, and of a cohort and geography where the plan splits by them."""

    level: str
    cohort: str
    geography: str
    quantity: Decimal


@dataclass(frozen=True)
class Alignment:
    """The finding, with every figure that it rests on."""

    on: date
    staffing: tuple[Post, ...]
    supervision: tuple[Post, ...]
    governance: tuple[Post, ...]
    subtotal: Decimal
    overhead_percent: Decimal
    overhead: Decimal
    needed: Decimal
    block: Decimal
    members: int
    left_for_rates: Decimal  # needed less block, never below zero
    required_average: Decimal | None  # per member and month; None without members
    dearest: Decimal | None  # the highest rate in force; None without rates
    planned_average: Decimal | None  # of the plan's level mix; None without a plan
    planned_unmatched: Decimal  # planned member-months for which there is no rate, left out of the average

    @property
    def possible(self) -> bool:
        """Whether any mix of levels pays for it."""
        return self.left_for_rates == 0 or (
            self.required_average is not None and self.dearest is not None and self.required_average <= self.dearest
        )

    @property
    def planned_gap(self) -> Decimal | None:
        """What the plan's mix brings beyond what is needed; negative: it falls short. None without a plan."""
        if self.planned_average is None:
            return None
        return self.block + self.planned_average * self.members - self.needed


def rate_for(cells: Iterable[RateCell], *, level: str, cohort: str, geography: str, day: date) -> RateCell | None:
    """The cell that says most about the member: cohort and geography, then cohort, then geography, then level."""
    matching = [
        cell
        for cell in cells
        if cell.level == level
        and cell.cohort in (None, cohort)
        and cell.geography in (None, geography)
        and cell.covers(day)
    ]
    return max(matching, key=lambda cell: (cell.cohort is not None, cell.geography is not None), default=None)


def align(document: ContractDocument, plan: Iterable[PlannedQuantity] = ()) -> Alignment:
    """Work out the alignment on the day from which the version is in force (the term's first, if that is later)."""
    baseline = document.baseline
    on = max(document.in_force_from, document.term.from_)
    staffing = tuple(_post(role.role, role.minimum_safe_wte, role.cost_per_wte) for role in baseline.staffing)
    supervision = tuple(
        _post(role.role, role.minimum_safe_wte / role.staff_per_supervisor, role.cost_per_wte)
        for role in baseline.staffing
        if role.staff_per_supervisor
    )
    governance = tuple(_post(post.role, post.wte, post.cost_per_wte) for post in baseline.governance_posts)
    subtotal = sum((post.cost for post in (*staffing, *supervision, *governance)), ZERO)
    overhead = subtotal * baseline.overhead_percent / HUNDRED
    needed = subtotal + overhead
    block = sum((block.amount for block in baseline.block if block.covers(on)), ZERO)
    members = baseline.lowest_planned_members
    if members is None:
        members = baseline.core_capacity_members or 0
    left = max(needed - block, ZERO)
    rates = [cell for cell in baseline.rates if cell.covers(on)]
    average, unmatched = _planned(rates, plan, on)
    return Alignment(
        on=on,
        staffing=staffing,
        supervision=supervision,
        governance=governance,
        subtotal=subtotal,
        overhead_percent=baseline.overhead_percent,
        overhead=overhead,
        needed=needed,
        block=block,
        members=members,
        left_for_rates=left,
        required_average=left / members if members else None,
        dearest=max((cell.amount for cell in rates), default=None),
        planned_average=average,
        planned_unmatched=unmatched,
    )


def _post(role: str, posts: Decimal, cost: Decimal) -> Post:
    return Post(role=role, posts=posts, cost_per_wte=cost, cost=posts * cost)


def _planned(rates: Iterable[RateCell], plan: Iterable[PlannedQuantity], on: date) -> tuple[Decimal | None, Decimal]:
    """(average rate of the planned member-months, member-months without a rate)."""
    money = matched = unmatched = ZERO
    cells = tuple(rates)
    for planned in plan:
        cell = rate_for(cells, level=planned.level, cohort=planned.cohort, geography=planned.geography, day=on)
        if cell is None:
            unmatched += planned.quantity
        else:
            money += planned.quantity * cell.amount
            matched += planned.quantity
    return (money / matched if matched else None), unmatched
