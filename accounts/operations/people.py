"""Accounts: adding people, deactivating them and letting them back in."""

from datetime import date, datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.models import AccessEntry, AccessVerb, Membership, Organisation, User
from accounts.operations.roles import LastAdministrator, give, is_last_administrator
from accounts.operations.sign_ins import shut_out, take_factors
from accounts.permissions import NotAllowed, may_at, require_at
from accounts.queries.people import in_force
from accounts.queries.second_factors import has_one
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused, Unusable


class Deactivated(Refused):
    """The account was closed: nothing is given to it before it is opened again."""


class WorksElsewhere(Refused):
    """The person holds roles at organisations that the actor does not manage."""


class Oneself(Refused):
    """Nobody decides about their own account or roles."""


def add(
    *,
    actor: User,
    now: datetime,
    email: str,
    name: str,
    role: str,
    organisation: Organisation,
    starts_on: date | None = None,
    ends_before: date | None = None,
    password: str | None = None,
    reason: str = "",
) -> tuple[User, bool]:
    """Give `email` an account (unless it has one) and a role; (the account, whether anything changed).

    The role runs from `starts_on` (today) to before `ends_before` (open). Without `password` the person sets one by
    "Forgot your password". Raises Unusable for an address or password that cannot be used, Deactivated, NotAllowed.
    """
    if not actor.is_system:
        require_at(actor, "people.manage", organisation.pk, _("You do not manage the people of this organisation."))
    email = email.strip().lower()
    with recording(actor=actor, reason=reason or _("added")):
        user = User.objects.select_for_update().filter(email__iexact=email).first()
        created = user is None
        if user is None:
            user = _new_account(email, name, password)
        elif user.is_system or not user.is_active:
            raise Deactivated(_("%(email)s is deactivated. Reactivate the account first.") % {"email": email})
        elif password is not None and not user.check_password(password):
            if not actor.is_system:
                raise Refused(_("%(email)s has an account; only its owner sets the password.") % {"email": email})
            _set_password(user, password)
            user.save(update_fields=["password"])
            created = True
        _membership, given = give(
            actor=actor,
            now=now,
            user=user,
            role=role,
            organisation=organisation,
            starts_on=starts_on,
            ends_before=ends_before,
            reason=reason or _("added"),
        )
    return user, created or given


def _new_account(email: str, name: str, password: str | None) -> User:
    try:
        validate_email(email)
    except ValidationError:
        raise Unusable(_("%(email)s is not an e-mail address.") % {"email": email}) from None
    if not name.strip():
        raise Unusable(_("A person needs a name."))
    user = User(email=email, name=name.strip())
    if password is None:
        user.set_unusable_password()
    else:
        _set_password(user, password)
    user.save(force_insert=True)
    # An administrator vouches for the address: password reset and second factors need no further proof of it.
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Unusable(_("This password cannot be used."), error.messages) from None
    user.set_password(password)


def deactivate(*, actor: User, now: datetime, user_id: int, reason: str) -> bool:
    """Close the account from the next request on; False when it is closed already. Roles end with it in effect.

    Raises Oneself, WorksElsewhere, LastAdministrator, NotAllowed.
    """
    with recording(actor=actor, reason=reason):
        user = User.objects.select_for_update().get(pk=user_id, is_system=False)
        _require_all_roles(actor, user, now)
        if not user.is_active:
            return False
        for organisation in Organisation.objects.filter(memberships__user=user).distinct():
            if not actor.is_system and is_last_administrator(user, organisation, now.date()):
                raise LastAdministrator(
                    _("%(name)s is the last administrator of %(organisation)s. Name another one first.")
                    % {"name": user.name, "organisation": organisation.name}
                )
        user.is_active = False
        user.deactivated_at = now
        user.save(update_fields=["is_active", "deactivated_at"])
        shut_out(user_id=user.pk, actor=actor, now=now, reason=reason)
        _log(actor, user, now, _("Deactivated %(name)s") % {"name": user.name}, reason)
    return True


def reactivate(*, actor: User, now: datetime, user_id: int, reason: str) -> bool:
    """Open a closed account again with the roles that are still in force; False when it is open."""
    with recording(actor=actor, reason=reason):
        user = User.objects.select_for_update().get(pk=user_id, is_system=False)
        _require_all_roles(actor, user, now)
        if user.is_active:
            return False
        user.is_active = True
        user.deactivated_at = None
        user.save(update_fields=["is_active", "deactivated_at"])
        _log(actor, user, now, _("Reactivated %(name)s") % {"name": user.name}, reason)
    return True


def reset_second_factor(*, actor: User, now: datetime, user_id: int, reason: str) -> bool:
    """Take the person's second factors and recovery codes away and sign them out; False when there is none.

    Raises Oneself, WorksElsewhere, NotAllowed.
    """
    with recording(actor=actor, reason=reason):
        user = User.objects.select_for_update().get(pk=user_id, is_system=False)
        _require_all_roles(actor, user, now)
        if not has_one(user.pk):
            return False
        take_factors(user=user, actor=actor, now=now, reason=reason)
    return True


def _require_all_roles(actor: User, user: User, now: datetime) -> None:
    """An account belongs to every organisation at which the person works: all of them must be the actor's to manage."""
    if actor.is_system:
        return
    if user.pk == actor.pk:
        raise Oneself(_("Another administrator has to do this for your own account."))
    held = Membership.objects.filter(user=user)
    current = set(held.filter(in_force(now.date())).values_list("organisation_id", flat=True))
    ever = set(held.values_list("organisation_id", flat=True))
    if not any(may_at(actor, "people.manage", where) for where in ever):
        raise NotAllowed(_("You do not manage this person's organisation."))
    if not all(may_at(actor, "people.manage", where) for where in current):
        raise WorksElsewhere(
            _("%(name)s also works for another organisation, which has to agree. You can end the role here.")
            % {"name": user.name}
        )


def _log(actor: User, user: User, now: datetime, what: str, reason: str) -> None:
    for organisation_id in set(user.memberships.values_list("organisation_id", flat=True)):
        AccessEntry.objects.create(
            at=now, user=actor, organisation_id=organisation_id, verb=AccessVerb.ROLE, what=what[:200], reason=reason
        )
