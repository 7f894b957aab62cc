"""Who looks after a member: assign, end, cover, hand over, take back.

A member has one lead at a time and may have cover beside it. An assignment that is changed here belongs to the product
from then on; rosters leave it alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import NotAllowed, may_at
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from eligibility.models import Assignment, AssignmentKind, Member, Practitioner, Source, Team
from eligibility.queries.assignments import Fate, Move, plan_hand_over


class NobodyNamed(Refused):
    """Neither a practitioner nor a team was chosen."""


class AlreadyAssigned(Refused):
    """The change would run into an assignment that stands already."""


class NotInThePeriod(Refused):
    """The day does not fit the assignment's own first and last day."""


class NotOneProvider(Refused):
    """Members, practitioner and team of different providers, or an unknown one."""


class HandOverBlocked(Refused):
    """Some members cannot be moved; nothing was."""


@dataclass(frozen=True)
class HandOver:
    """How many members a hand-over moved, newly assigned, and found there already."""

    moved: int
    new: int
    unchanged: int


def assign(
    *,
    member_id: int,
    practitioner_id: int | None,
    team_id: int | None,
    starts_on: date,
    reason: str,
    actor: User,
    now: datetime,
) -> Assignment:
    """Make a practitioner and a team the lead from a day on; the lead before ends there.

    Raises NotAllowed, NobodyNamed, NotOneProvider, AlreadyAssigned.
    """
    with recording(actor=actor, reason=reason):
        [member] = _locked([member_id], actor)
        _require_staff(member.organisation_id, practitioner_id, team_id)
        [move] = plan_hand_over([member], practitioner_id=practitioner_id, team_id=team_id, starts_on=starts_on)
        if move.fate == Fate.BLOCKED:
            raise AlreadyAssigned(_("Not assigned: %(why)s. Take that one back first.") % {"why": move.why})
        current = move.current
        if current is not None and (current.practitioner_id, current.team_id) == (practitioner_id, team_id):
            raise AlreadyAssigned(_("This is who looks after the member on that day already."))
        return _take_over(move, practitioner_id, team_id, starts_on, until=None)


def cover(
    *,
    member_id: int,
    practitioner_id: int,
    team_id: int | None,
    starts_on: date,
    ends_before: date,
    reason: str,
    actor: User,
    now: datetime,
) -> Assignment:
    """Stand in beside the lead for a period. Raises NotAllowed, NotOneProvider, AlreadyAssigned, NotInThePeriod."""
    with recording(actor=actor, reason=reason):
        [member] = _locked([member_id], actor)
        _require_staff(member.organisation_id, practitioner_id, team_id)
        if ends_before <= starts_on:
            raise NotInThePeriod(_("The last day of cover lies before its first."))
        other = Assignment.objects.filter(
            member=member, kind=AssignmentKind.COVER, starts_on__lt=ends_before, ends_before__gt=starts_on
        ).first()
        if other is not None:
            raise AlreadyAssigned(
                _("%(whom)s already covers from %(day)s in that period.")
                % {"whom": str(other.practitioner), "day": date_format(other.starts_on)}
            )
        return Assignment.objects.create(
            organisation_id=member.organisation_id,
            member=member,
            practitioner_id=practitioner_id,
            team_id=team_id,
            kind=AssignmentKind.COVER,
            starts_on=starts_on,
            ends_before=ends_before,
            source=Source.PRODUCT,
        )


def end_assignment(*, assignment_id: int, ends_before: date, reason: str, actor: User, now: datetime) -> Assignment:
    """Let an assignment end earlier than it would, or end at all. Raises NotAllowed, NotInThePeriod."""
    with recording(actor=actor, reason=reason):
        assignment = _locked_assignment(assignment_id, actor)
        if ends_before <= assignment.starts_on:
            raise NotInThePeriod(_("The last day lies before the first. To take it back whole, withdraw it."))
        if assignment.ends_before is not None and ends_before >= assignment.ends_before:
            raise NotInThePeriod(
                _("This assignment ends before %(day)s already.") % {"day": date_format(assignment.ends_before)}
            )
        assignment.ends_before = ends_before
        assignment.source = Source.PRODUCT
        assignment.save(update_fields=["ends_before", "source"])
        return assignment


def withdraw_assignment(*, assignment_id: int, reopen: bool, reason: str, actor: User, now: datetime) -> None:
    """Take a mistaken assignment back as if it had never been; its history stays.

    With `reopen` the lead before it, where it ended on the day this one began, goes on in its place.
    Raises NotAllowed.
    """
    with recording(actor=actor, reason=reason):
        assignment = _locked_assignment(assignment_id, actor)
        before = Assignment.objects.filter(
            member_id=assignment.member_id, kind=assignment.kind, ends_before=assignment.starts_on
        ).first()
        assignment.delete()
        if reopen and assignment.kind == AssignmentKind.LEAD and before is not None:
            before.ends_before = assignment.ends_before
            before.source = Source.PRODUCT
            before.save(update_fields=["ends_before", "source"])


def hand_over(
    *,
    member_ids: Collection[int],
    practitioner_id: int | None,
    team_id: int | None,
    starts_on: date,
    reason: str,
    actor: User,
    now: datetime,
) -> HandOver:
    """Move many members to a practitioner, a team or both from a day on: all of them, or none.

    What is not named stands: members handed to a team keep their practitioner. An assignment with an end keeps it.
    Raises NotAllowed, NobodyNamed, NotOneProvider, HandOverBlocked (naming every member that cannot be moved).
    """
    with recording(actor=actor, reason=reason):
        members = _locked(member_ids, actor)
        if not members:
            raise NotOneProvider(_("There is no member to hand over."))
        _require_staff(members[0].organisation_id, practitioner_id, team_id)
        moves = plan_hand_over(members, practitioner_id=practitioner_id, team_id=team_id, starts_on=starts_on)
        blocked = [f"{move.member.reference}: {move.why}" for move in moves if move.fate == Fate.BLOCKED]
        if blocked:
            raise HandOverBlocked(_("Nothing was handed over, because some members cannot be moved."), blocked)
        changed = [move for move in moves if move.fate in (Fate.MOVES, Fate.NEW)]
        _write(changed, practitioner_id, team_id, starts_on)
        return HandOver(
            moved=sum(move.fate == Fate.MOVES for move in changed),
            new=sum(move.fate == Fate.NEW for move in changed),
            unchanged=len(moves) - len(changed),
        )


def _write(moves: list[Move], practitioner_id: int | None, team_id: int | None, starts_on: date) -> None:
    """Two statements whatever the number of members: the leads that end or change, and the new ones."""
    touched, new = [], []
    for move in moves:
        current = move.current
        practitioner = practitioner_id or (current.practitioner_id if current else None)
        team = team_id or (current.team_id if current else None)
        if current is not None:
            current.source = Source.PRODUCT
            touched.append(current)
            if current.starts_on == starts_on:
                current.practitioner_id, current.team_id = practitioner, team
                continue
            current.ends_before = starts_on
        new.append(_lead(move.member, practitioner, team, starts_on, move.until))
    Assignment.objects.bulk_update(touched, ["ends_before", "practitioner", "team", "source"], batch_size=1000)
    Assignment.objects.bulk_create(new, batch_size=1000)


def _take_over(
    move: Move, practitioner_id: int | None, team_id: int | None, starts_on: date, until: date | None
) -> Assignment:
    current = move.current
    if current is not None:
        current.source = Source.PRODUCT
        if current.starts_on == starts_on:
            current.practitioner_id, current.team_id = practitioner_id, team_id
            current.save()
            return current
        current.ends_before = starts_on
        current.save()
    assignment = _lead(move.member, practitioner_id, team_id, starts_on, until)
    assignment.save()
    return assignment


def _lead(
    member: Member, practitioner_id: int | None, team_id: int | None, starts_on: date, ends_before: date | None
) -> Assignment:
    return Assignment(
        organisation_id=member.organisation_id,
        member=member,
        practitioner_id=practitioner_id,
        team_id=team_id,
        kind=AssignmentKind.LEAD,
        starts_on=starts_on,
        ends_before=ends_before,
        source=Source.PRODUCT,
    )


def _locked(member_ids: Collection[int], actor: User) -> list[Member]:
    """The members, against others who assign them; in order of id, so that two hand-overs never wait in a circle."""
    members = list(Member.objects.select_for_update().filter(pk__in=member_ids).order_by("pk"))
    organisations = {member.organisation_id for member in members}
    if len(members) != len(set(member_ids)) or len(organisations) > 1:
        raise NotOneProvider(_("These members do not all belong to one provider."))
    for organisation_id in organisations:
        if not may_at(actor, "member.assign", organisation_id):
            raise NotAllowed(_("Only a supervisor or operations of the provider may assign members."))
    return members


def _locked_assignment(assignment_id: int, actor: User) -> Assignment:
    member_id = Assignment.objects.values_list("member_id", flat=True).get(pk=assignment_id)
    _locked([member_id], actor)
    return Assignment.objects.select_related("practitioner", "team").get(pk=assignment_id)


def _require_staff(organisation_id: int, practitioner_id: int | None, team_id: int | None) -> None:
    if practitioner_id is None and team_id is None:
        raise NobodyNamed(_("Choose a practitioner, a team, or both."))
    known = {"organisation_id": organisation_id}
    if practitioner_id is not None and not Practitioner.objects.filter(pk=practitioner_id, **known).exists():
        raise NotOneProvider(_("This practitioner does not belong to the members' provider."))
    if team_id is not None and not Team.objects.filter(pk=team_id, **known).exists():
        raise NotOneProvider(_("This team does not belong to the members' provider."))
