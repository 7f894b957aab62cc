"""Personal tokens as their owner and the interface for programs look them up."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import PersonalToken


def tokens_of(user: Any) -> QuerySet[PersonalToken]:
    """The person's own, the latest first."""
    return PersonalToken.objects.filter(user=user).order_by("-created_at", "-pk")


def token_in_force(digest: str, now: datetime) -> PersonalToken | None:
    """The token with this hash and its person, unless it is over, revoked, or its person's account is closed."""
    return (
        PersonalToken.objects.select_related("user")
        .filter(digest=digest, revoked_at=None, expires_at__gt=now, user__is_active=True, user__is_system=False)
        .first()
    )
