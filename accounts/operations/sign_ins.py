"""What an account's sign-ins need: ending them all, telling of a new browser, and taking a lost second factor away."""

from collections.abc import Sequence
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import AccessEntry, AccessVerb, KnownBrowser, User
from accounts.operations.notices import notify
from accounts.operations.tokens import revoke_all
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.sealed import reseal

SEALED = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


def end_sessions(*, user_id: int, actor: User, reason: str) -> None:
    """Every browser in which the person is signed in is signed out at its next request."""
    with recording(actor=actor, reason=reason):
        # who never signed in has no session to end, and history no step to tell
        User.objects.filter(pk=user_id, last_login__isnull=False).update(session_round=F("session_round") + 1)


def shut_out(*, user_id: int, actor: User, now: datetime, reason: str) -> None:
    """End every session and token of a person whose account or roles changed: what they hold is from before."""
    end_sessions(user_id=user_id, actor=actor, reason=reason)
    revoke_all(user_id=user_id, actor=actor, now=now, reason=reason)


def signed_in(*, user: User, browser: str, now: datetime) -> bool:
    """Remember the kind of browser; tell the person when it is not the first and was not seen before.

    True when the person was told: a notice in the inbox, and a letter that names nobody.
    """
    with transaction.atomic():
        knows_others = KnownBrowser.objects.filter(user=user).exists()
        _browser, new = KnownBrowser.objects.get_or_create(user=user, kind=browser[:60], defaults={"since": now})
        if not new or not knows_others:
            return False
        sentence = _("Your account was used to sign in with %(browser)s, for the first time.") % {"browser": browser}
        notify(to=[user], kind="sign_in", sentence=sentence, url=reverse("accounts:profile"), now=now)
    what_to_do = _("If that was not you, set a new password now and tell an administrator of your organisation.")
    _write(user, _("A sign-in with a new browser"), f"{sentence}\n{now:%Y-%m-%d %H:%M} UTC\n\n{what_to_do}\n")
    return True


def _write(user: User, subject: str, text: str) -> None:
    """A letter that must not stop what it tells of: the inbox holds the same."""
    try:
        send_mail(subject, text, None, [user.email])
    except OSError:
        return


def tell_of_reset(*, user: User, actor: User, now: datetime) -> None:
    sentence = _("%(name)s took away your second factor. Add a new one when you sign in next.") % {"name": actor.name}
    notify(to=[user], kind="sign_in", sentence=sentence, url=reverse("mfa_index"), now=now)
    text = _("An administrator took away the second factor of your account. If you did not ask for that, tell them.")
    transaction.on_commit(lambda: _write(user, _("Your second factor was taken away"), f"{text}\n"))


def take_factors(*, user: User, actor: User, now: datetime, reason: str) -> int:
    """Delete the person's second factors with their recovery codes, end their sessions and tell them; how many.

    The caller has the transaction, and has checked that the actor may.
    """
    count, _by_model = Authenticator.objects.filter(user=user).delete()
    end_sessions(user_id=user.pk, actor=actor, reason=reason)
    for organisation_id in set(user.memberships.values_list("organisation_id", flat=True)):
        AccessEntry.objects.create(
            at=now,
            user=actor,
            organisation_id=organisation_id,
            verb=AccessVerb.ROLE,
            what=(_("Took away the second factor of %(name)s") % {"name": user.name})[:200],
            reason=reason[:500],
        )
    tell_of_reset(user=user, actor=actor, now=now)
    return count


def reseal_factors(*, keys: Sequence[str]) -> int:
    """Encrypt every secret of a second factor with the first key; how many. Raises Unopened and changes nothing."""
    changed = 0
    with transaction.atomic():
        for factor in Authenticator.objects.select_for_update().filter(type__in=SEALED).order_by("pk"):
            name = SEALED[Authenticator.Type(factor.type)]
            factor.data[name] = reseal(factor.data[name], keys)
            factor.save(update_fields=["data"])
            changed += 1
    return changed
