"""What was expected and delivered for a caseload in a week or month: the figures, and the members behind them.

One statement gives both, so that every figure is the sum of the rows that it opens to. `docs/calculations/caseload.md`
says how the package is pro-rated.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from baseline.queries import sql
from baseline.queries.terms import package_terms, service_terms
from contracts.models import Contract
from contracts.queries.terms import SignedTerms, signed_terms

NO_TEAM = 0  # members whom no team leads


@dataclass(frozen=True)
class Figures:
    """One group of a caseload. `expected` and `delivered` are contacts of the package over its own windows."""

    key: str | None
    members: int
    reached: int  # with a contact in the time
    contacts: int
    minutes: int
    timed: int  # contacts that say how many minutes they took
    unplanned: int
    episodic: int
    waiting: int  # follow-ups open at the end of the time
    late: int  # of them, due before it; in a time under way, before today
    with_package: int  # members of whom a package expects something
    served: int  # of them, with nothing missing
    behind: int  # services of members for which a whole contact is missing
    expected: Decimal
    delivered: int
    stand_out: int  # members with less than half of the package, something late, or nobody to look after them

    @property
    def contacts_per_member(self) -> Decimal | None:
        return Decimal(self.contacts) / self.members if self.members else None

    @property
    def minutes_per_member(self) -> Decimal | None:
        return Decimal(self.minutes) / self.members if self.members else None

    @property
    def served_share(self) -> Decimal | None:
        return Decimal(self.served) / self.with_package if self.with_package else None


@dataclass(frozen=True)
class OfMember(Figures):
    """One member, as of `day`: the last covered one of the time."""

    member_id: int
    cohort: str
    geography: str
    level: str | None
    team_id: int | None
    practitioner_id: int | None
    day: date
    planned_on: date | None  # of the last planned contact before the end of the time, however long ago
    package: Mapping[str, tuple[Decimal, int]]  # service: expected, delivered

    @property
    def days_since_planned(self) -> int | None:
        """To the member's last covered day of the time."""
        return (self.day - self.planned_on).days if self.planned_on else None

    @property
    def missing(self) -> list[str]:
        """Services for which a whole contact or more is missing."""
        return sorted(code for code, (expected, delivered) in self.package.items() if delivered < expected // 1)


@dataclass(frozen=True)
class Caseload:
    """A caseload from `starts_on` to the day before `ends_before`."""

    starts_on: date
    ends_before: date
    total: Figures
    levels: Sequence[Figures]
    practitioners: Sequence[Figures]
    teams: Sequence[Figures]
    services: Sequence[Figures]
    members: Sequence[OfMember]

    @property
    def last_day(self) -> date:
        return self.ends_before - timedelta(days=1)


def caseload(
    contract: Contract,
    *,
    starts_on: date,
    ends_before: date,
    team: int | None = None,
    each_member: bool = True,
    terms: SignedTerms | None = None,
    today: date | None = None,
) -> Caseload:
    """Whoever is covered in the time, of one team (NO_TEAM: of none; None: of the whole contract).

    Without `each_member` only the sums: for a whole contract that is quicker. `today` matters in a time under way: what
    is due on that day or later is not late yet. Left out, the time counts as over.
    """
    terms = terms or signed_terms(contract.pk)
    values = {
        "contract": contract.pk,
        "organisation": contract.provider_id,
        "starts": starts_on,
        "before": ends_before,
        "late_before": min(ends_before, today) if today else ends_before,
        "team": team,
        "each_member": each_member,
        **service_terms(contract.pk, terms),
        **package_terms(contract.pk, ends_before, terms),
    }
    values["earliest"] = min(values["earliest"], starts_on)
    found: dict[str, list[Any]] = {kind: [] for kind in ("all", "level", "practitioner", "team", "service", "member")}
    for row in sql.rows("caseload", values):
        kind, detail = row.pop("kind"), row.pop("detail")
        found[kind].append(_of_member(row, detail) if kind == "member" else Figures(**_whole(row)))
    return Caseload(
        starts_on=starts_on,
        ends_before=ends_before,
        total=found["all"][0],
        levels=sorted(found["level"], key=lambda one: one.key or ""),
        practitioners=found["practitioner"],
        teams=found["team"],
        services=sorted(found["service"], key=lambda one: one.key or ""),
        members=sorted(found["member"], key=lambda one: one.member_id),
    )


def week(
    contract: Contract,
    monday: date,
    *,
    team: int | None,
    each_member: bool = True,
    terms: SignedTerms | None = None,
    today: date | None = None,
) -> Caseload:
    """The caseload of the week that begins on `monday`; `today` as in `caseload`."""
    return caseload(
        contract,
        starts_on=monday,
        ends_before=monday + timedelta(days=7),
        team=team,
        each_member=each_member,
        terms=terms,
        today=today,
    )


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """Sums come as numeric; what is counted is whole."""
    return {
        name: int(value) if isinstance(value, Decimal) and name != "expected" else value for name, value in row.items()
    }


def _of_member(row: dict[str, Any], text: str) -> OfMember:
    detail = json.loads(text, parse_float=Decimal)
    planned_on = detail["planned_on"]
    return OfMember(
        **_whole(row),
        member_id=int(row["key"]),
        cohort=detail["cohort"],
        geography=detail["geography"],
        level=detail["level"],
        team_id=detail["team"],
        practitioner_id=detail["practitioner"],
        day=date.fromisoformat(detail["day"]),
        planned_on=date.fromisoformat(planned_on) if planned_on else None,
        package={
            service: (Decimal(expected), delivered)
            for service, (expected, delivered) in (detail["package"] or {}).items()
        },
    )
