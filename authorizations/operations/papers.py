"""A register that is too long for a page's answer, made as a paper in the background for the one who asked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import enqueue
from contracts.models import Contract

JOB = "authorizations.register_paper"
KEPT = timedelta(days=7)


def ask_for_paper(*, contract_id: int, query: str, actor: User, now: datetime) -> Job:
    """Queue the paper of what the list shows under `query`, the query string of its filters. Raises NotAllowed."""
    contract = Contract.objects.get(pk=contract_id)
    require_on(actor, "register.export", contract, _("Your roles do not include taking the register along."))
    key = uuid4().hex
    return enqueue(
        kind=JOB,
        key=key,
        payload={"contract": contract.pk, "query": query},
        actor=actor,
        now=now,
        url=reverse("authorizations:register_file", args=[key]),
    )


def keep_paper(*, made: bytes, entries: int, members: list[int]) -> dict[str, Any]:
    """Store the paper; what is returned is the job's result. `members` are those whom it identifies, for the log."""
    stored = default_storage.save(f"papers/{uuid4().hex}", ContentFile(made))
    return {"stored": stored, "entries": entries, "members": members}


def forget_papers(*, now: datetime, delete: Callable[[str], None] = default_storage.delete) -> int:
    """Delete papers made more than a week ago; their jobs stay. Safe to run twice."""
    old = Job.objects.filter(kind=JOB, status=Status.DONE, finished_at__lt=now - KEPT, result__has_key="stored")
    for job in old:
        delete(job.result.pop("stored"))
        job.save(update_fields=["result"])
    return len(old)
