"""What was delivered month by month, by level of care, and what became of members who got all of it or a part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from baseline.queries import sql
from baseline.queries.caseload import Caseload, caseload
from baseline.queries.terms import package_terms, service_terms
from blended_pilot.kernel.periods import add_months, next_month
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import LevelSpan


@dataclass(frozen=True)
class LevelMonth:
    """One level of care in one month. Without a level: contacts of people who were not covered that day."""

    month: date
    level: str | None
    members: int
    member_months: Decimal
    baseline: int  # contacts
    episodic: int  # contacts
    minutes: int

    @property
    def rate(self) -> Decimal | None:
        """Baseline contacts for each member-month."""
        return self.baseline / self.member_months if self.member_months else None


@dataclass(frozen=True)
class Escalated:
    """Members with a package at the end of `month`, and how many of them moved to a higher level in the time after."""

    month: date
    fully: int
    fully_escalated: int
    partly: int
    partly_escalated: int


def by_level(contract: Contract, *, first: date, last: date) -> list[LevelMonth]:
    """Every month from `first` to `last` (firsts of month, both included) and level that has anything in it."""
    values = {
        "contract": contract.pk,
        "first": first,
        "last": last,
        **service_terms(contract.pk),
        **package_terms(contract.pk, next_month(last)),
    }
    return [
        LevelMonth(
            month=row["month"],
            level=row["level"],
            members=row["members"],
            member_months=row["member_months"],
            baseline=int(row["baseline"]),
            episodic=int(row["episodic"]),
            minutes=int(row["minutes"]),
        )
        for row in sql.rows("months_by_level", values)
    ]


def later_escalation(contract: Contract, month: date, *, months: int = 3) -> Escalated:
    """Fully against partly served at the end of `month`, by moves to a higher level in the `months` months after it.

    An association: who needs more may both be harder to reach and rise more often.
    """
    return escalation_of(contract, caseload(contract, starts_on=month, ends_before=next_month(month)), months=months)


def escalation_of(contract: Contract, shown: Caseload, *, months: int) -> Escalated:
    """The same of a month whose caseload is at hand, member by member."""
    month = shown.starts_on
    ranks = _ranks(contract)
    after, before = next_month(month), add_months(month, months + 1)
    moved: dict[int, list[str]] = {}
    spans = LevelSpan.objects.filter(contract=contract, starts_on__gte=after, starts_on__lt=before)
    for member_id, level in spans.values_list("member_id", "level"):
        moved.setdefault(member_id, []).append(level)

    def rose(member_id: int, level: str | None) -> bool:
        return any(ranks.get(new, 0) > ranks.get(level or "", 0) for new in moved.get(member_id, ()))

    served: Sequence[bool] = [
        rose(one.member_id, one.level) for one in shown.members if one.with_package and one.served
    ]
    part: Sequence[bool] = [
        rose(one.member_id, one.level) for one in shown.members if one.with_package and not one.served
    ]
    return Escalated(month, len(served), sum(served), len(part), sum(part))


def _ranks(contract: Contract) -> dict[str, int]:
    terms = signed_terms(contract.pk)
    return {level.code: level.rank for version in terms.versions for level in version.document.levels}
