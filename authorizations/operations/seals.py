"""Sealing the register: what was entered since the last seal becomes a link of the chain."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from authorizations.models import Seal
from authorizations.queries import sql
from authorizations.rules import seals
from blended_pilot.kernel.audit import recording
from contracts.models import Contract

NO_END = 2**31 - 1  # the greatest number that the register can give


def seal(*, contract_id: int, actor: Any, now: datetime) -> Seal | None:
    """Seal every entry that no seal holds yet, or return None when there is none.

    Takes the register's own lock, so that no entry is on its way while its number is sealed.
    """
    with recording(actor=actor, reason=_("The register was sealed")):
        _lock(contract_id)
        contract = Contract.objects.get(pk=contract_id)
        last = Seal.objects.filter(contract=contract).order_by("-number").first()
        first = last.last_number + 1 if last else 1
        entries = sql.rows("register_contents", {"contract": contract_id, "first": first, "last": NO_END})
        if not entries:
            return None
        content = seals.Content(
            contract=contract.code,
            number=last.number + 1 if last else 1,
            first=first,
            last=first + len(entries) - 1,
            entries=[entry["digest"] for entry in entries],
            previous=last.digest if last else "",
            sealed_at=now,
        )
        key = settings.REGISTER_KEYS[0]
        digest = seals.digest_of(content)
        return Seal.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            number=content.number,
            first_number=content.first,
            last_number=content.last,
            entries=list(content.entries),
            previous=content.previous,
            digest=digest,
            signature=seals.signature_of(digest, key),
            key=seals.key_name(key),
            sealed_at=now,
        )


def _lock(contract_id: int) -> None:
    """The trigger of the register takes the same one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('authorizations.register', %s))", [contract_id])
