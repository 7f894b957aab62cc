"""Personal tokens: made once, shown once, taken back at any time."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import PersonalToken, TokenScope, User
from accounts.permissions import NotAllowed, standings
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused, Unusable

PREFIX = "bp_"  # by which a leaked token is recognised
RANDOM_BYTES = 32
LONGEST = timedelta(days=366)
MOST = 20


class TooManyTokens(Refused):
    """A person keeps an eye on a few tokens, not on many."""


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal. A slow hash would protect guessable secrets; these are 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def create(*, actor: User, now: datetime, name: str, scope: str, expires_at: datetime) -> tuple[PersonalToken, str]:
    """(the token's record, the token itself, which is not kept). Raises NotAllowed, TooManyTokens, Unusable."""
    if not standings(actor):
        raise NotAllowed(_("A token needs a person who holds a role."))
    if scope not in TokenScope.values:
        raise Unusable(_("A token reads, or reads and writes, or signs and closes as well."))
    if not name.strip():
        raise Unusable(_("A token needs a name that says what it is for."))
    if not now < expires_at <= now + LONGEST:
        raise Unusable(_("A token ends in the future, and within a year."))
    secret = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    with recording(actor=actor, reason=_("token made")):
        User.objects.select_for_update().get(pk=actor.pk)  # two at once must not both be the last allowed
        if PersonalToken.objects.filter(user=actor, revoked_at=None, expires_at__gt=now).count() >= MOST:
            raise TooManyTokens(_("You have %(most)s tokens already. Revoke one first.") % {"most": MOST})
        token = PersonalToken.objects.create(
            user=actor,
            name=name.strip(),
            scope=scope,
            digest=digest(secret),
            created_at=now,
            expires_at=expires_at,
        )
    return token, secret


def revoke(*, token_id: int, actor: User, now: datetime) -> bool:
    """Take back one of the actor's own tokens; False when it was revoked before. DoesNotExist for others'."""
    with recording(actor=actor, reason=_("token revoked")):
        token = PersonalToken.objects.select_for_update().get(pk=token_id, user=actor)
        if token.revoked_at is not None:
            return False
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
    return True


def used(*, token: PersonalToken, now: datetime) -> None:
    """Remember that the token was used, to the minute: a busy program does not write at every request."""
    if token.last_used_at is None or now - token.last_used_at >= timedelta(minutes=1):
        PersonalToken.objects.filter(pk=token.pk).update(last_used_at=now)


def revoke_all(*, user_id: int, actor: User, now: datetime, reason: str) -> int:
    """Take back every token of a person whose account or roles changed: they do not come back with them."""
    with recording(actor=actor, reason=reason):
        return PersonalToken.objects.filter(user_id=user_id, revoked_at=None).update(revoked_at=now)
