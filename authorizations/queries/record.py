"""What the record says of a member on a day: contacts, scores, follow-ups, coverage and levels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from authorizations.models import Assessment
from authorizations.rules.triggers import Contact, FollowUpDue, Record, Score
from baseline.models import Activity, FollowUp
from contracts.rules.document import Authorization, ContractDocument
from contracts.rules.document.care import ActivityTrigger, ScoreTrigger
from eligibility.models import CoverageSpan, LevelSpan


@dataclass(frozen=True)
class Standing:
    """Where a member stands under a contract on a day.

    `care_level` is the level decided last, also after its end: care goes on until somebody decides. `span` is that
    decision's span and `lapsed` says that it has ended. Before any decision `care_level` is empty.
    """

    covered: bool
    cohort: str
    geography: str
    care_level: str
    span: LevelSpan | None
    lapsed: bool
    provisional: str


def standing(contract_id: int, member_id: int, day: date, document: ContractDocument | None) -> Standing:
    """Two queries."""
    under = {"contract_id": contract_id, "member_id": member_id}
    covered = CoverageSpan.objects.on(day).filter(**under).first()
    span = LevelSpan.objects.filter(**under, starts_on__lte=day).order_by("-starts_on").first()
    return Standing(
        covered=covered is not None,
        cohort=covered.cohort if covered else "",
        geography=covered.geography if covered else "",
        care_level=span.level if span else "",
        span=span,
        lapsed=span is not None and span.ends_before is not None and span.ends_before <= day,
        provisional=(document.provisional_level or "") if document else "",
    )


def longest_window(authorization: Authorization) -> int:
    """The most days that any trigger of the terms looks back, twice: a window may have ended a window ago."""
    triggers = authorization.triggers.list_ if authorization.triggers else ()
    return 2 * max((trigger.within_days for trigger in triggers if hasattr(trigger, "within_days")), default=0)


def record(contract_id: int, member_id: int, on: date, authorization: Authorization, costed: Iterable[str]) -> Record:
    """As far back as the triggers of the terms look. Three queries."""
    return records(contract_id, [member_id], on, authorization, costed)[member_id]


def records(
    contract_id: int, member_ids: Iterable[int], on: date, authorization: Authorization, costed: Iterable[str]
) -> dict[int, Record]:
    """For each of the members. Three queries whatever their number.

    A contact is a delivered record: not an attempt, not reversed. Costed services are somebody else's work and count
    only for a trigger that names them.
    """
    ids = list(dict.fromkeys(member_ids))
    triggers = authorization.triggers.list_ if authorization.triggers else ()
    first = on - timedelta(days=longest_window(authorization))
    named = {trigger.service for trigger in triggers if isinstance(trigger, ActivityTrigger) and trigger.service}
    contacts: dict[int, list[Contact]] = {pk: [] for pk in ids}
    scores: dict[int, list[Score]] = {pk: [] for pk in ids}
    late: dict[int, list[FollowUpDue]] = {pk: [] for pk in ids}
    if any(isinstance(trigger, ActivityTrigger) for trigger in triggers):
        delivered = Activity.objects.standing().filter(
            contract_id=contract_id, member_id__in=ids, occurred_on__gte=first, occurred_on__lte=on, attempted=False
        )
        left_out = set(costed) - named
        for row in delivered.exclude(service__in=left_out).order_by("occurred_on", "pk").iterator():
            contacts[row.member_id].append(_contact(row))
    if any(isinstance(trigger, ScoreTrigger) for trigger in triggers):
        valid = Assessment.objects.filter(
            contract_id=contract_id, member_id__in=ids, assessed_on__gte=first, assessed_on__lte=on
        )
        for row in valid.filter(withdrawn_at=None, superseded_by=None).order_by("assessed_on", "pk"):
            scores[row.member_id].append(Score(row.pk, row.assessed_on, row.instrument, row.score))
    due = FollowUp.objects.overdue(on).filter(contract_id=contract_id, member_id__in=ids).order_by("due_on", "pk")
    for row in due:
        late[row.member_id].append(FollowUpDue(row.pk, row.due_on))
    return {pk: Record(on, contacts[pk], scores[pk], late[pk]) for pk in ids}


def _contact(row: Activity) -> Contact:
    """`same` is what makes two records one, as for payment: with the time where it is known."""
    same: tuple[Any, ...] = (row.service, row.occurred_on, row.occurred_at, row.units, row.practitioner, row.place)
    return Contact(row.pk, row.occurred_on, row.service, row.planned, same)


def costed_services(document: ContractDocument) -> list[str]:
    return [service.code for service in document.services if service.costed]


def words(document: ContractDocument) -> Mapping[str, str]:
    """The names of services by their codes."""
    return {service.code: service.name for service in document.services}
