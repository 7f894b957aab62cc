"""Who has a second factor, and who must."""

from collections.abc import Collection
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef

from accounts.permissions import standings

EVERY_ROLE = "all"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for one of these


def must_have(user: Any, roles: Collection[str]) -> bool:
    """Whether one of the person's roles in force is among `roles` (`EVERY_ROLE`: any role is)."""
    held = {role for _organisation, role in standings(user)}
    return bool(held) and (EVERY_ROLE in roles or not held.isdisjoint(roles))


def lacks(user: Any, roles: Collection[str]) -> bool:
    """Whether the person must have a second factor and has none. Asked once per request where roles are named."""
    if not roles or not must_have(user, roles):
        return False
    known = getattr(user, "_lacks_second_factor", None)
    if known is None:
        known = user._lacks_second_factor = not has_one(user.pk)
    return bool(known)


def has_one(user_id: int) -> bool:
    return Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).exists()


def held() -> Exists:
    """For querysets of people: whether each has a second factor."""
    return Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS))
