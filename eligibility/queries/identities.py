"""What each reader may see of who a member is: the one place that decides it.

Pages, exports, search and API all ask here, so that a reader who may not see a reference meets the same pseudonym
everywhere. Names and demographics are for the provider's care team and quality, references for the provider's staff,
the pseudonym for everybody else who may see the member at all.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from django.db.models import Case, CharField, F, When
from django.db.models.expressions import Combinable

from accounts.permissions import sides
from eligibility.models import Member


class Identifiable(Protocol):
    """A member, or a row that carries the same columns."""

    pk: Any
    organisation_id: int
    reference: str
    pseudonym: str
    given_name: str
    family_name: str


@dataclass(frozen=True)
class Demographics:
    birth_date: date | None
    sex: str
    ethnicity: str
    language: str
    disability: str


@dataclass(frozen=True)
class Shown:
    """A member as one reader may see them. `label` is what a list prints, `code` what stands in `member_ref`."""

    member_id: int
    pseudonym: str
    reference: str | None
    name: str | None
    demographics: Demographics | None
    revealed: bool = False

    @property
    def code(self) -> str:
        """The reference for those who may see it, else the pseudonym."""
        return self.reference if self.reference is not None else self.pseudonym

    @property
    def label(self) -> str:
        return self.name or self.code

    @property
    def identified(self) -> bool:
        """True when a response that prints this tells who the person is, and so has to be in the access log."""
        return self.reference is not None or self.name is not None


def identity(user: Any, members: Iterable[Identifiable], *, revealed: Container[int] = ()) -> dict[int, Shown]:
    """What `user` may see of each of `members`, by member id. No queries.

    `revealed` holds the ids that this one response shows by a reveal, which `operations.reveal` allowed and logged.
    It does not judge whether the user may see the member at all: the members come from `visible_to`.
    """
    by_name = sides(user, "member.identity").provider
    by_reference = sides(user, "member.reference").provider
    shown = {}
    for member in members:
        reveal = member.pk in revealed
        named = reveal or member.organisation_id in by_name
        shown[member.pk] = Shown(
            member_id=member.pk,
            pseudonym=member.pseudonym,
            reference=member.reference if reveal or member.organisation_id in by_reference else None,
            name=_name(member) if named else None,
            demographics=_demographics(member) if member.organisation_id in by_name else None,
            revealed=reveal,
        )
    return shown


def identity_of(user: Any, member_ids: Iterable[int]) -> Mapping[int, Shown]:
    """As `identity`, for ids (activity, ledger): one query. Ids of members that do not exist are left out."""
    return identity(user, Member.objects.filter(pk__in=set(member_ids)))


def identified(user: Any, members: Iterable[Identifiable]) -> list[int]:
    """The ids of those whose name or reference a list shows to `user`: what the access log has to hold."""
    return [pk for pk, shown in identity(user, members).items() if shown.identified]


def shown_reference(user: Any, member: str = "") -> Combinable:
    """The `code` of `identity` as an expression, for ordering, search and set-based exports.

    `member` is the path to the member from the annotated rows, "" on members themselves, "member__" below.
    """
    by_reference = sides(user, "member.reference").provider
    return Case(
        When(**{f"{member}organisation__in": by_reference, "then": F(f"{member}reference")}),
        default=F(f"{member}pseudonym"),
        output_field=CharField(),
    )


def _name(member: Identifiable) -> str:
    return " ".join(part for part in (member.given_name, member.family_name) if part)


def _demographics(member: Any) -> Demographics:
    return Demographics(member.birth_date, member.sex, member.ethnicity, member.language, member.disability)
