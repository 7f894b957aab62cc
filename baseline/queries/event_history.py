"""Who changed what about a complaint or safety signal, from the history that the database keeps."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import may_on
from baseline.models import Event, EventKind, Severity
from baseline.queries.history import RecordChange
from blended_pilot.kernel.changes import ADDED, Step, changes
from eligibility.queries.history import FieldChange
from eligibility.queries.identities import identity_of
from eligibility.queries.words import spoken

LABELS = {
    "member_id": gettext_lazy("Member"),
    "kind": gettext_lazy("What it is"),
    "occurred_on": gettext_lazy("Occurred on"),
    "severity": gettext_lazy("Severity"),
    "category": gettext_lazy("Category"),
    "owner_id": gettext_lazy("Who deals with it"),
    "due_on": gettext_lazy("By"),
    "closed_on": gettext_lazy("Closed on"),
}
WORDS = {"description": gettext_lazy("What happened"), "learning": gettext_lazy("What was learned")}
CODES: dict[str, dict[str, Any]] = {"kind": dict(EventKind.choices), "severity": dict(Severity.choices)}


def event_history(user: Any, event: Event) -> list[RecordChange]:
    """Every change of an event but of what concerns safeguarding, the latest first.

    What happened, what was learned and why something changed are told to those who may read the event's words.
    """
    reads = may_on(user, "clinical.view", event.contract) or may_on(user, "event.close", event.contract)
    fields = {**LABELS, **WORDS} if reads else LABELS
    rows = Event.history.model.objects.filter(id=event.pk).order_by("id", "history_id").values()
    found = list(changes(rows, list(fields)))[::-1]
    named = {pk for pk in {one.by_id for one in found} | _values(found, "owner_id") if pk is not None}
    people = dict(User.objects.filter(pk__in=named).values_list("pk", "name"))
    members = {pk: shown.code for pk, shown in identity_of(user, _values(found, "member_id")).items()}

    def told(step: Step, value: Any) -> str:
        if step.field == "member_id":
            return members.get(value, _("another member"))
        if step.field == "owner_id":
            return people.get(value, _("nobody"))
        return spoken(str(CODES.get(step.field, {}).get(value, value)) if isinstance(value, str) else value)

    return [
        RecordChange(
            at=one.at,
            by=people.get(one.by_id, "") if one.by_id else "",
            sentence=_("It was recorded.") if one.kind == ADDED else _("It was changed."),
            fields=tuple(
                FieldChange(str(fields[step.field]), told(step, step.before), told(step, step.after))
                for step in one.steps
            ),
            reason=one.reason if reads else "",
        )
        for one in found
    ]


def members_named(event: Event) -> set[int]:
    """The ids of all whom the event was ever said to concern: its history names them."""
    return set(Event.history.model.objects.filter(id=event.pk).values_list("member_id", flat=True)) | {event.member_id}


def _values(found: Any, field: str) -> set[Any]:
    return {value for one in found for step in one.steps if step.field == field for value in (step.before, step.after)}
