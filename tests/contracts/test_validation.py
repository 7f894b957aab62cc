"""One broken thing at a time: its key path and its sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.rules.canonical import canonical, content, digest
from contracts.rules.document import COMPONENTS, ContractDocument
from contracts.rules.validation import parse, parse_values
from tests.contracts.full_document import REMOVE, broken, full

MEASURES = ("outcomes", "measures")
INSTRUMENT = ("authorization", "instruments", 0)
ORDER = full()["settlement"]["order"]

# where, what stands there instead, and every fault that it makes
BROKEN: list[tuple[tuple[Any, ...], Any, list[str]]] = [
    # keys and types
    (("colours",), "red", ["colours: is not a key of this document; did you mean 'cohorts'?"]),
    (("baseline", "rtes"), [], ["baseline.rtes: is not a key of this document; did you mean 'rates'?"]),
    (
        ("term", "zzz"),
        1,
        ["term.zzz: is not a key of this document; the keys here are from, to"],
    ),
    (
        ("services", 3, "price", "tirs"),
        1,
        ["services[3].price.tirs: is not a key of this document; did you mean 'tiers'?"],
    ),
    (
        ("authorization", "triggers", "list", 1, "planned"),
        True,
        [
            "authorization.triggers.list[1].planned: is not a key of this document; "
            "the keys here are by, code, instrument, kind, within_days"
        ],
    ),
    (
        ("schema",),
        "blended-pilot/contract/2",
        ["schema: 'blended-pilot/contract/2' is not one of blended-pilot/contract/1"],
    ),
    (("schema",), REMOVE, ["schema: is missing"]),
    (("code",), REMOVE, ["code: is missing"]),
    (("title",), REMOVE, ["title: is missing"]),
    (("version",), REMOVE, ["version: is missing"]),
    (("in_force_from",), REMOVE, ["in_force_from: is missing"]),
    (("commissioner",), REMOVE, ["commissioner: is missing"]),
    (("provider",), REMOVE, ["provider: is missing"]),
    (("currency",), REMOVE, ["currency: is missing"]),
    (("timezone",), REMOVE, ["timezone: is missing"]),
    (("term",), REMOVE, ["term: is missing"]),
    (("levels",), REMOVE, ["levels: is missing"]),
    (("cohorts",), REMOVE, ["cohorts: is missing"]),
    (("geographies",), REMOVE, ["geographies: is missing"]),
    (("services",), REMOVE, ["services: is missing"]),
    (("baseline",), REMOVE, ["baseline: is missing"]),
    (("settlement",), REMOVE, ["settlement: is missing"]),
    (("gates",), REMOVE, ["gates: is missing"]),
    (("settlement", "member_month"), REMOVE, ["settlement.member_month: is missing"]),
    (("settlement", "rounding", "step"), REMOVE, ["settlement.rounding.step: is missing"]),
    (("settlement", "order"), REMOVE, ["settlement.order: is missing"]),
    (("title",), "", ["title: must not be empty"]),
    (("title",), "x" * 201, ["title: must be at most 200 characters long, not 201"]),
    (("title",), "a\x07b", ["title: must not contain control characters"]),
    (("title",), ["a"], ["title: must be text, not a list"]),
    (
        ("geographies", 0, "code"),
        False,
        [
            "geographies[0].code: must be text, not no (in YAML, put yes, no, on, off, true and false in quotes to "
            "mean the word)"
        ],
    ),
    (
        ("code",),
        "no spaces here",
        [
            "code: 'no spaces here' is not a code: write letters, digits, '_', '-' and '.', at most 60 of them, "
            "beginning with a letter or digit"
        ],
    ),
    (("version",), "1", ["version: must be a whole number, not '1'"]),
    (
        ("version",),
        True,
        [
            "version: must be a whole number, not yes (in YAML, put yes, no, on, off, true and false in "
            "quotes to mean the word)"
        ],
    ),
    (("version",), 0, ["version: must be between 1 and 1000000, and is 0"]),
    (("levels",), [], ["levels: must not be empty"]),
    (("levels",), {"A": 1}, ["levels: must be a list, not a mapping"]),
    (("term",), [], ["term: must be a mapping of keys, not a list"]),
    (("levels", 0), "A", ["levels[0]: must be a mapping of keys, not 'A'"]),
    (("services", 0, "kind"), "bonus", ["services[0].kind: 'bonus' is not one of baseline, episodic"]),
    (
        ("authorization", "urgent_start"),
        "yes",
        ["authorization.urgent_start: must be yes or no (true or false), not 'yes'"],
    ),
    # money and numbers
    (
        ("baseline", "rates", 0, "amount"),
        "30,00",
        ["baseline.rates[0].amount: must be a number such as \"12.50\", not '30,00'"],
    ),
    (("baseline", "rates", 0, "amount"), "-1", ["baseline.rates[0].amount: must not be negative, and is -1"]),
    (
        ("baseline", "rates", 0, "amount"),
        "1.2345678",
        ["baseline.rates[0].amount: must have at most 6 decimals, not 7"],
    ),
    (
        ("baseline", "rates", 0, "amount"),
        "1234567890123",
        ["baseline.rates[0].amount: must have at most 12 digits before the decimal point"],
    ),
    (("baseline", "rates", 0, "amount"), REMOVE, ["baseline.rates[0].amount: is missing"]),
    (("baseline", "overhead_percent"), 101, ["baseline.overhead_percent: must be between 0 and 100, and is 101"]),
    (
        ("thresholds", 0, "bands", 0, "share"),
        "1.5",
        ["thresholds[0].bands[0].share: must be between -1 and 1, and is 1.5"],
    ),
    (("services", 2, "maximum", "units"), 0, ["services[2].maximum.units: must be more than 0, and is 0"]),
    (("settlement", "rounding", "places"), 7, ["settlement.rounding.places: must be between 0 and 6, and is 7"]),
    (("settlement", "close_after_day"), 31, ["settlement.close_after_day: must be between 1 and 28, and is 31"]),
    # dates
    (("in_force_from",), "2026-01-02", ["in_force_from: must be the first of a month, and is 2026-01-02"]),
    (("in_force_from",), "2026-13-01", ["in_force_from: '2026-13-01' is not a day of the calendar"]),
    (("in_force_from",), "1 January", ["in_force_from: '1 January' is not a date; write it as YYYY-MM-DD"]),
    (("in_force_from",), "2028-01-01", ["in_force_from: 2028-01-01 is after the term's last day, 2027-12-31"]),
    (("in_force_from",), "2025-12-01", ["in_force_from: 2025-12-01 is before the term's first month, 2026-01"]),
    (("term", "to"), "2025-12-31", ["term.to: 2025-12-31 is before 2026-01-01, the day the term is from"]),
    (
        ("baseline", "rates", 2),
        {"level": "B", "amount": 1, "from": "2026-05-01", "to": "2026-04-01"},
        ["baseline.rates[2].to: 2026-04-01 is before 2026-05-01, the day it is from"],
    ),
    # parties and vocabularies
    (
        ("provider", "code"),
        "valley-county",
        ["provider.code: 'valley-county' is the commissioner as well; a contract is between two organisations"],
    ),
    (("currency",), "DOLLAR", ["currency: 'DOLLAR' is not a currency code such as USD or EUR"]),
    (("timezone",), "America/Harbor", ["timezone: 'America/Harbor' is not a timezone such as America/New_York"]),
    (
        ("calendar",),
        {"country": "XX"},
        ["calendar.country: 'XX' is not a country code whose public holidays are known, such as US or GB"],
    ),
    (
        ("attachments", 1, "file"),
        "model.xlsx",
        ["attachments[1].file: 'model.xlsx' is there twice, first at attachments[0].file"],
    ),
    (("attachments", 0, "file"), "../x", ["attachments[0].file: '../x' is a path; write the file's name alone"]),
    (("levels", 2, "rank"), 2, ["levels[2].rank: '2' is there twice, first at levels[1].rank"]),
    (
        ("cohorts", 1, "code"),
        "young",
        [
            "cohorts[1].code: 'young' is there twice, first at cohorts[0].code",
            "baseline.rates[3].cohort: 'old' is not one of young, young",
            "baseline.rates[5].cohort: 'old' is not one of young, young",
        ],
    ),
    (
        ("services", 1, "code"),
        "call",
        [
            "services[1].code: 'call' is there twice, first at services[0].code",
            "baseline.package[1].service: 'plan' is not one of call, call, visit, respite, expert, bed",
        ],
    ),
    # eligibility
    (("eligibility", "all_of", 1), "agree", ["eligibility.all_of[1]: 'agree' is not one of lives_here, agrees"]),
    (
        ("eligibility", "criteria"),
        [],
        [
            "eligibility.all_of[0]: 'lives_here' is not declared: this document declares no criteria",
            "eligibility.all_of[1]: 'agrees' is not declared: this document declares no criteria",
        ],
    ),
    (("eligibility", "provisional_level"), "L1", ["eligibility.provisional_level: 'L1' is not one of A, B, C"]),
    (
        ("eligibility", "criteria", 1, "code"),
        "lives_here",
        [
            "eligibility.criteria[1].code: 'lives_here' is there twice, first at eligibility.criteria[0].code",
            "eligibility.all_of[1]: 'agrees' is not one of lives_here, lives_here",
        ],
    ),
    # authorization
    (
        (*INSTRUMENT, "levels", 1, "level"),
        "D",
        ["authorization.instruments[0].levels[1].level: 'D' is not one of A, B, C"],
    ),
    (
        (*INSTRUMENT, "levels", 1, "from"),
        7,
        [
            "authorization.instruments[0].levels[1].from: leaves a gap: the band before ends at 5, and this one starts "
            "at 7"
        ],
    ),
    (
        (*INSTRUMENT, "levels", 1, "from"),
        5,
        ["authorization.instruments[0].levels[1].from: overlaps: the band before ends at 5, and this one starts at 5"],
    ),
    (
        (*INSTRUMENT, "levels", 2, "to"),
        19,
        ["authorization.instruments[0].levels[2].to: scores end at 20, and the last band at 19"],
    ),
    (
        (*INSTRUMENT, "levels", 0, "from"),
        1,
        ["authorization.instruments[0].levels[0].from: scores start at 0, and the first band at 1"],
    ),
    (
        (*INSTRUMENT, "score", "max"),
        -1,
        ["authorization.instruments[0].score.max: -1 is less than the smallest score, 0"],
    ),
    (
        (*INSTRUMENT, "overrides", 0, "when"),
        "x",
        ["authorization.instruments[0].overrides[0].when: 'x' is not one of alone"],
    ),
    (
        (*INSTRUMENT, "overrides", 0, "at_least"),
        "Z",
        ["authorization.instruments[0].overrides[0].at_least: 'Z' is not one of A, B, C"],
    ),
    (
        ("authorization", "clocks", "standard"),
        {"days": 3, "hours": 3},
        ["authorization.clocks.standard: needs either days or hours, and not both"],
    ),
    (
        ("authorization", "clocks", "expedited", "basis"),
        "business",
        ["authorization.clocks.expedited.basis: hours are elapsed hours; business goes with days"],
    ),
    (
        ("authorization", "clocks", "information_request", "days"),
        REMOVE,
        ["authorization.clocks.information_request.days: is missing; `extend` needs to know how far"],
    ),
    (
        ("authorization", "clocks", "warn_at_percent"),
        [80, 50],
        ["authorization.clocks.warn_at_percent[1]: 50 does not come after 80; write the percents in rising order"],
    ),
    (
        ("authorization", "clocks", "late"),
        "ignore",
        ["authorization.clocks.late: 'ignore' is not one of escalate, deny, grant"],
    ),
    (("authorization", "max_days", "Q"), 5, ["authorization.max_days.Q: 'Q' is not one of A, B, C"]),
    (
        ("authorization", "max_episode", "visit"),
        {"units": 1},
        ["authorization.max_episode.visit: 'visit' is not one of respite"],
    ),
    (
        ("authorization", "max_episode", "respite"),
        {},
        ["authorization.max_episode.respite: needs units, days or both"],
    ),
    (("authorization", "lapse", "paid_level"), "Z", ["authorization.lapse.paid_level: 'Z' is not one of A, B, C"]),
    (("authorization", "triggers", "minimum"), 5, ["authorization.triggers.minimum: asks for 5, and the list has 4"]),
    (
        ("authorization", "triggers", "list", 1, "instrument"),
        "mood",
        ["authorization.triggers.list[1].instrument: 'mood' is not one of need"],
    ),
    (
        ("authorization", "triggers", "list", 0, "kind"),
        "hunch",
        [
            "authorization.triggers.list[0].kind: 'hunch' is not one of activity_count, score_rise, "
            "follow_up_overdue, attested"
        ],
    ),
    (("authorization", "triggers", "list", 0, "kind"), REMOVE, ["authorization.triggers.list[0].kind: is missing"]),
    (("authorization", "triggers", "list", 0, "count"), REMOVE, ["authorization.triggers.list[0].count: is missing"]),
    # services
    (
        ("services", 2, "price"),
        REMOVE,
        ["services[2].price: is missing; an episodic service needs a price, or as_billed"],
    ),
    (("services", 2, "price"), "cheap", ["services[2].price: must be a number such as \"12.50\", not 'cheap'"]),
    (
        ("services", 0, "price"),
        "5.00",
        ["services[0].price: belongs to episodic services; baseline work is paid by baseline"],
    ),
    (("services", 2, "price_ceiling"), 5, ["services[2].price_ceiling: goes with price: as_billed only"]),
    (
        ("services", 2, "price", 1, "from"),
        "2026-06-30",
        ["services[2].price[1]: overlaps services[2].price[0]: both prices would apply"],
    ),
    (
        ("services", 3, "authorization"),
        "not_required",
        [
            "authorization.max_episode.respite: 'respite' is not declared: this document declares no episodic services "
            "with authorization: required",
            "services[2].bundled_into[0]: 'respite' has no episodes: it is not an episodic service with authorization: "
            "required",
            "services[3].price.per: episode needs authorization: required",
        ],
    ),
    (
        ("services", 3, "price", "tiers", 1, "to"),
        4,
        ["services[3].price.tiers[1].to: must be more than 4, where the tier before ends"],
    ),
    (
        ("services", 3, "price", "tiers", 1, "to"),
        REMOVE,
        ["services[3].price.tiers[1].to: is missing; only the last tier is without an end"],
    ),
    (
        ("services", 3, "price", "tiers", 2, "to"),
        12,
        ["services[3].price.tiers[2].to: must be left out: the last tier has no end"],
    ),
    (("services", 3, "price", "mode"), "steep", ["services[3].price.mode: 'steep' is not one of marginal, cliff"]),
    (
        ("services", 2, "bundled_into", 0),
        "visit",
        ["services[2].bundled_into[0]: a service cannot be bundled into itself"],
    ),
    (
        ("services", 2, "bundled_into", 0),
        "spa",
        ["services[2].bundled_into[0]: 'spa' is not one of call, plan, visit, respite, expert, bed"],
    ),
    (
        ("services", 0, "template", 1, "type"),
        "text",
        ["services[0].template[1].choices: go with type choice, and a choice needs them"],
    ),
    # baseline
    (
        ("baseline",),
        {"paid_when": "enrolled"},
        ["baseline: needs rates, block or both"],
    ),
    (("baseline", "rates", 3, "level"), "L9", ["baseline.rates[3].level: 'L9' is not one of A, B, C"]),
    (("baseline", "rates", 3, "cohort"), "teen", ["baseline.rates[3].cohort: 'teen' is not one of young, old"]),
    (("baseline", "rates", 4, "geography"), "sea", ["baseline.rates[4].geography: 'sea' is not one of hill, vale"]),
    (
        ("baseline", "rates", 1, "from"),
        "2026-06-30",
        ["baseline.rates[1]: overlaps baseline.rates[0]: both match the same member on 2026-06-30"],
    ),
    (
        ("baseline", "rates", 6),
        {"level": "B", "amount": "1"},
        ["baseline.rates[6]: overlaps baseline.rates[2]: both match the same member on 2026-01-01"],
    ),
    (
        ("baseline", "block", 1),
        {"code": "base", "name": "Again", "amount": 1, "from": "2026-03-01"},
        ["baseline.block[1]: overlaps baseline.block[0]: both are 'base' on the same days"],
    ),
    (
        ("baseline", "package", 0, "service"),
        "chat",
        ["baseline.package[0].service: 'chat' is not one of call, plan, visit, respite, expert, bed"],
    ),
    (
        ("baseline", "package", 0, "expected", "Z"),
        "1/month",
        ["baseline.package[0].expected.Z: 'Z' is not one of A, B, C"],
    ),
    (
        ("baseline", "package", 0, "expected", "A"),
        "monthly",
        [
            "baseline.package[0].expected.A: 'monthly' is not a frequency; write a number per period, such as 2/month, "
            "with one of week, month, quarter, half_year, year"
        ],
    ),
    (
        ("baseline", "package", 1, "service"),
        "call",
        ["baseline.package[1].service: 'call' is there twice, first at baseline.package[0].service"],
    ),
    (
        ("baseline", "package"),
        [],
        ["baseline.paid_when: delivered needs a package: nothing else shows what was delivered"],
    ),
    (
        ("baseline", "staffing", 0, "minimum_safe_wte"),
        6,
        ["baseline.staffing[0].minimum_safe_wte: 6 is more than the 5.0 posts that are funded"],
    ),
    (
        ("baseline", "lowest_planned_members"),
        500,
        ["baseline.lowest_planned_members: 500 is more than core_capacity_members, 400"],
    ),
    # thresholds, stop-loss, corridor, warnings
    (
        ("thresholds", 0, "measure"),
        "calls",
        ["thresholds[0].measure: 'calls' is not one of referrals, units:<service>, value:<service>, value:*"],
    ),
    (
        ("thresholds", 0, "measure"),
        "units:spa",
        ["thresholds[0].measure: 'spa' is not one of call, plan, visit, respite, expert, bed"],
    ),
    (("thresholds", 1, "price"), 2, ["thresholds[1].price: is 1 for a measure of value; leave it out"]),
    (
        ("thresholds", 0, "price"),
        REMOVE,
        ["thresholds[0].price: is missing; say what one unit of the measure is worth"],
    ),
    (
        ("thresholds", 1, "expected", "2029-01"),
        1,
        ["thresholds[1].expected.2029-01: is not a month of the term"],
    ),
    (
        ("thresholds", 1, "expected", "January"),
        1,
        ["thresholds[1].expected.January: 'January' is not a month; write it as YYYY-MM, for example 2026-03"],
    ),
    (
        ("thresholds", 0, "bands", 0, "from"),
        "0.1",
        ["thresholds[0].bands[0].from: bands start at 0, and this one at 0.1"],
    ),
    (
        ("thresholds", 0, "bands", 1, "from"),
        "0.96",
        ["thresholds[0].bands[1].from: leaves a gap: the band before ends at 0.95, and this one starts at 0.96"],
    ),
    (
        ("thresholds", 0, "bands", 1, "from"),
        "0.90",
        ["thresholds[0].bands[1].from: overlaps: the band before ends at 0.95, and this one starts at 0.90"],
    ),
    (
        ("thresholds", 0, "bands", 1, "to"),
        REMOVE,
        ["thresholds[0].bands[1].to: is missing; only the last band is without an end"],
    ),
    (("thresholds", 0, "bands", 2, "to"), 3, ["thresholds[0].bands[2].to: must be left out: the last band has no end"]),
    (("thresholds", 0, "limit", "cap"), -1000, ["thresholds[0].limit.cap: -1000 is less than the floor, -900.00"]),
    (
        ("stop_loss", "payment", 0, "components", 0),
        "outcome",
        ["stop_loss.payment[0].components[0]: 'outcome' is not one of activity, costed"],
    ),
    (
        ("stop_loss", "payment", 0, "bands", 1, "from"),
        6000,
        ["stop_loss.payment[0].bands[1].from: leaves a gap: the band before ends at 5000, and this one starts at 6000"],
    ),
    (
        ("stop_loss", "triggers", 1, "service"),
        "spa",
        ["stop_loss.triggers[1].service: 'spa' is not one of call, plan, visit, respite, expert, bed"],
    ),
    (
        ("stop_loss", "triggers", 0, "kind"),
        "luck",
        ["stop_loss.triggers[0].kind: 'luck' is not one of member_cost, upgrades, activity_count, activity_sum"],
    ),
    (("corridor", "bands", 1, "to"), 2, ["corridor.bands[1].to: must be left out: the last band has no end"]),
    (("corridor", "target", "percent_of_plan"), REMOVE, ["corridor.target.percent_of_plan: is missing"]),
    (
        ("early_warnings", 1, "to", 0),
        "chief",
        [
            "early_warnings[1].to[0]: 'chief' is not one of intake, practitioner, supervisor, clinical_lead, analyst, "
            "operations, finance, quality, commissioner, auditor, administrator"
        ],
    ),
    (("early_warnings", 1, "over"), REMOVE, ["early_warnings[1].over: is missing"]),
    (
        ("early_warnings", 0, "over"),
        1,
        ["early_warnings[0].over: is not a key of this document; the keys here are months, percent, sign, to"],
    ),
    # outcomes
    ((*MEASURES, 2, "weight"), "0.2", ["outcomes.measures: the weights must sum to 1, and sum to 1.1"]),
    ((*MEASURES, 0, "compute"), REMOVE, ["outcomes.measures[0].compute: is missing; a computed measure says how"]),
    (
        (*MEASURES, 2, "compute"),
        {"kind": "unplanned_rate"},
        ["outcomes.measures[2].compute: goes with source: computed only"],
    ),
    (
        (*MEASURES, 0, "compute", "service"),
        "spa",
        ["outcomes.measures[0].compute.service: 'spa' is not one of call, plan, visit, respite, expert, bed"],
    ),
    ((*MEASURES, 0, "gate"), {"at_most": 1}, ["outcomes.measures[0].gate.at_most: must be at_least: higher is better"]),
    (
        (*MEASURES, 0, "ladder"),
        [{"at": 1, "pays": 1}],
        ["outcomes.measures[0]: needs exactly one of scale, ladder and points, and has scale and ladder"],
    ),
    (
        (*MEASURES, 2, "points"),
        REMOVE,
        ["outcomes.measures[2]: needs exactly one of scale, ladder and points, and has none"],
    ),
    (
        (*MEASURES, 1, "ladder", 1, "at"),
        "95",
        [
            "outcomes.measures[1].ladder[1].at: must be less than 90, the rung before; "
            "write the ladder from worst to best"
        ],
    ),
    (
        (*MEASURES, 1, "ladder", 1, "pays"),
        "0.4",
        ["outcomes.measures[1].ladder[1].pays: must be more than 0.5, what the rung before pays"],
    ),
    (
        (*MEASURES, 0, "scale", "target"),
        "0.6",
        ["outcomes.measures[0].scale.target: must be more than the floor, 0.6"],
    ),
    (
        (*MEASURES, 2, "points", "benchmark"),
        "0.3",
        ["outcomes.measures[2].points.benchmark: must be more than the threshold, 0.4"],
    ),
    (("outcomes", "pool", "percent"), REMOVE, ["outcomes.pool.percent: is missing"]),
    # settlement, gates, monitoring
    (
        ("settlement", "member_month"),
        "day_16",
        ["settlement.member_month: 'day_16' is not one of first, day_15, last, any_day, daily"],
    ),
    (
        ("settlement", "order"),
        ORDER[:-1],
        ["settlement.order: leaves out 'outcome', which outcomes needs"],
    ),
    (
        ("settlement", "order"),
        [*ORDER, "baseline"],
        ["settlement.order[7]: 'baseline' is there twice, first at settlement.order[0]"],
    ),
    (
        ("settlement", "order", 6),
        "bonus",
        [f"settlement.order[6]: 'bonus' is not one of {', '.join(COMPONENTS)}"],
    ),
    (
        ("settlement", "ledger_codes", "bonus"),
        {"code": "1"},
        [f"settlement.ledger_codes.bonus: 'bonus' is not one of {', '.join(COMPONENTS)}"],
    ),
    (
        ("gates", 1, "code"),
        "weather_fine",
        [
            "gates[1].code: 'weather_fine' is not one of activity_verified, capacity_assured, referrals_verified, "
            "outcomes_validated, caseload_reviewed, case_reviews_current, actions_retested, signals_decided"
        ],
    ),
    (
        ("gates", 1, "code"),
        "activity_verified",
        ["gates[1].code: 'activity_verified' is there twice, first at gates[0].code"],
    ),
    (("gates", 0, "holds"), "everything", ["gates[0].holds: 'everything' is not one of nothing, close"]),
    (
        ("gates", 1, "holds", 0),
        "close",
        [f"gates[1].holds[0]: 'close' is not one of {', '.join(COMPONENTS)}"],
    ),
    (
        ("monitoring", "baseline_points"),
        5,
        ["monitoring.baseline_points: must be at least 6: fewer points fix no limits"],
    ),
    (
        ("monitoring", "age_bands"),
        [40, 18],
        ["monitoring.age_bands[1]: 18 does not come after 40; write the ages in rising order"],
    ),
    (
        ("monitoring", "suppression", "method"),
        "hide",
        ["monitoring.suppression.method: 'hide' is not one of threshold, round"],
    ),
]


def test_the_full_document_has_no_fault() -> None:
    assert parse_values(full()).sentences == ()


@pytest.mark.parametrize(("where", "value", "sentences"), BROKEN, ids=lambda part: None)
def test_a_broken_document_says_what_and_where(where: tuple[Any, ...], value: Any, sentences: list[str]) -> None:
    parsed = parse_values(broken(*where, value))
    assert list(parsed.sentences) == sentences
    assert parsed.document is None


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("baseline", "rates", 2, "from"), "2028-05-01"),
        (("baseline", "block", 0), {"code": "old", "name": "Old", "amount": 1, "to": "2025-06-30"}),
    ],
)
def test_amounts_may_be_agreed_for_days_outside_the_term(where: tuple[Any, ...], value: Any) -> None:
    assert parse_values(broken(*where, value)).sentences == ()


def test_an_unknown_key_hides_no_other_fault() -> None:
    values = broken("colours", "red")
    values["services"][3]["price"]["tirs"] = 1
    values["baseline"]["rates"][2]["level"] = "L9"
    assert parse_values(values).sentences == (
        "services[3].price.tirs: is not a key of this document; did you mean 'tiers'?",
        "colours: is not a key of this document; did you mean 'cohorts'?",
        "baseline.rates[2].level: 'L9' is not one of A, B, C",
    )
    assert values["colours"] == "red"


def test_there_are_a_hundred_of_them() -> None:
    assert len({json.dumps([where, str(value)]) for where, value, _ in BROKEN}) >= 100


def test_yaml_and_json_of_one_content_have_one_digest() -> None:
    as_json = parse(json.dumps(full()), "json").document
    assert as_json is not None
    text = json.dumps(full(), indent=1)  # JSON is YAML
    as_yaml = parse(text, "yaml").document
    assert as_yaml == as_json
    assert digest(content(as_yaml)) == digest(content(as_json))


def test_a_stored_document_reads_back_as_the_same_terms() -> None:
    document = ContractDocument.model_validate(full())
    stored = json.loads(canonical(content(document)))
    assert ContractDocument.model_validate(stored) == document
    assert digest(content(ContractDocument.model_validate(stored))) == digest(content(document))


EXAMPLES = [
    Path(__file__).parents[3] / "shared" / "examples" / "contract-harbor.yaml",
    Path(__file__).parents[3] / "shared" / "data" / "tuva" / "contract.yaml",
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_have_no_fault(example: Path) -> None:
    if not example.exists():
        pytest.skip("the examples are kept beside the project")
    assert parse(example.read_text(), "yaml").sentences == ()
