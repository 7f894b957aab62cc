"""Who may be registered already: members who are written alike, born on the same day, or have the same reference."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.lookups import TrigramSimilar
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Lower

from eligibility.models import Member, MemberMerge
from eligibility.models.members import FULL_NAME

MOST = 10
NOTHING, HALF = Decimal(0), Decimal("0.5")
SAME_REFERENCE = Decimal("0.75")  # one letter of eight may differ
NEARLY_THE_NAME = HALF
NAME_BESIDE_A_BIRTH_DATE = Decimal("0.15")  # twins share a day; so do many people with nothing else in common


@dataclass(frozen=True)
class Alike:
    """A member who may be the same person, and what speaks for it. Similarities are from 0 to 1."""

    member: Member
    name: Decimal
    born_alike: bool
    born_exchanged: bool  # day and month the other way round
    reference: Decimal

    @property
    def score(self) -> Decimal:
        return self.name + self.born_alike + HALF * self.born_exchanged + (self.reference >= SAME_REFERENCE)


def possible_duplicates(
    *,
    organisation_id: int,
    given_name: str = "",
    family_name: str = "",
    birth_date: date | None = None,
    reference: str = "",
    without: Collection[int] = (),
) -> list[Alike]:
    """At most ten of the provider's members, the likeliest first. Who is merged into somebody appears as that one."""
    name = f"{given_name.strip()} {family_name.strip()}".strip().lower()
    wanted_reference = reference.strip().lower()
    found = Q(pk__in=[])
    born = [birth_date, _exchanged(birth_date)] if birth_date else []
    if name:
        alike = Q(TrigramSimilar(FULL_NAME, Value(name)))
        if born:  # another day of birth speaks against it: then the name has to be nearly the same
            alike &= Q(name_alike__gte=NEARLY_THE_NAME) | Q(birth_date=None) | Q(birth_date__in=born)
        found |= alike
    if born and name:
        found |= Q(birth_date__in=[day for day in born if day], name_alike__gte=NAME_BESIDE_A_BIRTH_DATE)
    if wanted_reference:
        found |= Q(TrigramSimilar(Lower(F("reference")), Value(wanted_reference)), reference_alike__gte=SAME_REFERENCE)
    merged = MemberMerge.objects.filter(organisation_id=organisation_id, undone_at=None)
    rows = (
        Member.objects.filter(organisation_id=organisation_id)
        .exclude(pk__in=[*without, *merged.values_list("merged", flat=True)])
        .annotate(
            name_alike=TrigramSimilarity(FULL_NAME, name),
            reference_alike=TrigramSimilarity(Lower("reference"), wanted_reference),
        )
        .filter(found)
        .order_by(_likely(born).desc(), "pk")
    )
    possible = [
        Alike(
            member=row,
            name=_told(row.name_alike) if name else NOTHING,
            born_alike=birth_date is not None and row.birth_date == birth_date,
            born_exchanged=birth_date is not None and row.birth_date != birth_date and row.birth_date in born,
            reference=_told(row.reference_alike) if wanted_reference else NOTHING,
        )
        for row in rows[: 5 * MOST]
    ]
    return sorted(possible, key=lambda one: (-one.score, one.member.pk))[:MOST]


def _likely(born: Sequence[date | None]) -> Any:
    """As `Alike.score`, for the database: of many who bear a common name the likeliest must not be left out."""
    score = F("name_alike") + Case(When(reference_alike__gte=SAME_REFERENCE, then=1.0), default=0.0)
    for day, speaks in zip(born, (1.0, 0.5), strict=False):
        score += Case(When(birth_date=day, then=speaks), default=0.0) if day else Value(0.0)
    return score


def _told(similarity: Any) -> Decimal:
    return Decimal(str(similarity))


def _exchanged(day: date) -> date | None:
    """A day and its month the other way round, where that is a day."""
    return date(day.year, day.day, day.month) if day.day <= 12 and day.day != day.month else None
