"""The contract's terms as they are copied onto a request, and read back from it years later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from authorizations.rules.clocks import Calendar, Clock
from contracts.rules.document import Authorization, ContractDocument

STANDARD = "standard"
EXPEDITED = "expedited"
RECONSIDERATION_DAYS = 60  # where the contract says nothing


@dataclass(frozen=True)
class CopiedTerms:
    """What governs one request: `version` of the contract, its clock, limits, triggers and words.

    `clock` is None where the contract sets no time for the decision.
    """

    version: int
    digest: str
    clock: Clock | None
    calendar: Calendar
    authorization: Authorization
    levels: Mapping[str, str]
    ranks: Mapping[str, int]
    services: Mapping[str, str]

    @property
    def effect(self) -> str:
        return self.authorization.clocks.information_request.effect

    @property
    def extension_days(self) -> int:
        return self.authorization.clocks.information_request.days or 0

    def most_days(self, level: str) -> int | None:
        """The longest duration that a decision for this level may give; None: no limit."""
        return self.authorization.max_days.get(level)

    def most_of_episode(self, service: str) -> tuple[Decimal | None, int | None]:
        """(units, days) at most for one episode of a service; None: no limit."""
        limit = self.authorization.max_episode.get(service)
        return (limit.units, limit.days) if limit else (None, None)

    @property
    def reconsideration_days(self) -> int:
        """How many days after a denial it may be reconsidered."""
        return self.authorization.reconsideration_days or RECONSIDERATION_DAYS

    def is_below(self, level: str, other: str) -> bool:
        return self.ranks.get(level, 0) < self.ranks.get(other, 0)

    def as_data(self) -> dict[str, Any]:
        clock = self.clock
        return {
            "version": self.version,
            "digest": self.digest,
            "clock": {"days": clock.days, "hours": clock.hours, "basis": clock.basis} if clock else None,
            "calendar": {
                "timezone": self.calendar.zone.key,
                "country": self.calendar.country,
                "subdivision": self.calendar.subdivision,
                "extra_holidays": sorted(day.isoformat() for day in self.calendar.extra),
            },
            "authorization": self.authorization.model_dump(mode="json", by_alias=True, exclude_none=True),
            "levels": [{"code": code, "name": name, "rank": self.ranks[code]} for code, name in self.levels.items()],
            "services": dict(self.services),
        }


def copied(document: ContractDocument, *, version: int, digest: str, urgency: str) -> CopiedTerms:
    """The terms of a signed version for a request of this urgency; without an expedited clock the standard one runs."""
    authorization = document.authorization or Authorization()
    clocks = authorization.clocks
    chosen = clocks.expedited if urgency == EXPEDITED and clocks.expedited else clocks.standard
    calendar = document.calendar
    return CopiedTerms(
        version=version,
        digest=digest,
        clock=Clock(chosen.days, chosen.hours, chosen.basis) if chosen else None,
        calendar=Calendar(
            zone=ZoneInfo(document.timezone),
            country=calendar.country if calendar else "",
            subdivision=(calendar.subdivision or "") if calendar else "",
            extra=frozenset(calendar.extra_holidays) if calendar else frozenset(),
        ),
        authorization=authorization,
        levels={level.code: level.name for level in sorted(document.levels, key=lambda one: one.rank)},
        ranks={level.code: level.rank for level in document.levels},
        services={
            service.code: service.name
            for service in document.services
            if service.episodic and service.authorization == "required"
        },
    )


def read(data: Mapping[str, Any]) -> CopiedTerms:
    """The terms that `as_data` wrote."""
    calendar = data["calendar"]
    return CopiedTerms(
        version=data["version"],
        digest=data["digest"],
        clock=Clock(**data["clock"]) if data["clock"] else None,
        calendar=Calendar(
            zone=ZoneInfo(calendar["timezone"]),
            country=calendar["country"],
            subdivision=calendar["subdivision"],
            extra=frozenset(map(date.fromisoformat, calendar["extra_holidays"])),
        ),
        authorization=Authorization.model_validate(data["authorization"]),
        levels={level["code"]: level["name"] for level in data["levels"]},
        ranks={level["code"]: level["rank"] for level in data["levels"]},
        services=dict(data["services"]),
    )


def in_words(code: str) -> str:
    """A code of the contract as words: insufficient_evidence becomes Insufficient evidence."""
    return code.replace("_", " ").capitalize()


def service_name(terms: Mapping[str, Any], code: str) -> str:
    """What the copied terms call a service; the code itself where they say nothing of it, as a draft's."""
    return str(terms.get("services", {}).get(code, code))
