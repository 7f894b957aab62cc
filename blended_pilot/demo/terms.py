"""The contract documents of the demo: three versions with the first provider, one with the second.

They hold what the program can compute. A later part of the program brings its part of the terms as a new version.
"""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import yaml

from blended_pilot.demo.intake import ELIGIBILITY, INSTRUMENT
from blended_pilot.demo.people import COMMISSIONER
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.stays import SERVICE
from blended_pilot.demo.story import Story
from blended_pilot.kernel.money import rounded
from blended_pilot.kernel.periods import DAY

Document = dict[str, Any]

BASE_RATES = {"L1": Decimal("42.00"), "L2": Decimal("118.00"), "L3": Decimal("265.00"), "L4": Decimal("410.00")}
TIMEZONE = "America/New_York"
ATTACHMENTS = {
    "financial-model.csv": b"role,funded_wte,cost_per_wte\ncare_manager,11.0,6900.00\nnurse,3.5,8200.00\n",
    "demand-model.csv": b"quarter,referrals,crisis_visits\n1,340,88\n2,330,74\n3,325,69\n4,350,91\n",
}

LEVELS = [
    {"code": "L1", "rank": 1, "name": "Core", "description": "Care management and navigation"},
    {"code": "L2", "rank": 2, "name": "Enhanced", "description": "Weekly coordination"},
    {
        "code": "L3",
        "rank": 3,
        "name": "Intensive",
        "description": "Multi-disciplinary input several times a week",
    },
    {"code": "L4", "rank": 4, "name": "Daily support", "description": "Time-limited daily support"},
]
COHORTS = {"adult": "Adults", "older": "Older adults", "complex": "Complex needs"}
GEOGRAPHIES = {"north": "North", "south": "South", "islands": "Islands", "west": "West"}
BASELINE_SERVICES = {
    "outreach": "Proactive outreach",
    "care_plan": "Care planning",
    "coordinate": "Primary care coordination",
    "benefits": "Benefits navigation",
    "monitor": "Routine monitoring",
}
CRITERIA = [
    {"code": "acute", "text": "Acute deterioration since the last contact"},
    {"code": "same_day", "text": "Face to face on the day it was asked for"},
]


def documents(story: Story, provider: Provider) -> list[Document]:
    """Every version of a provider's contract, in order."""
    if not provider.larger:
        return [_small(story, provider)]
    versions = [_first(story, provider), _second(story, provider)]
    return versions if story.review_month is None else [*versions, _third(story, provider)]


# how requests are decided: see `blended_pilot.demo.decisions`
AUTHORIZATION: Document = {
    "clocks": {
        "standard": {"days": 7, "basis": "calendar"},
        "expedited": {"hours": 72},
        "information_request": {"effect": "extend", "days": 14},
        "warn_at_percent": [50, 80],
        "late": "escalate",
    },
    "max_days": {"L2": 180, "L3": 90, "L4": 28},
    "retroactive_start_days": 14,
    "urgent_start": True,
    "review_before_end_days": 7,
    "downgrade_notice_days": 10,
    "reconsideration_days": 60,
    "reasons": {
        "deny": ["criteria_not_met", "insufficient_evidence", "lower_level_sufficient", "duplicate_request"],
        "difference": ["clinical_judgment", "recent_change", "member_choice", "capacity"],
    },
    "triggers": {
        "minimum": 1,
        "list": [
            {"code": "unplanned_contacts", "kind": "activity_count", "planned": False, "count": 2, "within_days": 60},
            {"code": "missed_follow_up", "kind": "follow_up_overdue", "days": 7},
            {"code": "safeguarding", "kind": "attested", "evidence": "required"},
        ],
    },
}


def as_yaml(document: Document) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def _frame(story: Story, provider: Provider, *, title: str, name: str) -> Document:
    """What every version of every contract of the pilot has in common, up to its services."""
    return {
        "schema": "blended-pilot/contract/1",
        "code": provider.contract,
        "title": title,
        "pilot": {"code": "harbor", "name": "Harbor County integrated pilot"},
        "version": 1,
        "in_force_from": story.term_starts_on,
        "commissioner": {"code": COMMISSIONER, "name": "Harbor County Commissioning"},
        "provider": {"code": provider.code, "name": name},
        "currency": "USD",
        "timezone": TIMEZONE,
        "calendar": {"country": "US"},
        "term": {"from": story.term_starts_on, "to": story.term_ends_on},
        "levels": [dict(level) for level in LEVELS],
        "cohorts": [{"code": code, "name": COHORTS[code]} for code, _ in provider.cohorts],
        "geographies": [{"code": place.geography, "name": GEOGRAPHIES[place.geography]} for place in provider.places],
        "eligibility": deepcopy(ELIGIBILITY),
        "authorization": {
            **deepcopy(AUTHORIZATION),
            "instruments": [deepcopy(INSTRUMENT)],
            "lapse": {"paid_level": "L1"},
        },
    }


def _baseline_services() -> list[Document]:
    services: list[Document] = [
        {"code": code, "name": name, "kind": "baseline", "unit": "contact"} for code, name in BASELINE_SERVICES.items()
    ]
    services[0]["template"] = ["purpose", "mode", "place", "minutes", "outcome", "next_step"]
    return services


def _crisis_visit(price: Any, **more: Any) -> Document:
    return {
        "code": "crisis_visit",
        "name": "Crisis visit",
        "kind": "episodic",
        "unit": "visit",
        "price": price,
        "authorization": "not_required",
        "criteria": [dict(criterion) for criterion in CRITERIA],
        "maximum": {"units": 6, "within_days": 30},
        **more,
        "filing_limit_days": 60,
        "follow_up_days": 7,
    }


def _first(story: Story, provider: Provider) -> Document:
    start, raised = story.term_starts_on, story.month(min(6, story.uplift_month))
    document = _frame(story, provider, title="Harbor County blended pilot", name="Tidewater Community Care")
    document["attachments"] = [
        {"title": "Provider financial model", "file": "financial-model.csv"},
        {"title": "Demand modelling", "file": "demand-model.csv"},
    ]
    document["services"] = [
        *_baseline_services(),
        _crisis_visit(
            [
                {"from": start, "to": raised - DAY, "amount": "185.00"},
                {"from": raised, "amount": "190.00"},
            ],
            bundled_into=[SERVICE],
        ),
        {
            "code": SERVICE,
            "name": "Stabilization package",
            "kind": "episodic",
            "unit": "day",
            "price": {
                "tiers": [{"to": 5, "amount": "310.00"}, {"to": 10, "amount": "260.00"}, {"amount": "120.00"}],
                "per": "episode",
                "mode": "marginal",
            },
            "authorization": "required",
            "filing_limit_days": 60,
            "follow_up_days": 7,
        },
        {
            "code": "specialist",
            "name": "Specialist session (as billed)",
            "kind": "episodic",
            "unit": "session",
            "price": "as_billed",
            "price_ceiling": "450.00",
            "authorization": "not_required",
            "filing_limit_days": 90,
        },
        {
            "code": "inpatient_day",
            "name": "Inpatient day (costed)",
            "kind": "episodic",
            "unit": "day",
            "price": "as_billed",
            "paid": False,
            "authorization": "not_required",
        },
    ]
    document["authorization"]["max_episode"] = {SERVICE: {"units": 14, "days": 21}}
    document["baseline"] = {
        "block": [
            {
                "code": "infrastructure",
                "name": "Core infrastructure",
                "amount": "18000.00",
                "per": "month",
                "from": start,
            }
        ],
        "package": _package(),
        "rates": [
            *({"level": level, "amount": str(amount), "from": start} for level, amount in BASE_RATES.items()),
            {"level": "L3", "cohort": "complex", "amount": "298.00", "from": start},
            {
                "level": "L3",
                "cohort": "complex",
                "geography": "islands",
                "amount": "325.00",
                "from": story.month(min(3, story.uplift_month)),
            },
        ],
        "paid_when": "enrolled",
        **_staffing(provider),
    }
    document["settlement"] = _settlement(
        member_month="day_15", level_change="snapshot", rounding={"places": 2, "mode": "half_up", "step": "line"}
    )
    document["gates"] = [{"code": "activity_verified", "holds": "nothing"}]
    return document


def _second(story: Story, provider: Provider) -> Document:
    """The uplift: a rate and a price rise from a month that had closed when it was signed."""
    document = _first(story, provider)
    uplift = story.month(story.uplift_month)
    document["version"] = 2
    document["in_force_from"] = uplift
    document["baseline"]["rates"][1]["amount"] = "122.50"
    crisis_visit = next(service for service in document["services"] if service["code"] == "crisis_visit")
    prices = [price for price in crisis_visit["price"] if price["from"] < uplift]
    prices[-1]["to"] = uplift - DAY
    crisis_visit["price"] = [*prices, {"from": uplift, "amount": "196.00"}]
    return document


def _third(story: Story, provider: Provider) -> Document:
    """Weekly reviews become a condition that is shown."""
    document = _second(story, provider)
    document["version"] = 3
    document["in_force_from"] = story.month(story.review_month or 0)
    document["gates"] = [*document["gates"], {"code": "caseload_reviewed", "holds": "nothing"}]
    return document


def _small(story: Story, provider: Provider) -> Document:
    document = _frame(story, provider, title="Harbor County blended pilot, western shore", name="Marsh Lane Support")
    document["services"] = [*_baseline_services(), _crisis_visit([{"from": story.term_starts_on, "amount": "172.00"}])]
    document["baseline"] = {
        "package": _package(),
        "rates": [
            {"level": level, "amount": str(amount - 2), "from": story.term_starts_on}
            for level, amount in BASE_RATES.items()
        ],
        "paid_when": "enrolled",
    }
    document["settlement"] = _settlement(
        member_month="daily", level_change="by_days", rounding={"places": 2, "mode": "half_up", "step": "total"}
    )
    document["gates"] = [{"code": "activity_verified", "holds": "nothing"}]
    return document


def _package() -> list[Document]:
    return [
        {"service": "outreach", "expected": {"L1": "1/month", "L2": "2/month", "L3": "4/month", "L4": "8/month"}},
        {
            "service": "care_plan",
            "expected": {"L1": "1/half_year", "L2": "1/quarter", "L3": "1/month", "L4": "1/month"},
        },
        {"service": "monitor", "expected": {"L1": "1/quarter", "L2": "1/month", "L3": "2/month", "L4": "4/month"}},
        {"service": "coordinate", "expected": {"L3": "1/month", "L4": "2/month"}},
        {"service": "benefits", "expected": {"L1": "1/half_year"}},
    ]


def _staffing(provider: Provider) -> Document:
    """Posts that the baseline pays for, in proportion to the members."""

    def posts(per_thousand: str) -> str:
        return str(max(Decimal("0.1"), rounded(Decimal(per_thousand) * provider.members / 1000, 1)))

    return {
        "staffing": [
            {
                "role": role,
                "funded_wte": posts(funded),
                "minimum_safe_wte": posts(minimum),
                "cost_per_wte": cost,
                "staff_per_supervisor": per_supervisor,
                "supervision_per_month": supervision,
                **more,
            }
            for role, funded, minimum, cost, per_supervisor, supervision, more in (
                ("care_manager", "9.2", "7.1", "6900.00", 8, 2, {"caseload_per_wte": 105}),
                ("nurse", "2.9", "2.1", "8200.00", 6, 1, {}),
                ("peer_worker", "2.1", "1.3", "4700.00", 6, 1, {}),
            )
        ],
        "governance_posts": [{"role": "clinical_director", "wte": posts("0.4"), "cost_per_wte": "14500.00"}],
        "overhead_percent": "12.0",
        "core_capacity_members": provider.members,
        "lowest_planned_members": max(1, provider.members * 3 // 4),
    }


def _settlement(**own: Any) -> Document:
    return {
        **own,
        "recover_months": 24,
        "pay_months": 12,
        "close_after_day": 12,
        "disputes": {"raise_days": 30, "answer_days": 20},
        "prepared_by": "provider",
        "order": ["baseline", "activity"],
        "ledger_codes": {
            "baseline": {"code": "5100", "cost_centre": "PILOT"},
            "activity": {"code": "5200", "cost_centre": "PILOT"},
        },
    }
