"""The mission's "cannot proceed without": each gate judged for every service month.

A stage registers an evaluator for a gate that it can judge. A gate without one is unknown, fails, and says so.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baseline.queries.reviews import MissingWeek, missing_weeks, teams_of, week_sentence, weeks_until
from blended_pilot.kernel.periods import next_month
from contracts.models import Contract
from contracts.rules.document import Gate
from variance.queries import sql

EXAMPLES = 10


@dataclass(frozen=True)
class Missing:
    """What a gate lacks in one service month: how many things, and the first of them, such as {"activity": id}."""

    number: int
    examples: list[dict[str, Any]]


#: Run inside a calculation, when `judged` and `owed` are filled, for a contract and up to the cycle's month: the
#: service months that lack something.
Evaluator = Callable[[Contract, date], dict[date, Missing]]


@dataclass(frozen=True)
class GateFinding:
    """One gate for one service month. `holds` as the contract says it: "nothing", "close", or components."""

    code: str
    service_month: date
    holds: str | tuple[str, ...]
    passed: bool
    known: bool
    missing: int
    examples: list[dict[str, Any]]

    @property
    def held_components(self) -> tuple[str, ...]:
        return () if isinstance(self.holds, str) else self.holds


class Judged(Protocol):
    """A finding, or the row that keeps it."""

    @property
    def code(self) -> str: ...
    @property
    def service_month(self) -> date: ...
    @property
    def passed(self) -> bool: ...
    @property
    def known(self) -> bool: ...
    @property
    def missing(self) -> int: ...


def sentence(gate: Judged) -> str:
    """What the gate says of its month, for a person."""
    month = date_format(gate.service_month, "YEAR_MONTH_FORMAT")
    if not gate.known:
        return _("%(gate)s, %(month)s: this gate cannot be judged yet, so it does not pass.") % {
            "gate": gate.code,
            "month": month,
        }
    if gate.passed:
        return _("%(gate)s, %(month)s: passed.") % {"gate": gate.code, "month": month}
    return ngettext(
        "%(gate)s, %(month)s: %(number)s thing is missing.",
        "%(gate)s, %(month)s: %(number)s things are missing.",
        gate.missing,
    ) % {"gate": gate.code, "month": month, "number": gate.missing}


def _activity_verified(contract: Contract, month: date) -> dict[date, Missing]:
    return {
        row["service_month"]: Missing(row["missing"], [{"activity": activity} for activity in row["activities"]])
        for row in sql.rows("20_gate_activity_verified", {})
    }


def _caseload_reviewed(contract: Contract, month: date) -> dict[date, Missing]:
    """Weeks of teams that nobody signed, by the month in which their Sunday lies."""
    found: dict[date, list[MissingWeek]] = {}
    first, last = weeks_until(contract, next_month(month))
    for week in missing_weeks(contract, first=first, last=last):
        found.setdefault(week.month, []).append(week)
    teams = teams_of(contract)
    return {
        service_month: Missing(
            len(weeks),
            [
                {
                    "sentence": week_sentence(week, teams[week.team_id]),
                    "week": week.monday.isoformat(),
                    "team": week.team_id,
                }
                for week in weeks[:EXAMPLES]
            ],
        )
        for service_month, weeks in found.items()
    }


EVALUATORS: dict[str, Evaluator] = {
    "activity_verified": _activity_verified,
    "caseload_reviewed": _caseload_reviewed,
}


def judge(named: Iterable[Gate], service_months: Sequence[date], month: date, contract: Contract) -> list[GateFinding]:
    """Every gate that the contract names, for the cycle's own `month` and for every service month in which it fails."""
    findings = []
    for gate in named:
        evaluator = EVALUATORS.get(gate.code)
        lacking = evaluator(contract, month) if evaluator else {}
        for service_month in sorted({*service_months, month}):
            missing = lacking.get(service_month)
            passed = evaluator is not None and missing is None
            if passed and service_month != month:
                continue
            findings.append(
                GateFinding(
                    code=gate.code,
                    service_month=service_month,
                    holds=gate.holds,
                    passed=passed,
                    known=evaluator is not None,
                    missing=missing.number if missing else 0,
                    examples=missing.examples if missing else [],
                )
            )
    return findings
