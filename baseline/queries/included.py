"""What a contract version includes, in plain words with its clauses; who has read it; and "baseline or an episode?"."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.permissions import POLICY, sides
from baseline.models import BoundaryReading
from baseline.queries.counting import Counted
from baseline.queries.sentences import often
from contracts.models import Contract, ContractVersion, VersionStatus
from contracts.queries.readable.base import Words, days, number
from contracts.queries.readable.money import price
from contracts.queries.terms import VersionTerms
from contracts.rules.document import ContractDocument, Service
from eligibility.models import Member

CLAUSE_OF_REASON = {  # keys of a service that say why a record is not paid
    "late_filing": "filing_limit_days",
    "bundled": "bundled_into",
    "maximum_reached": "maximum",
    "no_price": "price",
}


@dataclass(frozen=True)
class Clause:
    """Where something stands: the key path in a version, and the page that shows it there."""

    path: str
    version: int
    url: str


@dataclass(frozen=True)
class Expected:
    """One service of the package at one level."""

    service: str
    often: str
    clause: Clause


@dataclass(frozen=True)
class AtLevel:
    code: str
    name: str
    description: str
    package: tuple[Expected, ...]


@dataclass(frozen=True)
class Trigger:
    """One condition of an episode's payment."""

    text: str
    clause: Clause


@dataclass(frozen=True)
class Episode:
    """An episodic service: all of `triggers` have to hold. `included_at` are levels whose package takes it in."""

    code: str
    name: str
    costed: bool
    price: str
    triggers: tuple[Trigger, ...]
    included_at: tuple[str, ...]
    clause: Clause


@dataclass(frozen=True)
class Included:
    levels: tuple[AtLevel, ...]
    episodes: tuple[Episode, ...]
    beyond: tuple[Trigger, ...]  # baseline services that no level's package expects


def clause(contract: Contract, version: int, path: str) -> Clause:
    address = reverse("contracts:version", args=[contract.code, version])
    return Clause(path, version, f"{address}#{quote(path)}")


def included(contract: Contract, version: ContractVersion, document: ContractDocument, *, money: bool) -> Included:
    """`money`: the reader may see prices."""
    at = _Clauses(contract, version.number)
    package = document.baseline.package
    places = {service.code: index for index, service in enumerate(document.services)}
    levels = tuple(
        AtLevel(
            code=level.code,
            name=level.name,
            description=level.description or "",
            package=tuple(
                Expected(
                    _name(document, item.service),
                    often(item.expected[level.code]),
                    at(f"baseline.package[{index}].expected.{level.code}"),
                )
                for index, item in enumerate(package)
                if level.code in item.expected
            ),
        )
        for level in sorted(document.levels, key=lambda one: one.rank)
    )
    expected = {item.service for item in package}
    return Included(
        levels=levels,
        episodes=tuple(
            _episode(service, index, document, at, money=money)
            for index, service in enumerate(document.services)
            if service.episodic
        ),
        beyond=tuple(
            Trigger(service.name, at(f"services[{places[service.code]}]"))
            for service in document.services
            if not service.episodic and service.code not in expected
        ),
    )


class _Clauses:
    def __init__(self, contract: Contract, version: int) -> None:
        self._contract, self._version = contract, version

    def __call__(self, path: str) -> Clause:
        return clause(self._contract, self._version, path)


def _episode(service: Service, index: int, document: ContractDocument, at: _Clauses, *, money: bool) -> Episode:
    here, words = f"services[{index}]", Words(document)
    triggers = [
        Trigger(criterion.text, at(f"{here}.criteria[{place}]")) for place, criterion in enumerate(service.criteria)
    ]
    if service.authorization == "required":
        triggers.append(Trigger(_("Authorised before, and within the authorised units"), at(f"{here}.authorization")))
    triggers.append(Trigger(_("Verified by somebody other than whoever recorded it"), at(here)))
    if service.filing_limit_days is not None:
        triggers.append(
            Trigger(
                _("Recorded within %(days)s") % {"days": days(service.filing_limit_days)},
                at(f"{here}.filing_limit_days"),
            )
        )
    if service.maximum:
        most = _("At most %(units)s within %(days)s") % {
            "units": number(service.maximum.units),
            "days": days(service.maximum.within_days),
        }
        triggers.append(Trigger(most, at(f"{here}.maximum")))
    if service.bundled_into:
        during = _("Not while an episode of %(services)s is open") % {"services": words.services(service.bundled_into)}
        triggers.append(Trigger(during, at(f"{here}.bundled_into")))
    return Episode(
        code=service.code,
        name=service.name,
        costed=service.costed,
        price=price(service, words) if money else "",
        triggers=tuple(triggers),
        included_at=tuple(
            level.code
            for level in document.levels
            for item in document.baseline.package
            if item.service == service.code and level.code in item.expected
        ),
        clause=at(here),
    )


def _name(document: ContractDocument, code: str) -> str:
    service = document.service(code)
    return service.name if service else code


def clauses_of(counted: Counted, contract: Contract, terms: VersionTerms) -> list[Clause]:
    """The clauses that the answer "baseline or an episode?" rests on."""
    document = terms.document
    index = next(
        place for place, one in enumerate(document.services) if counted.service and one.code == counted.service.code
    )
    found = [f"services[{index}].kind"]
    for place, item in enumerate(document.baseline.package):
        if counted.service is None or item.service != counted.service.code:
            continue
        level = counted.care if counted.kind == "baseline" else counted.level
        if level is None:
            found.append(f"baseline.package[{place}].expected")
        elif level in item.expected:
            found.append(f"baseline.package[{place}].expected.{level}")
    if counted.service and counted.service.criteria:
        found.append(f"services[{index}].criteria")
    if counted.service and counted.service.authorization == "required":
        found.append(f"services[{index}].authorization")
    if counted.code in CLAUSE_OF_REASON:
        found.append(f"services[{index}].{CLAUSE_OF_REASON[counted.code]}")
    elif counted.code == "not_enrolled":
        found.append("term")
    return [clause(contract, terms.number, path) for path in found]


def unknown_person(service: Service, terms: VersionTerms, on: date) -> Counted:
    """The part of the answer that holds for anybody."""
    return Counted(
        kind=service.kind, service=service, terms=terms, on=on, enrolled=False, level=None, origin="provisional"
    )


def latest_signed(contract_ids: Iterable[int]) -> QuerySet[ContractVersion]:
    """The highest signed version of each contract: the one to have read."""
    later = ContractVersion.objects.filter(
        contract=OuterRef("contract"), status=VersionStatus.SIGNED, number__gt=OuterRef("number")
    )
    signed = ContractVersion.objects.filter(status=VersionStatus.SIGNED, contract__in=list(contract_ids))
    return signed.filter(~Exists(later)).select_related("contract").order_by("contract__code")


def to_read(user: Any) -> list[ContractVersion]:
    """Versions that this person still has to read."""
    where = sides(user, "included.confirm").provider
    if not where:
        return []
    contracts = Contract.objects.filter(provider__in=where).values_list("pk", flat=True)
    read = BoundaryReading.objects.filter(version=OuterRef("pk"), user=user)
    return list(latest_signed(contracts).filter(~Exists(read)))


def readers(version: ContractVersion, today: date | None = None) -> QuerySet[User]:
    """Everybody who delivers under the version's contract, with `read_at`; those who have not read come first."""
    today = today or localdate()
    in_force = Q(starts_on__lte=today) & (Q(ends_before=None) | Q(ends_before__gt=today))
    delivering = Membership.objects.filter(
        in_force,
        user=OuterRef("pk"),
        organisation=version.contract.provider_id,
        role__in=POLICY["included.confirm"].provider,
    )
    reading = BoundaryReading.objects.filter(version=version, user=OuterRef("pk"))
    return (
        User.objects.filter(Exists(delivering), is_active=True)
        .annotate(read_at=Subquery(reading.values("confirmed_at")[:1], output_field=DateTimeField()))
        .order_by(Exists(reading), "name", "pk")
    )


@dataclass(frozen=True)
class NotRead:
    version: ContractVersion
    people: int


def not_read(user: Any) -> list[NotRead]:
    """Where this person oversees reading: versions that some have not read, and how many."""
    where = sides(user, "included.oversee").provider
    contracts = Contract.objects.filter(provider__in=where).values_list("pk", flat=True)
    found = []
    for version in latest_signed(contracts):
        reading = BoundaryReading.objects.filter(version=version, user=OuterRef("pk"))
        found.append(NotRead(version, readers(version).filter(~Exists(reading)).count()))
    return [one for one in found if one.people]


def reading_of(user: Any, version: ContractVersion) -> datetime | None:
    """When the person confirmed that they have read it."""
    found: datetime | None = (
        BoundaryReading.objects.filter(version=version, user=user).values_list("confirmed_at", flat=True).first()
    )
    return found


def member_named(user: Any, text: str) -> Member | None:
    """The visible member whose reference (where the person may see it) or pseudonym this is."""
    text = text.strip()
    if not text:
        return None
    by_reference = Q(reference=text, organisation__in=sides(user, "member.reference").provider)
    found: Member | None = (
        Member.objects.visible_to(user).filter(by_reference | Q(pseudonym=text.upper())).order_by("pk").first()
    )
    return found
