"""A document that uses every part of the schema, for tests to break one thing at a time."""

from copy import deepcopy
from typing import Any

FULL: dict[str, Any] = {
    "schema": "blended-pilot/contract/1",
    "code": "FULL-2026",
    "title": "Every part of an agreement",
    "pilot": {"code": "valley", "name": "Valley pilot"},
    "version": 1,
    "in_force_from": "2026-01-01",
    "commissioner": {"code": "valley-county", "name": "Valley County"},
    "provider": {"code": "riverside", "name": "Riverside Care"},
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "calendar": {"country": "DE", "subdivision": "BE", "extra_holidays": ["2026-05-04"]},
    "term": {"from": "2026-01-01", "to": "2027-12-31"},
    "attachments": [{"title": "Model", "file": "model.xlsx"}, {"title": "Demand", "file": "demand.pdf"}],
    "levels": [
        {"code": "A", "rank": 1, "name": "Base", "description": "Regular calls"},
        {"code": "B", "rank": 2, "name": "More"},
        {"code": "C", "rank": 3, "name": "Most"},
    ],
    "cohorts": [{"code": "young", "name": "Young"}, {"code": "old", "name": "Old"}],
    "geographies": [{"code": "hill", "name": "Hill"}, {"code": "vale", "name": "Vale"}],
    "eligibility": {
        "criteria": [
            {"code": "lives_here", "text": "Lives in the valley", "evidence": "required"},
            {"code": "agrees", "text": "Agrees", "evidence": "none"},
        ],
        "all_of": ["lives_here", "agrees"],
        "provisional_level": "A",
        "referral_response_hours": {"routine": 100, "urgent": 20},
    },
    "authorization": {
        "instruments": [
            {
                "code": "need",
                "version": "3",
                "score": {"min": 0, "max": 20},
                "levels": [
                    {"from": 0, "to": 5, "level": "A"},
                    {"from": 6, "to": 12, "level": "B"},
                    {"from": 13, "to": 20, "level": "C"},
                ],
                "flags": ["alone"],
                "overrides": [{"when": "alone", "at_least": "B"}],
            }
        ],
        "clocks": {
            "standard": {"days": 10, "basis": "business"},
            "expedited": {"hours": 48},
            "information_request": {"effect": "extend", "days": 7},
            "warn_at_percent": [40, 90],
            "late": "deny",
        },
        "max_days": {"B": 100, "C": 50},
        "max_episode": {"respite": {"units": 10, "days": 20}},
        "retroactive_start_days": 7,
        "urgent_start": True,
        "review_before_end_days": 5,
        "lapse": {"paid_level": "A"},
        "downgrade_notice_days": 5,
        "reconsideration_days": 30,
        "reasons": {"deny": ["not_met"], "difference": ["judgment"]},
        "triggers": {
            "minimum": 1,
            "list": [
                {"code": "contacts", "kind": "activity_count", "planned": False, "count": 2, "within_days": 10},
                {"code": "worse", "kind": "score_rise", "instrument": "need", "by": 3, "within_days": 30},
                {"code": "missed", "kind": "follow_up_overdue", "days": 5},
                {"code": "seen", "kind": "attested", "evidence": "required"},
            ],
        },
    },
    "services": [
        {
            "code": "call",
            "name": "Call",
            "kind": "baseline",
            "unit": "contact",
            "template": ["minutes", {"code": "mood", "label": "Mood", "type": "choice", "choices": ["good", "low"]}],
        },
        {"code": "plan", "name": "Planning", "kind": "baseline", "unit": "contact"},
        {
            "code": "visit",
            "name": "Urgent visit",
            "kind": "episodic",
            "unit": "visit",
            "price": [
                {"from": "2026-01-01", "to": "2026-06-30", "amount": "90.00"},
                {"from": "2026-07-01", "amount": "95.00"},
            ],
            "authorization": "not_required",
            "criteria": [{"code": "sudden", "text": "Sudden need"}],
            "maximum": {"units": 3, "within_days": 20},
            "bundled_into": ["respite"],
            "filing_limit_days": 45,
        },
        {
            "code": "respite",
            "name": "Respite",
            "kind": "episodic",
            "unit": "day",
            "price": {
                "tiers": [{"to": 4, "amount": "200.00"}, {"to": 8, "amount": "150.00"}, {"amount": "100.00"}],
                "per": "episode",
                "mode": "cliff",
            },
            "authorization": "required",
            "follow_up_days": 5,
        },
        {
            "code": "expert",
            "name": "Expert",
            "kind": "episodic",
            "unit": "session",
            "price": "as_billed",
            "price_ceiling": "300.00",
        },
        {"code": "bed", "name": "Bed day", "kind": "episodic", "unit": "day", "price": "80.00", "paid": False},
    ],
    "baseline": {
        "block": [{"code": "base", "name": "Base sum", "amount": "9000.00", "per": "month", "from": "2026-01-01"}],
        "package": [
            {"service": "call", "expected": {"A": "1/month", "B": "2/month"}},
            {"service": "plan", "expected": {"A": "1/year"}},
        ],
        "rates": [
            {"level": "A", "amount": "30.00", "from": "2026-01-01", "to": "2026-06-30"},
            {"level": "A", "amount": "31.00", "from": "2026-07-01"},
            {"level": "B", "amount": "90.00"},
            {"level": "B", "cohort": "old", "amount": "99.00"},
            {"level": "B", "geography": "hill", "amount": "97.00"},
            {"level": "C", "cohort": "old", "geography": "hill", "amount": "250.00"},
        ],
        "paid_when": "delivered",
        "staffing": [
            {
                "role": "nurse",
                "funded_wte": "5.0",
                "minimum_safe_wte": "4.0",
                "cost_per_wte": "5000.00",
                "staff_per_supervisor": 8,
                "supervision_per_month": 1,
                "caseload_per_wte": 50,
            }
        ],
        "governance_posts": [{"role": "director", "wte": "0.5", "cost_per_wte": "9000.00"}],
        "overhead_percent": "10.0",
        "core_capacity_members": 400,
        "lowest_planned_members": 300,
    },
    "thresholds": [
        {
            "code": "demand",
            "measure": "referrals",
            "period": "month",
            "expected": 50,
            "price": "80.00",
            "bands": [
                {"from": 0, "to": "0.95", "share": "0.5"},
                {"from": "0.95", "to": "1.05", "share": 0},
                {"from": "1.05", "share": "0.5"},
            ],
            "limit": {"floor": "-900.00", "cap": "900.00"},
            "reopen": {"beyond_percent": 30, "months": 2},
        },
        {
            "code": "spend",
            "measure": "value:*",
            "period": "year_to_date",
            "expected": {"2026-01": 1000, "2026-02": 900},
            "bands": [{"from": 0, "share": "0.5"}],
        },
    ],
    "stop_loss": {
        "payment": [
            {
                "code": "costly",
                "per": "member",
                "basis": "contract_year",
                "components": ["activity", "costed"],
                "bands": [{"from": 0, "to": 5000, "share": 0}, {"from": 5000, "share": "0.9"}],
                "limit": "50000.00",
            }
        ],
        "triggers": [
            {"code": "episode", "kind": "member_cost", "within_days": 60, "over": "4000.00", "review_days": 10},
            {
                "code": "often",
                "kind": "activity_count",
                "service": "visit",
                "count": 4,
                "within_days": 60,
                "review_days": 10,
            },
        ],
    },
    "corridor": {
        "target": {"percent_of_plan": 100},
        "bands": [{"from": 0, "to": "0.95", "share": "-0.5"}, {"from": "0.95", "share": "-0.5"}],
        "limit": "90000.00",
    },
    "early_warnings": [
        {"sign": "below_funded_wte", "percent": 10, "months": 2, "to": ["finance"]},
        {"sign": "rota_gaps", "over": 5, "months": 1, "to": ["supervisor", "finance"]},
        {"sign": "supervision_held_percent", "under": 80, "to": ["quality"]},
    ],
    "outcomes": {
        "pool": {"withhold_percent_of": "baseline", "percent": "2.0"},
        "attribution": {"coverage_days": 20, "delivered_within_days": 60},
        "settled": "quarter",
        "measures": [
            {
                "code": "follow",
                "name": "Seen again in time",
                "definition": {"numerator": "Seen again", "denominator": "Episodes ended"},
                "source": "computed",
                "compute": {"kind": "follow_up", "service": "respite", "days": 5},
                "frequency": "quarter",
                "higher_is_better": True,
                "minimum_denominator": 10,
                "validation": {"sample_percent": 10, "sample_minimum": 5, "tolerance_percent": 5},
                "gate": {"at_least": "0.5"},
                "scale": {"floor": "0.6", "target": "0.9"},
                "weight": "0.6",
            },
            {
                "code": "unplanned",
                "name": "Unplanned contacts",
                "definition": {"numerator": "Unplanned contacts", "denominator": "Member-months", "per": 1000},
                "source": "computed",
                "compute": {"kind": "unplanned_rate"},
                "higher_is_better": False,
                "ladder": [{"at": "90", "pays": "0.5"}, {"at": "70", "pays": "1.0"}],
                "weight": "0.3",
            },
            {
                "code": "goal",
                "name": "Goal reached",
                "definition": {"numerator": "Reached", "denominator": "Due"},
                "source": "reported",
                "higher_is_better": True,
                "points": {"threshold": "0.4", "benchmark": "0.8", "base": "0.5"},
                "weight": "0.1",
            },
        ],
    },
    "settlement": {
        "member_month": "day_15",
        "level_change": "snapshot",
        "rounding": {"places": 2, "mode": "half_up", "step": "line"},
        "recover_months": 24,
        "pay_months": 12,
        "close_after_day": 10,
        "disputes": {"raise_days": 20, "answer_days": 10},
        "prepared_by": "provider",
        "order": ["baseline", "activity", "threshold", "stop_loss", "corridor", "withhold", "outcome"],
        "ledger_codes": {"baseline": {"code": 5100, "cost_centre": "CARE"}},
    },
    "gates": [
        {"code": "activity_verified", "holds": "nothing"},
        {"code": "capacity_assured", "holds": ["baseline"]},
        {"code": "signals_decided", "holds": "close"},
    ],
    "monitoring": {
        "variance_by": ["cohort"],
        "baseline_points": 10,
        "decide": ["contract"],
        "run_length": 8,
        "immature_months": 1,
        "suppression": {"method": "round"},
        "drift": ["upgrades_per_1000"],
        "age_bands": [20, 50],
        "equity_groups": ["cohort", "sex"],
    },
}

REMOVE = object()


def full() -> dict[str, Any]:
    return deepcopy(FULL)


def broken(*steps_and_value: Any) -> dict[str, Any]:
    """The full document with one value replaced: the steps to it, then the value (REMOVE takes the key out)."""
    *steps, last, value = steps_and_value
    values = full()
    place: Any = values
    for step in steps:
        place = place[step]
    if value is REMOVE:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return values
