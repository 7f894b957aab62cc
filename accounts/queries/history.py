"""Who changed what about a person: account, roles and deputies, from the history that the database keeps."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Deputy, Membership, Role, User
from accounts.queries.people import visible_organisations
from blended_pilot.kernel.changes import ADDED, REMOVED, Change, changes
from blended_pilot.kernel.periods import DAY

LABELS = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail"),
    "is_active": gettext_lazy("Account"),
    "session_round": gettext_lazy("Sign-ins and tokens"),
    "starts_on": gettext_lazy("First day"),
    "ends_before": gettext_lazy("Last day"),
}
OF_ACCOUNT = ("name", "email", "is_active", "session_round")


@dataclass(frozen=True)
class Step:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One write: when, who ("" = the system), what in a sentence, which fields moved, and why."""

    at: datetime
    by: str
    sentence: str
    fields: tuple[Step, ...]
    reason: str


def person_history(user: Any, person: User) -> list[Entry]:
    """Every change of the person's account, and of their roles and deputies where `user` may see them, latest first."""
    organisations = dict(visible_organisations(user).values_list("pk", "name"))
    found: list[tuple[type[Model], Change]] = []
    found += [(User, change) for change in _changes(User, {"id": person.pk}, OF_ACCOUNT)]
    roles = {"user_id": person.pk, "organisation_id__in": list(organisations)}
    found += [(Membership, change) for change in _changes(Membership, roles, ("starts_on", "ends_before"))]
    memberships = {change.object_id: change.row for model, change in found if model is Membership}
    held = {"membership_id__in": list(memberships)}
    found += [(Deputy, change) for change in _changes(Deputy, held, ("starts_on", "ends_before"))]
    found.sort(key=lambda pair: (pair[1].at, pair[1].row["history_id"]), reverse=True)
    known = {change.by_id for _model, change in found} | {change.row.get("user_id") for _model, change in found}
    names = dict(User.objects.filter(pk__in=[pk for pk in known if pk], is_system=False).values_list("pk", "name"))
    return [
        Entry(
            at=change.at,
            by=names.get(change.by_id or 0, ""),
            sentence=_sentence(model, change, organisations, memberships, names),
            fields=tuple(_step(step.field, step.before, step.after) for step in change.steps),
            reason=change.reason,
        )
        for model, change in found
    ]


def _changes(model: Any, rows: dict[str, Any], fields: tuple[str, ...]) -> list[Change]:
    kept = model.history.model.objects.filter(**rows).order_by("id", "history_id").values()
    return list(changes(kept, fields))


def _sentence(model: Any, change: Change, organisations: dict[int, str], memberships: Any, names: Any) -> str:
    kinds = {ADDED: _("%(what)s: added"), REMOVED: _("%(what)s: withdrawn")}
    return kinds.get(change.kind, _("%(what)s: changed")) % {
        "what": _what(model, change.row, organisations, memberships, names)
    }


def _what(model: Any, row: Any, organisations: dict[int, str], memberships: Any, names: Any) -> str:
    if model is User:
        return _("Account")
    if model is Membership:
        return f"{Role(row['role']).label}, {organisations[row['organisation_id']]}"
    held = memberships[row["membership_id"]]
    return _("%(deputy)s as deputy for %(role)s") % {
        "deputy": names.get(row["user_id"], ""),
        "role": Role(held["role"]).label,
    }


def _step(field: str, before: Any, after: Any) -> Step:
    if field == "session_round":
        return Step(str(LABELS[field]), "", _("ended"))
    return Step(str(LABELS[field]), _word(field, before), _word(field, after))


def _word(field: str, value: Any) -> str:
    if field == "is_active":
        return _("active") if value else _("deactivated")
    if field == "ends_before":
        return date_format(value - DAY, "DATE_FORMAT") if value else _("open")
    return date_format(value, "DATE_FORMAT") if isinstance(value, date) else str(value)
