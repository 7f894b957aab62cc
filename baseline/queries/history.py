"""Who changed what about one record, from the history that the database keeps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import sides
from baseline.models import Activity
from blended_pilot.kernel.changes import ADDED, REMOVED, Step, changes
from eligibility.models import Member
from eligibility.queries.history import FieldChange
from eligibility.queries.identities import identity_of
from eligibility.queries.words import spoken

LABELS = {
    "activity_ref": gettext_lazy("Reference"),
    "member_id": gettext_lazy("Member"),
    "service": gettext_lazy("Service"),
    "occurred_on": gettext_lazy("Date"),
    "occurred_at": gettext_lazy("Time"),
    "units": gettext_lazy("Units"),
    "planned": gettext_lazy("Planned"),
    "attempted": gettext_lazy("Attempted"),
    "practitioner": gettext_lazy("Practitioner"),
    "place": gettext_lazy("Place"),
    "outcome": gettext_lazy("Outcome"),
    "minutes": gettext_lazy("Minutes"),
    "criteria_met": gettext_lazy("Criteria met"),
    "criteria_not_met": gettext_lazy("Criteria not met"),
    "amount": gettext_lazy("Amount"),
    "received_on": gettext_lazy("Received on"),
    "verified_on": gettext_lazy("Verified on"),
    "verified_by": gettext_lazy("Verified by"),
    "reverses": gettext_lazy("Reverses"),
}


@dataclass(frozen=True)
class RecordChange:
    """One write of a record: when, who ("" = the system), what, which fields moved, and why."""

    at: datetime
    by: str
    sentence: str
    fields: tuple[FieldChange, ...]
    reason: str


def record_history(user: Any, record: Activity) -> list[RecordChange]:
    """Every change of one record, the latest first. Reasons are for the provider's own people and auditors."""
    rows = Activity.history.model.objects.filter(id=record.pk).order_by("id", "history_id").values()
    found = list(changes(rows, list(LABELS)))[::-1]
    people = dict(User.objects.filter(pk__in={one.by_id for one in found if one.by_id}).values_list("pk", "name"))
    moved = {
        value for one in found for step in one.steps if step.field == "member_id" for value in (step.before, step.after)
    }
    members = {pk: shown.code for pk, shown in identity_of(user, moved).items()} if moved else {}
    clinical = sides(user, "clinical.view")
    reads_reasons = (
        record.organisation_id in sides(user, "member.reference").provider | clinical.provider
        or record.contract.commissioner_id in clinical.commissioner
    )
    zone = ZoneInfo(record.contract.timezone)
    return [
        RecordChange(
            at=one.at,
            by=people.get(one.by_id, "") if one.by_id else "",
            sentence=_sentence(one.kind),
            fields=tuple(_field(step, members, zone) for step in one.steps),
            reason=one.reason if reads_reasons else "",
        )
        for one in found
    ]


def members_before(record: Activity) -> QuerySet[Member]:
    """Those whom the record named before, whom its history still names."""
    named = Activity.history.model.objects.filter(id=record.pk).exclude(member=record.member_id)
    return Member.objects.filter(pk__in=named.values("member_id"))


def _sentence(kind: str) -> str:
    if kind == ADDED:
        return _("The record was added.")
    return _("The record was taken back.") if kind == REMOVED else _("The record was changed.")


def _local(value: Any, zone: ZoneInfo) -> Any:
    return value.astimezone(zone) if isinstance(value, datetime) else value


def _field(step: Step, members: dict[int, str], zone: ZoneInfo) -> FieldChange:
    if step.field == "member_id":
        before, after = (members.get(value, _("another member")) for value in (step.before, step.after))
    else:
        before, after = spoken(_local(step.before, zone)), spoken(_local(step.after, zone))
    return FieldChange(str(LABELS[step.field]), before, after)
