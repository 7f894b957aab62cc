"""What stories about money need: a signed contract, people of both sides, members, work, and months that close."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from accounts.queries.people import system_user
from baseline.models import Activity
from contracts.models import Contract
from contracts.operations.documents import load
from contracts.operations.signing import sign
from eligibility.models import CoverageSpan, LevelSpan, Member
from tests.factories.contracts import document, signatory, signed_contract
from variance.models import Cycle, CycleStatus, LedgerEntry, Statement
from variance.operations import cycles

LONG_AFTER = datetime(2030, 1, 1, 12, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
VISIT = {
    "code": "visit",
    "name": "Visit",
    "kind": "episodic",
    "unit": "visit",
    "price": "50.00",
    "criteria": [{"code": "acute", "text": "Acute"}],
    "filing_limit_days": 400,
}
OUTREACH = {"code": "outreach", "name": "Outreach", "kind": "baseline", "unit": "contact"}

Line = tuple[str, str, str, str, Decimal, Decimal, str]


@dataclass
class Story:
    contract: Contract
    preparer: User
    approver: User

    def member(
        self, reference: str, starts_on: date = JANUARY, ends_before: date | None = None, **place: str
    ) -> Member:
        member = Member.objects.create(organisation=self.contract.provider, reference=reference)
        self.cover(member, starts_on, ends_before, **place)
        return member

    def cover(self, member: Member, starts_on: date, ends_before: date | None = None, **place: str) -> CoverageSpan:
        where = {"cohort": "adult", "geography": "north", **place}
        return CoverageSpan.objects.create(
            **self._owner(), member=member, starts_on=starts_on, ends_before=ends_before, **where
        )

    def level(
        self, member: Member, level: str, starts_on: date = JANUARY, ends_before: date | None = None
    ) -> LevelSpan:
        return LevelSpan.objects.create(
            **self._owner(), member=member, level=level, starts_on=starts_on, ends_before=ends_before,
            decided_on=starts_on, decided_by="Dr Marsh", rationale="As seen.",
        )  # fmt: skip

    def visit(self, member: Member, reference: str, on: date, **values: Any) -> Activity:
        verified = values.pop("verified", True)
        given = {
            "service": "visit",
            "units": Decimal(1),
            "received_on": on + timedelta(1),
            "verified_on": on if verified else None,
            "verified_by": "Grace" if verified else "",
            **values,
        }
        return Activity.objects.create(**self._owner(), member=member, activity_ref=reference, occurred_on=on, **given)

    def new_version(self, **overrides: Any) -> None:
        """Load and sign the next version by both parties."""
        number = self.contract.versions.count() + 1
        values = {**self.contract.versions.order_by("number").last().document, "version": number, **overrides}
        loaded = load(
            source=json.dumps(values).encode(), source_format="json", actor=self.preparer, now=LONG_AFTER
        ).version
        for signer in (self.preparer, self.approver):
            sign(version_id=loaded.pk, actor=signer, now=LONG_AFTER)

    def calculated(self, month: date) -> Cycle:
        cycle = Cycle.objects.filter(contract=self.contract, month=month).first()
        if cycle is None:
            cycle = cycles.open_cycle(contract_id=self.contract.pk, month=month, actor=system_user(), now=LONG_AFTER)
        return cycles.calculate(cycle_id=cycle.pk, actor=system_user(), now=LONG_AFTER)

    def approved(self, month: date) -> Cycle:
        cycle = self.calculated(month)
        cycles.submit_for_review(cycle_id=cycle.pk, actor=self.preparer, now=LONG_AFTER)
        return cycles.approve(cycle_id=cycle.pk, actor=self.approver, now=LONG_AFTER)

    def close(self, month: date) -> Statement:
        cycle = self.approved(month)
        return cycles.close(cycle_id=cycle.pk, actor=self.approver, now=LONG_AFTER)

    def lines(self, month: date) -> list[Line]:
        """Service month, component, level, service, quantity, amount and reason of what the month's cycle posted."""
        posted = LedgerEntry.objects.filter(contract=self.contract, cycle__month=month)
        return sorted(
            (
                f"{entry.service_month:%Y-%m}",
                entry.component,
                entry.level,
                entry.service,
                entry.quantity,
                entry.amount,
                entry.reason,
            )
            for entry in posted
        )

    def closed_months(self) -> int:
        return Cycle.objects.filter(contract=self.contract, status=CycleStatus.CLOSED).count()

    def _owner(self) -> dict[str, Any]:
        return {"organisation": self.contract.provider, "contract": self.contract}


def story(**overrides: Any) -> Story:
    """A contract with a baseline service and a visit at 50.00; rates L1 40.00, L2 120.00, L3 400.00 on the first."""
    settlement = {**document()["settlement"], "member_month": "first", **overrides.pop("settlement", {})}
    values = {
        "services": [OUTREACH, VISIT],
        "settlement": settlement,
        "eligibility": {"provisional_level": "L1"},
        **overrides,
    }
    contract = signed_contract(**values)
    return Story(contract, signatory(contract.provider), signatory(contract.commissioner))
