"""Who authorised, changed and ended an episode, from the history that the database keeps."""

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from authorizations.models import Episode
from blended_pilot.kernel.changes import ADDED, Step, changes
from blended_pilot.kernel.periods import DAY

FIELDS = ("member_id", "service", "units", "starts_on", "ends_before", "ended_early_on", "decided_on", "decided_by")


def episode_history(episode: Episode) -> list[dict[str, Any]]:
    """The latest change first, as `kit/history.html` draws it."""
    found = list(changes(Episode.history.filter(id=episode.pk).order_by("id", "history_id").values(), FIELDS))
    names = dict(User.objects.filter(pk__in={one.by_id for one in found}, is_system=False).values_list("pk", "name"))
    return [
        {
            "at": one.at,
            "by": names.get(one.by_id, "") if one.by_id else "",
            "sentence": _("Authorised") if one.kind == ADDED else _("Changed"),
            "fields": [_shown(step) for step in one.steps],
            "reason": one.reason,
        }
        for one in reversed(found)
    ]


def _shown(step: Step) -> dict[str, str]:
    return {
        "field": _label(step.field),
        "before": _said(step.field, step.before),
        "after": _said(step.field, step.after),
    }


def _label(field: str) -> str:
    return {
        "member_id": _("Member"),
        "service": _("Service"),
        "units": _("Units"),
        "starts_on": _("First day"),
        "ends_before": _("Last day"),
        "ended_early_on": _("Ended early, last day"),
        "decided_on": _("Decided"),
        "decided_by": _("Decided by"),
    }[field]


def _said(field: str, value: Any) -> str:
    if value is None:
        return ""
    if field in ("ends_before", "ended_early_on"):
        return date_format(value - DAY)
    if field in ("starts_on", "decided_on"):
        return date_format(value)
    return f"{value.normalize():f}" if field == "units" else str(value)
