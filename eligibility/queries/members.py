"""Members as lists show them: searched, narrowed, sorted, and a page of them with everything in force on a day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from accounts.permissions import sides
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import Assignment, AssignmentKind, CoverageSpan, LevelSpan, Member
from eligibility.queries.assignments import Carer, leads_on
from eligibility.queries.codes import codes
from eligibility.queries.identities import Shown, identity, shown_reference
from eligibility.queries.spans import COVERAGE, Coverage
from eligibility.rules.levels import Decided, Origin, care_level, level_in_force, unbroken_since

NOBODY = "none"  # a filter's choice: without a practitioner, a team or a decided level


@dataclass(frozen=True)
class Wanted:
    """What a list asks for, all of it as it stands on the day `on`. Empty fields ask for nothing."""

    on: date
    text: str = ""
    contract_id: int | None = None
    covered: str = ""  # "yes", "no" or either
    cohort: str = ""
    geography: str = ""
    level: str = ""  # a code, or NOBODY: covered and no level decided
    practitioner: str = ""  # an id, or NOBODY
    team: str = ""  # an id, or NOBODY


@dataclass(frozen=True)
class Covered:
    """A member's cover under one contract on a day. `cohort` and `geography` are names, `span` has the codes.

    `since` is the first day of the unbroken cover: touching spans (a moved cohort) are one. `level` is the one that is
    paid and `origin` says why; `care` is the one that expectations follow, which stands when the paid one has lapsed.
    """

    span: Coverage
    since: date
    cohort: str
    geography: str
    level: str | None
    origin: Origin
    care: str | None


@dataclass(frozen=True)
class MemberRow:
    """One line of a members list. `covered` holds what is in force on the day, by contract; usually one."""

    member_id: int
    shown: Shown
    covered: tuple[Covered, ...]
    carer: Carer | None


def contracts_of(user: Any) -> QuerySet[Contract]:
    """The contracts through which the person sees members."""
    return Contract.objects.filter(sides(user, "member.view").of_contract()).order_by("code")


def narrowed(user: Any, members: QuerySet[Member], wanted: Wanted) -> QuerySet[Member]:
    """Those of `members` (already visible to `user`) that match."""
    if wanted.text:
        members = searched(user, members, wanted.text)
    contracts = [wanted.contract_id] if wanted.contract_id else list(contracts_of(user).values_list("pk", flat=True))
    covered = CoverageSpan.objects.on(wanted.on).filter(member=OuterRef("pk"), contract__in=contracts)
    group = {name: value for name in ("cohort", "geography") if (value := getattr(wanted, name))}
    if wanted.covered == "no":
        members = members.filter(~Exists(covered))
        if wanted.contract_id:
            members = members.filter(organisation__in=Contract.objects.filter(pk=wanted.contract_id).values("provider"))
    elif wanted.covered == "yes" or group or wanted.contract_id or wanted.level == NOBODY:
        members = members.filter(Exists(covered.filter(**group)))
    if wanted.level:
        members = members.filter(_at_level(wanted.level, contracts, wanted.on))
    return _looked_after(user, members, wanted)


def _at_level(level: str, contracts: Sequence[int], on: date) -> Q:
    decided = LevelSpan.objects.on(on).filter(member=OuterRef("pk"), contract__in=contracts)
    return Q(~Exists(decided)) if level == NOBODY else Q(Exists(decided.filter(level=level)))


def _looked_after(user: Any, members: QuerySet[Member], wanted: Wanted) -> QuerySet[Member]:
    """By the lead of the day; cover stands on the practitioner's own page."""
    lead = Assignment.objects.visible_to(user).on(wanted.on).filter(member=OuterRef("pk"), kind=AssignmentKind.LEAD)
    for field in ("practitioner", "team"):
        chosen = getattr(wanted, field)
        if chosen == NOBODY:
            members = members.filter(~Exists(lead.filter(**{f"{field}__isnull": False})))
        elif chosen:
            members = members.filter(Exists(lead.filter(**{field: chosen})))
    return members


def searched(user: Any, members: QuerySet[Member], text: str) -> QuerySet[Member]:
    """By the beginning of a reference, a pseudonym or (every word of the text) a name: each only where it is shown.

    What a reader may not see is not searched either, or the answer would tell it.
    """
    by_reference = sides(user, "member.reference").provider
    by_name = sides(user, "member.identity").provider
    text = text.strip().lower()
    found = Q(pseudonym__startswith=text.upper())
    if by_reference:
        found |= Q(organisation__in=by_reference, reference_lower__startswith=text)
    words = text.split()
    if by_name and words:
        names = Q(organisation__in=by_name)
        for word in words:
            names &= Q(given_lower__startswith=word) | Q(family_lower__startswith=word)
        found |= names
    return members.alias(
        reference_lower=Lower("reference"), given_lower=Lower("given_name"), family_lower=Lower("family_name")
    ).filter(found)


def in_order(user: Any, members: QuerySet[Member], key: str) -> QuerySet[Member]:
    """Sorted by what is shown, never by what is not: an order of names would tell names. `key` is code, name or -…"""
    backwards, name = key.startswith("-"), key.lstrip("-")
    columns: list[Any] = [_code(user)]
    by_name = sides(user, "member.identity").provider
    if name == "name" and by_name:
        columns = [*(_of_named(by_name, column) for column in ("family_name", "given_name")), *columns]
    return members.order_by(*(column.desc() if backwards else column.asc() for column in columns), "pk")


def _code(user: Any) -> Any:
    """The plain column where every row shows the same one, so that its index gives the order."""
    view, reference = sides(user, "member.view"), sides(user, "member.reference")
    if not view.commissioner and view.provider <= reference.provider:
        return F("reference")
    if not reference.provider:
        return F("pseudonym")
    return shown_reference(user)


def _of_named(organisations: Collection[int], column: str) -> Case:
    """The column for members of these organisations, the same empty text for all others."""
    return Case(When(organisation__in=organisations, then=F(column)), default=Value(""), output_field=CharField())


def rows(user: Any, members: Iterable[Member], on: date) -> list[MemberRow]:
    """A page of members with what is in force on the day. The same number of queries for ten as for two hundred."""
    members = list(members)
    ids = [member.pk for member in members]
    contracts = list(contracts_of(user).values_list("pk", flat=True))
    shown = identity(user, members)
    coverage = _coverage(ids, contracts, on)
    decided = _decided(ids, contracts, on)
    terms = {contract_id: _Terms(contract_id, on) for contract_id in contracts}
    carers = leads_on(user, ids, on)
    return [
        MemberRow(
            member_id=pk,
            shown=shown[pk],
            covered=tuple(
                terms[contract_id].covered(spans, decided.get((pk, contract_id), ()))
                for contract_id in contracts
                if (spans := coverage.get((pk, contract_id))) and _holds(spans[-1], on)
            ),
            carer=carers.get(pk),
        )
        for pk in ids
    ]


def _coverage(ids: Sequence[int], contracts: Sequence[int], on: date) -> Mapping[tuple[int, int], list[Coverage]]:
    """Every span that began by the day, in order: the last may hold it, those before tell since when."""
    found: dict[tuple[int, int], list[Coverage]] = {}
    spans = CoverageSpan.objects.filter(member_id__in=ids, contract_id__in=contracts, starts_on__lte=on)
    for row in spans.order_by("starts_on").values_list(*COVERAGE):
        found.setdefault(row[:2], []).append(Coverage(*row))
    return found


def _holds(span: Coverage, on: date) -> bool:
    return span.ends_before is None or span.ends_before > on


def _decided(ids: Sequence[int], contracts: Sequence[int], on: date) -> Mapping[tuple[int, int], list[Decided]]:
    """Every level decided up to the day: an ended one tells lapsed from provisional."""
    found: dict[tuple[int, int], list[Decided]] = {}
    spans = LevelSpan.objects.filter(member_id__in=ids, contract_id__in=contracts, starts_on__lte=on)
    for row in spans.values_list("member_id", "contract_id", "starts_on", "ends_before", "level"):
        found.setdefault(row[:2], []).append(Decided(*row[2:]))
    return found


class _Terms:
    """What one contract's terms say about its members on a day."""

    def __init__(self, contract_id: int, on: date) -> None:
        terms = signed_terms(contract_id)
        governing = terms.on(on)
        self._on = on
        self._codes = codes(terms)
        self._provisional = governing.document.provisional_level if governing else None
        self._lapsed = governing.document.lapse_level if governing else None

    def covered(self, spans: Sequence[Coverage], decided: Sequence[Decided]) -> Covered:
        """`spans` in order, the last of them in force."""
        span = spans[-1]
        level, origin = level_in_force(self._on, decided, provisional=self._provisional, lapsed=self._lapsed)
        return Covered(
            span=span,
            since=unbroken_since(spans),
            cohort=self._codes.cohorts.get(span.cohort, span.cohort),
            geography=self._codes.geographies.get(span.geography, span.geography),
            level=level,
            origin=origin,
            care=care_level(self._on, decided, provisional=self._provisional),
        )
