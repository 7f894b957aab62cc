"""A person's inbox."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import Notice, NoticeSettings
from accounts.queries.zones import own_zone


def inbox(user: Any) -> QuerySet[Notice]:
    """The person's own notices, newest first."""
    return Notice.objects.filter(user=user).order_by("-created_at", "-pk")


def unread(user: Any) -> int:
    return Notice.objects.filter(user=user, read_at=None).count()


def notice_settings(user: Any) -> NoticeSettings:
    """How the person wants to be told by e-mail; the defaults, not saved, where they never said."""
    return NoticeSettings.objects.filter(user=user).first() or NoticeSettings(user=user, timezone=own_zone(user))
