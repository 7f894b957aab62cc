"""A person registered twice becomes one member, and two again if that was wrong.

Days, levels and assignments that the kept member does not have come over from the other; what both have counts once.
Rows of later stages come over whole: a model says so by `moves_with_member = True`, and a stage that has to look first
says so by `follow`. Entries of the register, determinations and evidence stay under the reference under which they were
made; `queries.determinations.one_person` finds them. Money follows as differences.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_at
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from contracts.operations.facts import hold_open
from eligibility.models import Assignment, CoverageSpan, LevelSpan, Member, MemberMerge, Source
from eligibility.operations.keeping import as_data, from_data
from eligibility.rules.levels import free_days

# what lasts for a time, and what has to be the same for two spans to be in each other's way
SPANS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("coverage", CoverageSpan, ("contract_id",)),
    ("levels", LevelSpan, ("contract_id",)),
    ("assignments", Assignment, ("kind",)),
)


Followed = Callable[[MemberMerge, datetime], None]
_before_merging: list[Followed] = []
_before_parting: list[Followed] = []


def follow(*, before_merging: Followed, before_parting: Followed) -> None:
    """A later stage looks at a merge before its rows move, and refuses (NotOnePerson, NotMerged) what cannot be."""
    _before_merging.append(before_merging)
    _before_parting.append(before_parting)


class NotOnePerson(Refused):
    """The same member twice, two providers, or one that is merged already."""


class NotMerged(Refused):
    """The merge was undone already, or something stands in the way of undoing it."""


class ReasonMissing(Refused):
    """A merge says how it was found that two members are one person."""


def merge(*, kept_id: int, merged_id: int, reason: str, actor: User, now: datetime) -> MemberMerge:
    """`merged` lives on as `kept`. Raises NotAllowed, NotOnePerson, ReasonMissing."""
    with recording(actor=actor, reason=reason):
        kept, merged = _both(kept_id, merged_id, actor)
        if not reason.strip():
            raise ReasonMissing(_("Say how you know that this is one person."))
        in_the_way = MemberMerge.objects.filter(Q(merged__in=[kept, merged]) | Q(kept=merged), undone_at=None)
        if in_the_way.exists():
            raise NotOnePerson(_("One of them is merged with somebody already; undo that first."))
        found = MemberMerge.objects.create(  # first: the database lets what was submitted change hands by a merge only
            organisation_id=kept.organisation_id,
            kept=kept,
            merged=merged,
            reason=reason.strip(),
            merged_by=actor,
            merged_at=now,
        )
        for look in _before_merging:
            look(found, now)
        found.moved = {name: _move_spans(model, same, kept, merged) for name, model, same in SPANS}
        found.moved["rows"] = {model._meta.label: _move_rows(model, merged, kept, None) for model in followers()}
        found.save()
        return found


def unmerge(*, merge_id: int, reason: str, actor: User, now: datetime) -> MemberMerge:
    """They are two people: what came over goes back, what was written since stays. Raises NotAllowed, NotMerged."""
    with recording(actor=actor, reason=reason):
        found = MemberMerge.objects.get(pk=merge_id)
        kept, merged = _both(found.kept_id, found.merged_id, actor)
        found = MemberMerge.objects.select_for_update().get(pk=merge_id)
        if found.undone_at is not None:
            raise NotMerged(_("This was undone already."))
        for look in _before_parting:
            look(found, now)
        for name, model, same in SPANS:
            _move_spans_back(model, same, merged, found.moved[name])
        for label, ids in found.moved["rows"].items():
            _move_rows(apps.get_model(label), kept, merged, ids)
        found.undone_at, found.undone_by = now, actor
        found.save()
        return found


def followers() -> Iterator[Any]:
    """Every model whose rows go where their member goes."""
    return (model for model in apps.get_models() if getattr(model, "moves_with_member", False))


def _both(kept_id: int, merged_id: int, actor: User) -> tuple[Member, Member]:
    """Both members locked, and the facts of every contract of their provider held open."""
    if kept_id == merged_id:
        raise NotOnePerson(_("Choose two different members."))
    locked = {row.pk: row for row in Member.objects.filter(pk__in=[kept_id, merged_id])}
    kept, merged = locked[kept_id], locked[merged_id]
    require_at(actor, "member.merge", kept.organisation_id, _("Only a supervisor of the provider merges members."))
    if kept.organisation_id != merged.organisation_id:
        raise NotOnePerson(_("The two belong to different providers."))
    for contract_id in (
        Contract.objects.filter(provider=kept.organisation_id).order_by("pk").values_list("pk", flat=True)
    ):
        hold_open(contract_id)
    list(Member.objects.select_for_update().filter(pk__in=[kept_id, merged_id]).order_by("pk"))
    return kept, merged


def _move_spans(model: Any, same: Sequence[str], kept: Member, merged: Member) -> dict[str, Any]:
    """`was`: the spans as they were; `made`: ids of those that the kept member got for their free days."""
    was, made = [], []
    for span in model.objects.select_for_update().filter(member=merged).order_by("starts_on"):
        was.append(as_data(span))
        alike = {name: getattr(span, name) for name in same}
        taken = list(model.objects.filter(member=kept, **alike).order_by("starts_on"))
        values = as_data(span)
        span.delete()
        for starts_on, ends_before in free_days(span.starts_on, span.ends_before, taken):
            piece = from_data(model, values)
            piece.pk, piece.member_id, piece.source = None, kept.pk, Source.PRODUCT
            piece.starts_on, piece.ends_before = starts_on, ends_before
            piece.save()
            made.append(piece.pk)
    return {"was": was, "made": made}


def _move_spans_back(model: Any, same: Sequence[str], merged: Member, moved: dict[str, Any]) -> None:
    model.objects.filter(pk__in=moved["made"]).delete()
    for values in moved["was"]:
        span = from_data(model, values)
        alike = {name: getattr(span, name) for name in same}
        taken = list(model.objects.filter(member=merged, **alike).order_by("starts_on"))
        if free_days(span.starts_on, span.ends_before, taken) != [(span.starts_on, span.ends_before)]:
            raise NotMerged(_("%(member)s has got days of their own since.") % {"member": merged.reference})
        span.pk, span.member_id = None, merged.pk
        span.save()


def _move_rows(model: Any, of: Member, to: Member, ids: Sequence[int] | None) -> list[int]:
    rows = model.objects.filter(member=of) if ids is None else model.objects.filter(member=of, pk__in=ids)
    found = list(rows.order_by("pk").values_list("pk", flat=True))
    model.objects.filter(pk__in=found).update(member=to)
    return found
