"""What happened to a contract's versions, for the people who signed them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from contracts.models import Contract, ContractVersion, Signature, StaffingAlignment


@dataclass(frozen=True)
class Event:
    at: datetime
    title: str
    text: str
    who: str
    tone: str
    url: str = ""


def events(contract: Contract) -> list[Event]:
    """Loaded, replaced, aligned, signed, withdrawn: the newest first. Three queries."""
    found = [*_changes(contract), *_alignments(contract), *_signatures(contract)]
    return sorted(found, key=lambda event: event.at, reverse=True)


def _changes(contract: Contract) -> list[Event]:
    rows = (
        ContractVersion.history.filter(contract_id=contract.pk)
        .select_related("history_user")
        .defer("document", "source")
        .order_by("history_id")
    )
    found: list[Event] = []
    before: dict[int, Any] = {}
    for row in rows:
        earlier = before.get(row.id)
        before[row.id] = row
        number = {"number": row.number}
        at = row.loaded_at
        if earlier is None:
            title, tone = _("Version %(number)s loaded") % number, "info"
        elif row.status == "withdrawn" != earlier.status:
            title, tone, at = _("Version %(number)s withdrawn") % number, "bad", row.history_date
        elif row.digest != earlier.digest or row.status != earlier.status == "withdrawn":
            title, tone = _("Version %(number)s replaced by another text") % number, "info"
        else:
            continue
        reason = row.history_change_reason or "" if tone == "bad" else ""
        found.append(Event(at, title, reason, _who(row.history_user), tone))
    return found


def _alignments(contract: Contract) -> list[Event]:
    rows = StaffingAlignment.objects.filter(version__contract=contract).select_related("version", "recorded_by")
    return [
        Event(
            row.recorded_at,
            _("Staffing alignment of version %(number)s recorded") % {"number": row.version.number},
            "",
            row.recorded_by.name,
            "good",
        )
        for row in rows
    ]


def _signatures(contract: Contract) -> list[Event]:
    rows = Signature.objects.filter(version__contract=contract).select_related("version", "signed_by", "organisation")
    return [
        Event(
            row.signed_at,
            _("Version %(number)s signed for the %(party)s")
            % {"number": row.version.number, "party": row.get_party_display().lower()},
            row.organisation.name,
            row.signed_by.name,
            "good",
        )
        for row in rows
    ]


def _who(user: object) -> str:
    return "" if user is None or getattr(user, "is_system", False) else str(user)
