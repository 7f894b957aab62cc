"""What a person changes about their own account."""

from datetime import datetime

from accounts.models import User
from blended_pilot.kernel.audit import recording


def change(*, actor: User, now: datetime, name: str, language: str) -> User:
    """Set the actor's own name and reading language ("" follows the browser)."""
    with recording(actor=actor, reason="own profile"):
        user = User.objects.select_for_update().get(pk=actor.pk)
        user.name = name
        user.language = language
        user.save(update_fields=["name", "language"])
    return user
