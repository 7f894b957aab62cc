"""Who somebody is, and whom a person may see: accounts, roles, deputies and their history."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Deputy, Membership, Organisation, Role, User
from accounts.permissions import NotAllowed, sides, standings
from accounts.queries.second_factors import held
from blended_pilot.kernel.errors import Unusable

SYSTEM_EMAIL = "system@blended-pilot.invalid"


def person(email: str, *, deactivated_too: bool = False) -> User:
    """The account with this address, whatever its case. Raises Unusable (nobody), NotAllowed (closed)."""
    user = User.objects.filter(email__iexact=email.strip(), is_system=False).first()
    if user is None:
        raise Unusable(_("Nobody has the address %(email)s.") % {"email": email})
    if not user.is_active and not deactivated_too:
        raise NotAllowed(_("%(name)s is deactivated and cannot act.") % {"name": user.name})
    return user


def system_user() -> User:
    """The one user that stands for the program itself: commands without a person, feeds and nightly jobs.

    It is made when first asked for, has no usable password and cannot sign in.
    """
    user, _created = User.objects.get_or_create(
        is_system=True, defaults={"email": SYSTEM_EMAIL, "name": "System", "password": "!"}
    )
    return user


def organisation(code: str) -> Organisation:
    """The organisation with this code. Raises Unusable naming the known ones."""
    found = Organisation.objects.filter(code=code).first()
    if found is not None:
        return found
    known = list(Organisation.objects.order_by("code").values_list("code", flat=True))
    if known:
        remedy = _("Known organisations: %(known)s.") % {"known": ", ".join(known)}
    else:
        remedy = _("No organisation is known yet: they come from contracts. Load a contract first.")
    raise Unusable(_("There is no organisation %(code)s.") % {"code": code}, [remedy])


def standing_sentence(user: Any) -> str:
    """The person's roles in force today, for the head of the page: "Finance, Commissioner"."""
    roles = {role for _organisation, role in standings(user)}
    return ", ".join(str(role.label) for role in Role if role in roles) or _("No role in force")


def in_force(today: date) -> Q:
    """Spans that hold on `today`."""
    return Q(starts_on__lte=today) & (Q(ends_before=None) | Q(ends_before__gt=today))


def standings_on(user_ids: Iterable[int], today: date) -> dict[int, frozenset[tuple[int, str]]]:
    """(organisation id, role) pairs that each person holds or stands in for on `today`."""
    found: dict[int, set[tuple[int, str]]] = {user_id: set() for user_id in user_ids}
    own = Membership.objects.filter(in_force(today), user__in=found)
    for user_id, organisation_id, role in own.values_list("user_id", "organisation_id", "role"):
        found[user_id].add((organisation_id, role))
    membership_in_force = Q(membership__starts_on__lte=today) & (
        Q(membership__ends_before=None) | Q(membership__ends_before__gt=today)
    )
    stands_in = Deputy.objects.filter(in_force(today), membership_in_force, user__in=found)
    for row in stands_in.values_list("user_id", "membership__organisation_id", "membership__role"):
        found[row[0]].add((row[1], row[2]))
    return {user_id: frozenset(held) for user_id, held in found.items()}


def visible_organisations(user: Any, action: str = "people.view") -> QuerySet[Organisation]:
    """The organisations at which the person may do `action`."""
    where = sides(user, action)
    return Organisation.objects.filter(pk__in=where.provider | where.commissioner)


def visible_people(user: Any) -> QuerySet[User]:
    """Everybody who holds or held a role at an organisation whose people the person may see."""
    theirs = Membership.objects.filter(user=OuterRef("pk"), organisation__in=visible_organisations(user))
    return User.objects.filter(Exists(theirs), is_system=False)


def people_list(user: Any, today: date) -> QuerySet[User]:
    """Visible people with `current` (roles in force at organisations that this person may see) and `second_factor`."""
    current = (
        Membership.objects.filter(in_force(today), organisation__in=visible_organisations(user))
        .select_related("organisation")
        .order_by("organisation__name", "role")
    )
    people = visible_people(user).annotate(second_factor=held())
    return people.prefetch_related(Prefetch("memberships", current, to_attr="current"))


def roles_of(person_id: int, user: Any) -> QuerySet[Membership]:
    """Every role the person holds, held or will hold at the organisations that `user` may see, latest first."""
    return (
        Membership.objects.filter(user_id=person_id, organisation__in=visible_organisations(user))
        .select_related("organisation")
        .prefetch_related(Prefetch("deputies", Deputy.objects.select_related("user").order_by("-starts_on")))
        .order_by("-starts_on", "role")
    )


def deputies_for(user: Any, today: date) -> QuerySet[Deputy]:
    """Whom the person stands in for now or later."""
    return (
        Deputy.objects.filter(user=user, ends_before__gt=today)
        .select_related("membership__user", "membership__organisation")
        .order_by("starts_on")
    )


def colleagues(membership: Membership, today: date) -> QuerySet[User]:
    """Who could stand in for the holder of a role: active people with a role at the same organisation now."""
    theirs = Membership.objects.filter(in_force(today), user=OuterRef("pk"), organisation=membership.organisation_id)
    return User.objects.filter(Exists(theirs), is_active=True, is_system=False).exclude(pk=membership.user_id)
