"""Who changed what about a member, in sentences: read from the history that the database keeps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import sides
from blended_pilot.kernel.changes import ADDED, REMOVED, Change, changes
from blended_pilot.kernel.periods import DAY
from contracts.models import Contract
from eligibility.models import Assignment, AssignmentKind, CoverageSpan, LevelSpan, Member, Practitioner, Source, Team
from eligibility.queries.words import spoken

IDENTITY_FIELDS = ("given_name", "family_name", "birth_date", "sex", "ethnicity", "language", "disability")
CLINICAL_FIELDS = ("rationale", "instrument", "score")

LABELS = {
    "reference": gettext_lazy("Reference"),
    "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"),
    "birth_date": gettext_lazy("Date of birth"),
    "sex": gettext_lazy("Sex"),
    "ethnicity": gettext_lazy("Ethnicity"),
    "language": gettext_lazy("Language"),
    "disability": gettext_lazy("Disability"),
    "cohort": gettext_lazy("Cohort"),
    "geography": gettext_lazy("Geography"),
    "level": gettext_lazy("Level"),
    "starts_on": gettext_lazy("First day"),
    "ends_before": gettext_lazy("Last day"),
    "source": gettext_lazy("Comes from"),
    "decided_on": gettext_lazy("Decided on"),
    "decided_by": gettext_lazy("Decided by"),
    "rationale": gettext_lazy("Rationale"),
    "instrument": gettext_lazy("Instrument"),
    "score": gettext_lazy("Score"),
    "practitioner_id": gettext_lazy("Practitioner"),
    "team_id": gettext_lazy("Team"),
}


@dataclass(frozen=True)
class FieldChange:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryEntry:
    """One write: when, who ("" = the system), what happened in a sentence, which fields moved, and why."""

    at: datetime
    by: str
    sentence: str
    fields: tuple[FieldChange, ...]
    reason: str


@dataclass(frozen=True)
class _Kept:
    """A model whose history belongs to a member: which rows and fields are read, and how a row is named."""

    model: Any
    rows: dict[str, Any]
    fields: tuple[str, ...]
    name: Callable[[Any, "_Words"], str]


def member_history(user: Any, member: Member) -> list[HistoryEntry]:
    """Every change of the member, coverage, levels and assignments that `user` may read, the latest first.

    Names and demographics appear only for those who may see them, clinical fields only for those who may read
    clinical text; what is left out is left out whole, so that not even the fact of the change tells anything.
    """
    reader = _Reader(user, member)
    found: list[tuple[_Kept, Change]] = []
    for kept in reader.kept():
        rows = kept.model.history.model.objects.filter(**kept.rows).order_by("id", "history_id").values()
        found += [(kept, change) for change in changes(rows, kept.fields)]
    found.sort(key=lambda pair: (pair[1].at, pair[1].row["history_id"]), reverse=True)
    words = _Words(change for _kept_model, change in found)
    return [
        HistoryEntry(
            at=change.at,
            by=words.person(change.by_id),
            sentence=_sentence(kept, change, words),
            fields=tuple(
                FieldChange(
                    str(LABELS[step.field]), words.value(step.field, step.before), words.value(step.field, step.after)
                )
                for step in change.steps
            ),
            reason=change.reason if reader.reads_reasons else "",
        )
        for kept, change in found
    ]


class _Reader:
    """What one person may read in one member's history: which rows, which fields, and whether the reasons."""

    def __init__(self, user: Any, member: Member) -> None:
        self._user, self._member = user, member
        seen = Contract.objects.filter(sides(user, "member.view").of_contract(), provider=member.organisation_id)
        self._contracts = dict(seen.values_list("pk", "commissioner_id"))
        # reasons are free words of the provider's staff and may name a person
        self.reads_reasons = self._may("member.reference") or self._may("clinical.view")

    def _may(self, action: str) -> bool:
        """At the member's provider, or for every contract through which the person sees the member."""
        where = sides(self._user, action)
        return self._member.organisation_id in where.provider or (
            bool(self._contracts) and set(self._contracts.values()) <= where.commissioner
        )

    def kept(self) -> list[_Kept]:
        of_member = {"member_id": self._member.pk}
        under_contract = {**of_member, "contract_id__in": list(self._contracts)}
        person: tuple[str, ...] = ("reference",) if self._may("member.reference") else ()
        person += IDENTITY_FIELDS if self._may("member.identity") else ()
        clinical = CLINICAL_FIELDS if self._may("clinical.view") else ()
        kept = [
            _Kept(Member, {"id": self._member.pk}, person, lambda row, words: _("Member")),
            _Kept(
                CoverageSpan,
                under_contract,
                ("cohort", "geography", "starts_on", "ends_before", "source"),
                _coverage_name,
            ),
            _Kept(
                LevelSpan,
                under_contract,
                ("level", "starts_on", "ends_before", "source", "decided_on", "decided_by", *clinical),
                _level_name,
            ),
        ]
        if self._may("team.view"):
            fields = ("practitioner_id", "team_id", "starts_on", "ends_before", "source")
            kept.append(_Kept(Assignment, of_member, fields, _assignment_name))
        return kept


def _sentence(kept: _Kept, change: Change, words: "_Words") -> str:
    name = kept.name(change.row, words)
    if change.kind == ADDED:
        return _("%(name)s was added.") % {"name": name}
    if change.kind == REMOVED:
        return _("%(name)s was taken back.") % {"name": name}
    return _("%(name)s was changed.") % {"name": name}


def _coverage_name(row: Any, words: "_Words") -> str:
    return _("Coverage %(period)s (%(cohort)s, %(geography)s)") % {**row, "period": _period(row)}


def _level_name(row: Any, words: "_Words") -> str:
    return _("Level %(level)s %(period)s") % {"level": row["level"], "period": _period(row)}


def _assignment_name(row: Any, words: "_Words") -> str:
    named = [words.value(field, row[field]) for field in ("practitioner_id", "team_id") if row[field]]
    kind = AssignmentKind(row["kind"]).label
    return _("%(kind)s %(whom)s %(period)s") % {"kind": kind, "whom": ", ".join(named), "period": _period(row)}


def _period(row: Any) -> str:
    first = date_format(row["starts_on"])
    if row["ends_before"] is None:
        return _("from %(first)s") % {"first": first}
    return _("from %(first)s to %(last)s") % {"first": first, "last": date_format(row["ends_before"] - DAY)}


class _Words:
    """Values of history rows as a reader meets them; people, teams and practitioners looked up once."""

    def __init__(self, found: Iterable[Change]) -> None:
        found = list(found)
        users = {change.by_id for change in found if change.by_id}
        self._people = dict(User.objects.filter(pk__in=users).values_list("pk", "name"))
        named: dict[str, set[int]] = {"practitioner_id": set(), "team_id": set()}
        for change in found:
            for step in change.steps:
                if step.field in named:
                    named[step.field] |= {value for value in (step.before, step.after) if value}
            for field in named:
                named[field] |= {change.row[field]} if change.row.get(field) else set()
        self._names: dict[str, dict[int, str]] = {
            "practitioner_id": {
                row.pk: str(row) for row in Practitioner.objects.filter(pk__in=named["practitioner_id"])
            },
            "team_id": {row.pk: str(row) for row in Team.objects.filter(pk__in=named["team_id"])},
        }

    def person(self, user_id: int | None) -> str:
        return self._people.get(user_id, "") if user_id else ""

    def fields(self, change: Change) -> tuple[FieldChange, ...]:
        return tuple(
            FieldChange(
                str(LABELS[step.field]), self.value(step.field, step.before), self.value(step.field, step.after)
            )
            for step in change.steps
        )

    def value(self, field: str, value: Any) -> str:
        if field == "ends_before":
            return date_format(value - DAY) if value else _("open")
        if field in self._names and value:
            return self._names[field].get(value, str(value))
        return str(Source(value).label) if field == "source" else spoken(value)
