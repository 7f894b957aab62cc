"""A contract with every part of authorization, its people, and a member at a level: where requests are made."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from accounts.models import Role, User
from authorizations.models import Request
from authorizations.operations.requests import Attached, Wish, draft, submit
from authorizations.operations.verdicts import Verdict
from contracts.models import Contract
from eligibility.models import Member
from tests.factories.accounts import person
from tests.factories.authorizations import AssessmentFactory
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import CoverageSpanFactory, LevelSpanFactory, MemberFactory

MONDAY = datetime(2026, 3, 2, 14, tzinfo=UTC)  # nine in the morning in New York

LEVELS = [
    {"code": "L1", "rank": 1, "name": "Core"},
    {"code": "L2", "rank": 2, "name": "Enhanced"},
    {"code": "L3", "rank": 3, "name": "Intensive"},
    {"code": "L4", "rank": 4, "name": "Daily support"},
]
SERVICES = [
    {"code": "outreach", "name": "Proactive outreach", "kind": "baseline", "unit": "contact"},
    {
        "code": "crisis_visit",
        "name": "Crisis visit",
        "kind": "episodic",
        "unit": "visit",
        "price": "185.00",
        "authorization": "not_required",
    },
    {
        "code": "stabilization_day",
        "name": "Stabilization package",
        "kind": "episodic",
        "unit": "day",
        "price": "310.00",
        "authorization": "required",
    },
]
TRIGGERS = [
    {"code": "unplanned_contacts", "kind": "activity_count", "planned": False, "count": 3, "within_days": 14},
    {"code": "deterioration", "kind": "score_rise", "instrument": "acuity", "by": 4, "within_days": 60},
    {"code": "missed_follow_up", "kind": "follow_up_overdue", "days": 7},
    {"code": "safeguarding", "kind": "attested", "evidence": "required"},
]
AUTHORIZATION: dict[str, Any] = {
    "instruments": [
        {
            "code": "acuity",
            "version": "2",
            "score": {"min": 0, "max": 30},
            "levels": [
                {"from": 0, "to": 7, "level": "L1"},
                {"from": 8, "to": 14, "level": "L2"},
                {"from": 15, "to": 22, "level": "L3"},
                {"from": 23, "to": 30, "level": "L4"},
            ],
        }
    ],
    "clocks": {
        "standard": {"days": 7, "basis": "calendar"},
        "expedited": {"hours": 72},
        "information_request": {"effect": "extend", "days": 14},
        "warn_at_percent": [50, 80],
        "late": "escalate",
    },
    "max_days": {"L2": 180, "L3": 90, "L4": 28},
    "max_episode": {"stabilization_day": {"units": 14, "days": 21}},
    "retroactive_start_days": 14,
    "urgent_start": True,
    "review_before_end_days": 7,
    "lapse": {"paid_level": "L1"},
    "downgrade_notice_days": 10,
    "reconsideration_days": 60,
    "reasons": {
        "deny": ["criteria_not_met", "insufficient_evidence"],
        "difference": ["clinical_judgment", "recent_change"],
    },
    "triggers": {"minimum": 1, "list": TRIGGERS},
}


@dataclass
class Care:
    """One contract under way: `member` is covered and at L2 until the end of June."""

    contract: Contract
    member: Member
    people: dict[tuple[str, str], User] = field(default_factory=dict)

    def at(self, role: str, which: str = "", side: str = "provider") -> User:
        key = (role, f"{which}{side}")
        if key not in self.people:
            self.people[key] = person(role, getattr(self.contract, side))
        return self.people[key]

    @property
    def practitioner(self) -> User:
        return self.at(Role.PRACTITIONER)

    @property
    def lead(self) -> User:
        return self.at(Role.CLINICAL_LEAD)

    @property
    def second_lead(self) -> User:
        return self.at(Role.CLINICAL_LEAD, "second")

    def unplanned(self, *days: date) -> None:
        """Crisis visits that nobody had planned."""
        for day in days:
            ActivityFactory(
                contract=self.contract, member=self.member, service="crisis_visit", planned=False, occurred_on=day
            )

    def scored(self, day: date, score: int, level: str = "L3") -> Any:
        return AssessmentFactory(
            contract=self.contract, member=self.member, assessed_on=day, score=score, suggested_level=level
        )

    def asked(self, kind: str = "upgrade", *, now: datetime = MONDAY, by: User | None = None, **wish: Any) -> Request:
        """A request by the practitioner, submitted."""
        made = self.drafted(kind, now=now, by=by, **wish)
        return submit(request_id=made.pk, actor=by or self.practitioner, now=now)

    def drafted(
        self,
        kind: str = "upgrade",
        *,
        now: datetime = MONDAY,
        by: User | None = None,
        files: tuple[Attached, ...] = (),
        **wish: Any,
    ) -> Request:
        level = {} if kind == "episode" else {"requested_level": "L3"}
        return draft(
            contract_id=self.contract.pk,
            member_id=self.member.pk,
            kind=kind,
            wish=Wish(**{"grounds": "Calls every night.", "starts_on": date(2026, 3, 2), **level, **wish}),
            files=files,
            actor=by or self.practitioner,
            now=now,
        )


def care(
    code: str = "CARE-1",
    *,
    level: str = "L2",
    document: dict[str, Any] | None = None,
    services: dict[str, Any] | None = None,
    **authorization: Any,
) -> Care:
    """`services` says what of a service, by its code, is otherwise than in SERVICES."""
    contract = signed_contract(
        code=code,
        commissioner={"code": f"{code}-county".lower(), "name": f"{code} County"},
        provider={"code": f"{code}-care".lower(), "name": f"{code} Care"},
        levels=LEVELS,
        services=[{**one, **(services or {}).get(one["code"], {})} for one in SERVICES],
        eligibility={"provisional_level": "L1"},
        authorization={**AUTHORIZATION, **authorization},
        baseline={"rates": [{"level": one["code"], "amount": "40.00"} for one in LEVELS]},
        **(document or {}),
    )
    member = MemberFactory(organisation=contract.provider)
    CoverageSpanFactory(contract=contract, member=member)
    if level:
        LevelSpanFactory(contract=contract, member=member, level=level, ends_before=date(2026, 7, 1))
    return Care(contract, member)


def approval(**given: Any) -> Verdict:
    return Verdict(
        **{
            "approve": True,
            "level": "L3",
            "starts_on": date(2026, 3, 2),
            "ends_before": date(2026, 5, 1),
            "necessity": "Needs daily contact.",
            "risk": "Admission.",
            "criteria": "unplanned_contacts",
            **given,
        }
    )


def denial(**given: Any) -> Verdict:
    return Verdict(
        **{
            "approve": False,
            "deny_reason": "criteria_not_met",
            "necessity": "Stable.",
            "risk": "Low.",
            "criteria": "acuity",
            **given,
        }
    )
