"""Replies kept under an idempotency key, so that a request that is sent twice is done once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import KeptReply, User
from blended_pilot.kernel.errors import Refused

KEPT_FOR = timedelta(days=30)  # nobody sends a request again after that


@dataclass(frozen=True)
class Reply:
    """`body` is JSON-ready; `members` are those whose identity it tells."""

    status: int
    body: Any
    members: list[int]


class KeyReused(Refused):
    """The key belongs to another request."""


def once(
    *, actor: User, now: datetime, key: str, request_digest: str, perform: Callable[[], Reply]
) -> tuple[Reply, bool]:
    """(the reply, whether it was kept from before). What `perform` writes and its reply commit together.

    Two requests with one key at a time: the second waits for the first. What `perform` raises leaves nothing behind,
    the key included. Raises KeyReused.
    """
    with transaction.atomic():
        kept, new = KeptReply.objects.select_for_update().get_or_create(
            user=actor, key=key, defaults={"request_digest": request_digest, "at": now}
        )
        if not new:
            if kept.request_digest != request_digest:
                raise KeyReused(_("This idempotency key was used for another request. Send a new key."))
            return Reply(kept.status or 0, kept.body, kept.members), True
        reply = perform()
        kept.status, kept.body, kept.members = reply.status, reply.body, reply.members
        kept.save(update_fields=["status", "body", "members"])
    return reply, False


def forget(*, now: datetime) -> int:
    """Delete replies that nobody will ask for again, with their keys; how many."""
    count, _by_model = KeptReply.objects.filter(at__lt=now - KEPT_FOR).delete()
    return count
