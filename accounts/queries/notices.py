"""A person's inbox."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import Notice


def inbox(user: Any) -> QuerySet[Notice]:
    """The person's own notices, newest first."""
    return Notice.objects.filter(user=user).order_by("-created_at", "-pk")


def unread(user: Any) -> int:
    return Notice.objects.filter(user=user, read_at=None).count()
