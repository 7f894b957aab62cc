"""Who looks after whom, and what a hand-over would do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility.models import Assignment, AssignmentKind, Member
from eligibility.querysets import AssignmentQuerySet


@dataclass(frozen=True)
class Carer:
    """Who looks after a member on a day: a practitioner, a team, or both."""

    assignment_id: int
    practitioner_id: int | None
    practitioner: str
    team_id: int | None
    team: str
    starts_on: date
    ends_before: date | None


class Fate(models.TextChoices):
    """What a hand-over does with one member."""

    MOVES = "moves", gettext_lazy("Moves")
    NEW = "new", gettext_lazy("Newly assigned")
    UNCHANGED = "unchanged", gettext_lazy("Is there already")
    BLOCKED = "blocked", gettext_lazy("Cannot be moved")


@dataclass(frozen=True)
class Move:
    """One member in a hand-over. `until` is where the assignment that is taken over ends (None: open)."""

    member: Member
    fate: Fate
    current: Assignment | None
    until: date | None
    why: str = ""


def leads_on(user: Any, member_ids: Iterable[int], day: date) -> dict[int, Carer]:
    """The lead of each member on a day, where `user` may see it; members without one are left out. One query."""
    rows = (
        Assignment.objects.visible_to(user)
        .on(day)
        .filter(member_id__in=set(member_ids), kind=AssignmentKind.LEAD)
        .select_related("practitioner", "team")
    )
    return {row.member_id: carer(row) for row in rows}


def carer(row: Assignment) -> Carer:
    return Carer(
        assignment_id=row.pk,
        practitioner_id=row.practitioner_id,
        practitioner=str(row.practitioner) if row.practitioner else "",
        team_id=row.team_id,
        team=str(row.team) if row.team else "",
        starts_on=row.starts_on,
        ends_before=row.ends_before,
    )


def of_member(member_id: int) -> AssignmentQuerySet:
    """Every assignment of a member, the latest first."""
    return (
        Assignment.objects.filter(member_id=member_id)
        .select_related("practitioner", "team")
        .order_by("-starts_on", "kind", "-pk")
    )


def plan_hand_over(
    members: Iterable[Member], *, practitioner_id: int | None, team_id: int | None, starts_on: date
) -> list[Move]:
    """What would happen to each member, in the order given. Two queries whatever their number.

    Without a practitioner or a team, what the member has stands. A member with an assignment that begins later is
    blocked: a hand-over never writes over what somebody has already planned.
    """
    members = list(members)
    leads: dict[int, list[Assignment]] = {}
    rows = Assignment.objects.filter(member__in=members, kind=AssignmentKind.LEAD)
    for row in rows.select_related("practitioner", "team").order_by("starts_on"):
        leads.setdefault(row.member_id, []).append(row)
    return [_move(member, leads.get(member.pk, []), practitioner_id, team_id, starts_on) for member in members]


def _move(
    member: Member, leads: list[Assignment], practitioner_id: int | None, team_id: int | None, starts_on: date
) -> Move:
    later = next((row for row in leads if row.starts_on > starts_on), None)
    current = next(
        (
            row
            for row in leads
            if row.starts_on <= starts_on and (row.ends_before is None or row.ends_before > starts_on)
        ),
        None,
    )
    if later is not None:
        why = _("an assignment to %(whom)s already begins on %(day)s") % {
            "whom": str(later.practitioner or later.team),
            "day": date_format(later.starts_on),
        }
        return Move(member, Fate.BLOCKED, current, None, why)
    if current is None:
        return Move(member, Fate.NEW, None, None)
    target = (practitioner_id or current.practitioner_id, team_id or current.team_id)
    if target == (current.practitioner_id, current.team_id):
        return Move(member, Fate.UNCHANGED, current, current.ends_before)
    return Move(member, Fate.MOVES, current, current.ends_before)
