"""Roles and deputies: who holds what at which organisation, for which period and why."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import AccessEntry, AccessVerb, Deputy, Membership, Organisation, Role, User
from accounts.operations.sign_ins import shut_out
from accounts.permissions import require_at
from accounts.queries.people import in_force, standings_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.periods import DAY


class OwnRole(Refused):
    """Nobody gives or takes their own roles."""


class EmptyPeriod(Refused):
    """The last day lies before the first."""


class SeveralPeriods(Refused):
    """The wish touches more than one period of the same role, so it is not clear which one is meant."""


class LastAdministrator(Refused):
    """An organisation keeps at least one administrator."""


class NotADeputy(Refused):
    """The person cannot stand in for the holder of this role."""


def _manages(actor: User, subject_id: int, organisation_id: int) -> None:
    if actor.is_system:
        return
    require_at(actor, "people.manage", organisation_id, _("You do not manage the people of this organisation."))
    if actor.pk == subject_id:
        raise OwnRole(_("Another administrator has to change your own roles."))


@contextmanager
def _shutting_out(user_ids: Iterable[int], actor: User, now: datetime, reason: str) -> Iterator[None]:
    """Sessions and tokens of those whose standing today changes end: none of them was begun with the new one."""
    before = standings_on(user_ids, now.date())
    yield
    after = standings_on(before, now.date())
    for user_id in sorted(before):
        if before[user_id] != after[user_id]:
            shut_out(user_id=user_id, actor=actor, now=now, reason=reason)


def give(
    *,
    actor: User,
    now: datetime,
    user: User,
    role: str,
    organisation: Organisation,
    starts_on: date | None = None,
    ends_before: date | None = None,
    reason: str,
) -> tuple[Membership, bool]:
    """The person holds `role` from `starts_on` (default: as it stands, or today) to before `ends_before` (open).

    A period of the same role that the wish touches is changed to it. Returns the membership and whether anything
    changed. Raises OwnRole, NotAllowed, EmptyPeriod, SeveralPeriods.
    """
    _manages(actor, user.pk, organisation.pk)
    begins = starts_on or now.date()
    if ends_before is not None and ends_before <= begins:
        raise EmptyPeriod(_("The last day of a role cannot lie before its first day."))
    with recording(actor=actor, reason=reason):
        # The account's row is locked, so that two administrators do not give the same role twice at once.
        User.objects.select_for_update().get(pk=user.pk)
        same = Membership.objects.select_for_update().filter(user=user, organisation=organisation, role=role)
        before_end = Q() if ends_before is None else Q(starts_on__lt=ends_before)
        touched = list(same.filter(before_end, Q(ends_before=None) | Q(ends_before__gt=begins)))
        if len(touched) > 1:
            raise SeveralPeriods(_("This role is already planned for more than one period; change those one by one."))
        if not touched:
            membership = Membership(user=user, organisation=organisation, role=role, starts_on=begins)
        else:
            membership = touched[0]
        wish = (starts_on or membership.starts_on, ends_before)
        if touched and wish == (membership.starts_on, membership.ends_before):
            return membership, False
        membership.starts_on, membership.ends_before = wish
        with _shutting_out([user.pk], actor, now, reason):
            membership.save()
        _log(actor, membership, now, _("%(role)s for %(name)s"), reason)
    return membership, True


def end(*, actor: User, now: datetime, membership_id: int, ends_before: date, reason: str) -> Membership:
    """The role ends the day before `ends_before`; one that has not begun is withdrawn, and so are its deputies.

    Raises OwnRole, NotAllowed, LastAdministrator, EmptyPeriod.
    """
    with recording(actor=actor, reason=reason):
        membership = (
            Membership.objects.select_for_update(of=("self",))
            .select_related("user", "organisation")
            .get(pk=membership_id)
        )
        _manages(actor, membership.user_id, membership.organisation_id)
        if membership.ends_before is not None and membership.ends_before <= ends_before:
            raise EmptyPeriod(_("This role ends before that already."))
        if (
            membership.role == Role.ADMINISTRATOR
            and not actor.is_system
            and is_last_administrator(membership.user, membership.organisation, now.date())
        ):
            raise LastAdministrator(_("An organisation keeps at least one administrator. Name another one first."))
        membership.ends_before = max(ends_before, membership.starts_on)
        touched = [membership.user_id, *membership.deputies.values_list("user_id", flat=True)]
        with _shutting_out(touched, actor, now, reason):
            membership.save(update_fields=["ends_before"])
            for deputy in membership.deputies.filter(ends_before__gt=membership.ends_before):
                _end_deputy(deputy, membership.ends_before)
        _log(actor, membership, now, _("End of %(role)s for %(name)s"), reason)
    return membership


def remove(*, actor: User, now: datetime, user: User, role: str, organisation: Organisation, reason: str) -> int:
    """End every period of the role that holds today or later, as of today; how many there were (0: nothing to end)."""
    _manages(actor, user.pk, organisation.pk)
    today = now.date()
    held = Membership.objects.filter(user=user, role=role, organisation=organisation)
    open_periods = held.filter(Q(ends_before=None) | Q(ends_before__gt=today)).exclude(
        # withdrawn before it began: an empty period holds on no day
        starts_on__gte=today,
        ends_before__isnull=False,
        ends_before__lte=today,
    )
    with recording(actor=actor, reason=reason):
        for membership in open_periods:
            end(actor=actor, now=now, membership_id=membership.pk, ends_before=today, reason=reason)
        return len(open_periods)


def is_last_administrator(user: User, organisation: Organisation, today: date) -> bool:
    """Whether the organisation would be without an active administrator, were this person to leave today."""
    administrators = Membership.objects.filter(
        in_force(today), organisation=organisation, role=Role.ADMINISTRATOR, user__is_active=True
    )
    return administrators.filter(user=user).exists() and not administrators.exclude(user=user).exists()


def name_deputy(
    *,
    actor: User,
    now: datetime,
    membership_id: int,
    user_id: int,
    starts_on: date,
    ends_before: date,
    reason: str,
) -> Deputy:
    """`user_id` may do what the holder of the role may, in their own name, in [starts_on, ends_before).

    The holder or an administrator of the organisation names the deputy, somebody active who holds a role at the same
    organisation. Raises NotADeputy, OwnRole, NotAllowed, EmptyPeriod.
    """
    if ends_before <= starts_on:
        raise EmptyPeriod(_("The last day cannot lie before the first day."))
    with recording(actor=actor, reason=reason):
        membership = (
            Membership.objects.select_for_update(of=("self",))
            .select_related("user", "organisation")
            .get(pk=membership_id)
        )
        _may_name_deputy(actor, membership)
        deputy_user = User.objects.get(pk=user_id)
        if deputy_user.pk == membership.user_id:
            raise NotADeputy(_("Nobody is their own deputy."))
        if deputy_user.pk == actor.pk:
            raise OwnRole(_("Somebody else has to name you as a deputy."))
        colleague = Membership.objects.filter(
            in_force(starts_on), user=deputy_user, organisation=membership.organisation, user__is_active=True
        )
        if not colleague.exists():
            raise NotADeputy(_("A deputy holds a role at the same organisation on the first day."))
        if membership.starts_on > starts_on or (membership.ends_before and membership.ends_before < ends_before):
            raise NotADeputy(_("The role itself is not held for all of that period."))
        touching = Deputy.objects.filter(
            membership=membership, user=deputy_user, starts_on__lt=ends_before, ends_before__gt=starts_on
        )
        if touching.exists():
            raise NotADeputy(_("This person is already the deputy in that period."))
        with _shutting_out([deputy_user.pk], actor, now, reason):
            deputy = Deputy.objects.create(
                membership=membership, user=deputy_user, starts_on=starts_on, ends_before=ends_before, reason=reason
            )
        _log(actor, membership, now, _("Deputy for %(role)s of %(name)s") + f": {deputy_user.name}", reason)
    return deputy


def end_deputy(*, actor: User, now: datetime, deputy_id: int, reason: str) -> Deputy:
    """The deputy stops today; one whose period has not begun is withdrawn. Raises EmptyPeriod, NotAllowed."""
    with recording(actor=actor, reason=reason):
        deputy = (
            Deputy.objects.select_for_update(of=("self",)).select_related("membership__user", "user").get(pk=deputy_id)
        )
        if actor.pk != deputy.user_id:  # a deputy may always lay it down
            _may_name_deputy(actor, deputy.membership)
        if deputy.ends_before <= now.date():
            raise EmptyPeriod(_("This has ended already."))
        with _shutting_out([deputy.user_id], actor, now, reason):
            _end_deputy(deputy, now.date())
        what = _("End of deputy for %(role)s of %(name)s") + f": {deputy.user.name}"
        _log(actor, deputy.membership, now, what, reason)
    return deputy


def _end_deputy(deputy: Deputy, on: date) -> None:
    """A deputy's period holds at least one day, so one that has not begun is deleted; its history stays."""
    if on <= deputy.starts_on:
        deputy.delete()
        return
    deputy.ends_before = on
    deputy.save(update_fields=["ends_before"])


def _may_name_deputy(actor: User, membership: Membership) -> None:
    if actor.is_system or actor.pk == membership.user_id:
        return
    sentence = _("Only the holder of the role or an administrator names a deputy.")
    require_at(actor, "people.manage", membership.organisation_id, sentence)


def _log(actor: User, membership: Membership, now: datetime, what: str, reason: str) -> None:
    role = Role(membership.role).label
    last = membership.ends_before - DAY if membership.ends_before else None
    period = f"{membership.starts_on:%Y-%m-%d} – {f'{last:%Y-%m-%d}' if last else ''}".strip()
    sentence = f"{what % {'role': role, 'name': membership.user.name}}, {period}"
    AccessEntry.objects.create(
        at=now,
        user=actor,
        organisation_id=membership.organisation_id,
        verb=AccessVerb.ROLE,
        what=sentence[:200],
        reason=reason[:500],
    )
