"""Delivered work as lists and record pages show it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, Q, QuerySet

from accounts.permissions import may_on, sides
from baseline.models import Activity
from baseline.queries.terms import governed
from contracts.models import Contract, VersionStatus
from contracts.queries.terms import SignedTerms, signed_terms
from contracts.rules.document.services import Service
from eligibility.models import Practitioner

# what a record has come to, the first that applies; "recorded": baseline work, which nobody has to verify
STATES = ("reversing", "reversed", "rejected", "verified", "waiting", "recorded")


@dataclass(frozen=True)
class Wanted:
    """What a list of records asks for; empty fields ask for nothing. `last_day` is included."""

    reference: str = ""
    contract_id: int | None = None
    service: str = ""
    kind: str = ""  # "baseline" or "episodic"
    first_day: date | None = None
    last_day: date | None = None
    planned: str = ""  # "yes" or "no"
    attempted: str = ""  # "yes" or "no"
    contact: str = ""  # "yes" or "no"
    state: str = ""  # one of STATES
    practitioner: str = ""
    feed_run: int | None = None  # of the file that a record came with, or was last changed by


@dataclass(frozen=True)
class Beside:
    """What stands beside one record in a list."""

    service: str
    kind: str  # "baseline", "episodic", or "" where the terms do not know the service
    reversed_by: int | None
    criteria: int = 0  # how many the service has
    state: str = "recorded"  # one of STATES


@dataclass(frozen=True)
class Links:
    """Other records that one record has to do with."""

    reversed_by: Activity | None
    reverses: Activity | None
    original: Activity | None  # an earlier record that says the same: this one is its duplicate
    repeats: tuple[Activity, ...]  # later records that say the same


def contracts_of(user: Any) -> QuerySet[Contract]:
    """The contracts under which the person sees delivered work."""
    return Contract.objects.filter(sides(user, "activity.view").of_contract()).order_by("code")


def signed_contracts() -> list[int]:
    """Ids of the contracts that have signed terms, for work that runs by itself."""
    signed = Contract.objects.filter(versions__status=VersionStatus.SIGNED).distinct().order_by("pk")
    return list(signed.values_list("pk", flat=True))


def contracts_covering(member_id: int) -> QuerySet[Contract]:
    """Contracts under which the member is, was or will be covered."""
    return Contract.objects.filter(coverage__member=member_id).distinct().order_by("code")


def services(contract_id: int, signed: SignedTerms | None = None) -> dict[str, Service]:
    """Every service of any signed version by code, the latest version's last."""
    return {
        service.code: service
        for terms in (signed or signed_terms(contract_id)).versions
        for service in terms.document.services
    }


def episodic_codes(contract_id: int) -> list[str]:
    """Services that any signed version declares as episodic: their records are verified before they count."""
    return [code for code, service in services(contract_id).items() if service.episodic]


def service_on(contract_id: int, code: str, day: date) -> Service | None:
    """The service as the terms of the day declare it; None where they do not know it."""
    terms = signed_terms(contract_id).on(day)
    return terms.document.service(code) if terms else None


def service_name(record: Activity) -> str:
    """What the terms of the record's day call its service."""
    service = service_on(record.contract_id, record.service, record.occurred_on)
    return service.name if service else record.service


def own_work(user: Any, record: Activity) -> bool:
    """Whether the person recorded, corrected or delivered it, so that somebody else verifies it."""
    return user.pk in (record.recorded_by_id, record.corrected_by_id) or delivered_by(user, record)


def delivered_by(user: Any, record: Activity) -> bool:
    """Whether the record names the person as its practitioner."""
    named = Practitioner.objects.filter(organisation=record.organisation_id, reference=record.practitioner, user=user)
    return bool(record.practitioner) and named.exists()


def corrects(user: Any, record: Activity) -> bool:
    """Whether the person may correct and reverse the record: their own, or as a supervisor anybody's."""
    if may_on(user, "activity.correct_any", record.contract):
        return True
    own = record.recorded_by_id == user.pk or delivered_by(user, record)
    return own and may_on(user, "activity.record", record.contract)


def narrowed(user: Any, records: QuerySet[Activity], wanted: Wanted) -> QuerySet[Activity]:
    """Those of `records` (already visible to `user`) that match."""
    contracts = [wanted.contract_id] if wanted.contract_id else list(contracts_of(user).values_list("pk", flat=True))
    # named by value, so that the index on (contract, day) also gives the order
    records = records.filter(contract__in=contracts)
    if wanted.reference:
        records = records.filter(activity_ref__startswith=wanted.reference)
    if wanted.service:
        records = records.filter(service=wanted.service)
    if wanted.kind:
        records = records.filter(_of_kind(contracts, wanted.kind))
    if wanted.first_day:
        records = records.filter(occurred_on__gte=wanted.first_day)
    if wanted.last_day:
        records = records.filter(occurred_on__lte=wanted.last_day)
    for field in ("planned", "attempted"):
        if chosen := getattr(wanted, field):
            records = records.filter(**{field: chosen == "yes"})
    if wanted.contact:
        contacts = contacts_under(contracts)
        records = records.filter(contacts if wanted.contact == "yes" else ~contacts)
    if wanted.feed_run:
        records = records.filter(feed_run_id=wanted.feed_run)
    if wanted.practitioner:
        records = records.filter(practitioner=wanted.practitioner)
    return records.filter(_in_state(contracts, wanted.state)) if wanted.state else records


def _of_kind(contracts: Sequence[int], kind: str) -> Q:
    found = Q(pk__in=[])
    for contract_id in contracts:
        codes = [code for code, service in services(contract_id).items() if service.kind == kind]
        found |= Q(contract=contract_id, service__in=codes)
    return found


def contacts_under(contracts: Sequence[int]) -> Q:
    """Delivered and standing, of a service that the terms of the day know and do not only count as cost."""
    known = Q(pk__in=[])
    for contract_id in contracts:
        for version, first, before in governed(signed_terms(contract_id)):
            codes = [service.code for service in version.document.services if not service.costed]
            known |= Q(contract=contract_id, service__in=codes, occurred_on__gte=first, occurred_on__lt=before)
    return known & _standing() & Q(attempted=False)


def _standing() -> Q:
    return Q(~Exists(Activity.objects.reversing_outer()), reverses="")


def _in_state(contracts: Sequence[int], state: str) -> Q:
    """The records that `state_of` gives the state."""
    if state == "reversing":
        return ~Q(reverses="")
    if state == "reversed":
        return Q(Exists(Activity.objects.reversing_outer()), reverses="")
    standing = _standing()
    if state == "rejected":
        return standing & Q(rejected_on__isnull=False)
    if state == "verified":
        return standing & Q(verified_on__isnull=False)
    episodic = _of_kind(contracts, "episodic")
    return standing & Q(verified_on=None, rejected_on=None) & (episodic if state == "waiting" else ~episodic)


def state_of(record: Activity, *, reversed_by: int | None, episodic: bool) -> str:
    """One of STATES. `episodic`: any version of the contract declares the service so."""
    if record.reverses:
        return "reversing"
    if reversed_by is not None:
        return "reversed"
    if record.rejected_on:
        return "rejected"
    if record.verified_on:
        return "verified"
    return "waiting" if episodic else "recorded"


def beside(records: Iterable[Activity]) -> Mapping[int, Beside]:
    """What stands beside each record of a page: one query, and one for each contract's terms."""
    records = list(records)
    terms = {contract_id: signed_terms(contract_id) for contract_id in {record.contract_id for record in records}}
    episodic = {contract_id: set(episodic_codes(contract_id)) for contract_id in terms}
    references = {record.activity_ref for record in records}
    reversals = {
        (contract_id, reference): pk
        for pk, contract_id, reference in Activity.objects.filter(
            contract__in=terms, reverses__in=references
        ).values_list("pk", "contract_id", "reverses")
    }
    found = {}
    for record in records:
        governing = terms[record.contract_id].on(record.occurred_on)
        service = governing.document.service(record.service) if governing else None
        reversed_by = reversals.get((record.contract_id, record.activity_ref))
        found[record.pk] = Beside(
            service=service.name if service else record.service,
            kind=service.kind if service else "",
            reversed_by=reversed_by,
            criteria=len(service.criteria) if service else 0,
            state=state_of(record, reversed_by=reversed_by, episodic=record.service in episodic[record.contract_id]),
        )
    return found


def links(record: Activity) -> Links:
    """The reversal, what it reverses, and records that say the same."""
    of_contract = Activity.objects.filter(contract=record.contract_id)
    same = [other for other in _alike(record) if other.pk != record.pk and _same_time(record, other)]
    earlier = [other for other in same if other.pk < record.pk]
    return Links(
        reversed_by=of_contract.filter(reverses=record.activity_ref).order_by("pk").first(),
        reverses=of_contract.filter(activity_ref=record.reverses).first() if record.reverses else None,
        original=None if record.reverses else next(iter(earlier), None),
        repeats=() if record.reverses else tuple(other for other in same if other.pk > record.pk),
    )


def _alike(record: Activity) -> Iterable[Activity]:
    """Records of the same member, service, date, units, practitioner and place that are not reversals or reversed."""
    reversal = Activity.objects.reversing_outer()
    return Activity.objects.filter(
        ~Exists(reversal),
        contract=record.contract_id,
        member=record.member_id,
        service=record.service,
        occurred_on=record.occurred_on,
        units=record.units,
        practitioner=record.practitioner,
        place=record.place,
        reverses="",
    ).order_by("pk")


def _same_time(record: Activity, other: Activity) -> bool:
    """Two times differ only where both are known."""
    return record.occurred_at is None or other.occurred_at is None or record.occurred_at == other.occurred_at
