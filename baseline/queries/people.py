"""One's own caseload as the recorder needs it: who, at which level, when last seen, and who comes next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q

from accounts.permissions import sides
from baseline.models import Activity
from baseline.queries.activity import contacts_under, contracts_of
from baseline.queries.terms import governed
from blended_pilot.kernel.periods import DAY, first_of_month
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from contracts.rules.document import ContractDocument, Service
from eligibility.models import CoverageSpan, Member, Practitioner
from eligibility.queries.members import MemberRow
from eligibility.queries.members import rows as member_rows
from eligibility.queries.staff import my_members


@dataclass(frozen=True)
class Seen:
    """The day of a member's last planned contact, and how many contacts there were this month."""

    last_planned: date | None = None
    this_month: int = 0


def seen(user: Any, member_ids: Iterable[int], today: date) -> Mapping[int, Seen]:
    """By member; who was never seen is missing."""
    contracts = list(contracts_of(user).values_list("pk", flat=True))
    delivered = Activity.objects.filter(member__in=list(member_ids), contract__in=contracts, occurred_on__lte=today)
    grouped = (
        delivered.filter(contacts_under(contracts))
        .values("member")
        .annotate(
            last_planned=Max("occurred_on", filter=Q(planned=True)),
            this_month=Count("pk", filter=Q(occurred_on__gte=first_of_month(today))),
        )
    )
    return {one["member"]: Seen(one["last_planned"], one["this_month"]) for one in grouped.order_by()}


def rows(user: Any, members: Iterable[Member], today: date) -> Mapping[int, MemberRow]:
    """What is in force today for members of the caseload, by member."""
    return {row.member_id: row for row in member_rows(user, members, today)}


def mine(user: Any, today: date) -> list[Member]:
    """Whom the person leads or covers, in the order of their caseload, each once."""
    found = {assignment.member_id: assignment.member for assignment in my_members(user, today)}
    return list(found.values())


def next_after(user: Any, member_id: int, today: date) -> Member | None:
    """Who follows on the caseload; None at its end, and where the member is not on it."""
    members = mine(user, today)
    places = {member.pk: place for place, member in enumerate(members)}
    place = places.get(member_id)
    return members[place + 1] if place is not None and place + 1 < len(members) else None


def contracts_to_record(user: Any, member: Member, today: date) -> list[Contract]:
    """The provider's contracts under which the person may record for a member, those that cover them first."""
    if member.organisation_id not in sides(user, "activity.record").provider:
        return []
    covered = set(CoverageSpan.objects.on(today).filter(member=member).values_list("contract_id", flat=True))
    contracts = Contract.objects.filter(provider=member.organisation_id).order_by("code")
    return sorted(
        (contract for contract in contracts if signed_terms(contract.pk)),
        key=lambda contract: (contract.pk not in covered, contract.code),
    )


def terms_on(contract: Contract, day: date) -> ContractDocument | None:
    terms = signed_terms(contract.pk).on(day)
    return terms.document if terms else None


def last_declared(contract: Contract, code: str) -> Service | None:
    """The service as the latest signed version has it that declares it."""
    versions = reversed(signed_terms(contract.pk).versions)
    return next((found for terms in versions if (found := terms.document.service(code))), None)


def no_longer_offered(contract: Contract, day: date) -> list[tuple[Service, date]]:
    """Services that earlier terms declare and those of the day do not, each with the last day of its own terms."""
    now = terms_on(contract, day)
    found = {
        service.code: (service, before - DAY)
        for terms, _start, before in governed(signed_terms(contract.pk))
        for service in terms.document.services
        if before <= day and now is not None and now.service(service.code) is None
    }
    return list(found.values())


def practitioner_of(user: Any, organisation_id: int) -> Practitioner | None:
    """As whom the person delivers work at a provider."""
    return Practitioner.objects.filter(user=user, organisation=organisation_id).order_by("pk").first()


def practitioners_at(organisation_id: int) -> dict[str, str]:
    """Reference and name of everybody who delivers work at a provider."""
    found = Practitioner.objects.filter(organisation=organisation_id).order_by("name", "reference")
    return {one.reference: str(one) for one in found}


def last_record(user: Any, contract: Contract, service: str, member_id: int | None = None) -> Activity | None:
    """What the person recorded last of a service, for one member or for anybody."""
    records = Activity.objects.filter(recorded_by=user, contract=contract, service=service, attempted=False)
    if member_id is not None:
        records = records.filter(member=member_id)
    found: Activity | None = records.standing().order_by("-recorded_at", "-pk").first()
    return found


def offered(document: ContractDocument) -> tuple[list[Service], list[Service]]:
    """(baseline, episodic) services that staff may record, in the order of the contract."""
    baseline = [service for service in document.services if not service.episodic]
    return baseline, [service for service in document.services if service.episodic]
