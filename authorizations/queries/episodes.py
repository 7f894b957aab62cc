"""Episodes: what was delivered on them and what is left, and the one that is in force for a piece of work."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from authorizations.models import Episode
from authorizations.queries import sql
from baseline.queries.authorisation import Asked, Authorisation
from blended_pilot.kernel.periods import DAY
from contracts.queries.terms import signed_terms
from eligibility.queries.codes import codes

ZERO = Decimal(0)


@dataclass(frozen=True)
class DrawnDown:
    """Units delivered on an episode, verified or not. `left` is below zero where more was delivered than authorised."""

    used: Decimal
    unverified: Decimal
    left: Decimal
    last_on: date | None  # day of the last record that counts
    records: int


@dataclass(frozen=True)
class Drawing:
    """One record in an episode's window. `why_not`: attempted, rejected or reversed, where it draws nothing."""

    activity_id: int
    activity_ref: str
    occurred_on: date
    received_on: date
    units: Decimal
    verified_on: date | None
    why_not: str
    left_after: Decimal


def episodes() -> QuerySet[Episode]:
    """With its effective end as `over_on` and what its lists show."""
    return Episode.objects.select_related("contract", "member", "decision").annotate(
        over_on=Coalesce("ended_early_on", "ends_before")
    )


def number_of(episode: Episode) -> str:
    """What the authorisation is called: its number in the register, or the source's own reference."""
    return str(episode.decision.number) if episode.decision else episode.episode_ref


def over_on(episode: Episode) -> date:
    """The first day on which nothing can be delivered on it any more."""
    return episode.ended_early_on or episode.ends_before


def drawn_down(found: Collection[Episode]) -> dict[int, DrawnDown]:
    """By episode id, in one query."""
    if not found:
        return {}
    units = {episode.pk: episode.units for episode in found}
    return {
        row["episode_id"]: DrawnDown(
            used=row["used"],
            unverified=row["unverified"],
            left=units[row["episode_id"]] - row["used"],
            last_on=row["last_on"],
            records=row["records"],
        )
        for row in sql.rows("drawn_down", {"episodes": list(units)})
    }


def drawings(episode_id: int) -> list[Drawing]:
    """Every record in the window, in the order in which units are drawn."""
    return [Drawing(**row) for row in sql.rows("episode_records", {"episode": episode_id})]


def last_unit_on(episode: Episode, drawn: DrawnDown, today: date) -> date | None:
    """The day of the last unit of an episode that is over: its days have passed, or its units are used up."""
    over = over_on(episode) <= today or drawn.left <= 0
    return drawn.last_on if over else None


def in_force(questions: Iterable[Asked]) -> Mapping[Asked, Authorisation]:
    """Answers `baseline.queries.authorisation`, in three queries for any number of questions."""
    asked = list(questions)
    rows = sql.rows(
        "authorisation_in_force",
        {
            "contracts": [each.contract_id for each in asked],
            "members": [each.member_id for each in asked],
            "services": [each.service for each in asked],
            "days": [each.on for each in asked],
        },
    )
    found = {each.pk: each for each in episodes().filter(pk__in={row["episode_id"] for row in rows})}
    drawn = drawn_down(found.values())
    return {
        asked[row["position"] - 1]: _authorisation(found[row["episode_id"]], drawn[row["episode_id"]]) for row in rows
    }


def _authorisation(episode: Episode, drawn: DrawnDown) -> Authorisation:
    return Authorisation(
        number=number_of(episode),
        starts_on=episode.starts_on,
        ends_before=over_on(episode),
        units=episode.units,
        left=max(drawn.left, ZERO),
        url=reverse("authorizations:episode", args=[episode.pk]),
    )


def service_names(contract_id: int) -> dict[str, str]:
    """What the contract calls its services, by code; the latest name of each."""
    return dict(codes(signed_terms(contract_id)).services)


def window_words(episode: Any) -> tuple[date, date]:
    """First and last day as people say them."""
    return episode.starts_on, over_on(episode) - DAY
