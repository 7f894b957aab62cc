"""Telling people: a sentence in the inbox, and that it was read."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Notice, User


def notify(*, to: Iterable[User], kind: str, sentence: str, url: str = "", now: datetime) -> list[Notice]:
    """Put one notice in the inbox of each active person. Nobody is told twice by one call."""
    people = {user.pk: user for user in to if user.is_active and not user.is_system}
    return Notice.objects.bulk_create(
        Notice(user=user, kind=kind, sentence=sentence[:500], url=url, created_at=now) for user in people.values()
    )


@transaction.atomic
def mark_read(*, actor: User, now: datetime, notice_ids: Iterable[int] | None = None) -> int:
    """Mark the actor's own unread notices (all, or those named) as read; how many there were."""
    mine = Notice.objects.filter(user=actor, read_at=None)
    if notice_ids is not None:
        mine = mine.filter(pk__in=list(notice_ids))
    return mine.update(read_at=now)


@transaction.atomic
def mark_unread(*, actor: User, notice_id: int) -> None:
    Notice.objects.filter(user=actor, pk=notice_id).update(read_at=None)
