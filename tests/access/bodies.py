"""What each write sends: bodies that are right, so that only the permission stands between them and the row."""

import json
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Role
from tests.access.world import Place
from tests.factories.contracts import document
from tests.factories.eligibility import PDF

REASON = {"reason": "Tried by the matrix"}
DAY = "2026-08-01"


def _document(place: Place, side: str) -> dict[str, Any]:
    """A third version of the contract, as a file."""
    contract = place.contract
    text = document(
        code=contract.code,
        title="Sent by the matrix",
        version=3,
        in_force_from="2026-11-01",
        commissioner={"code": contract.commissioner.code, "name": contract.commissioner.name},
        provider={"code": contract.provider.code, "name": contract.provider.name},
    )
    return {"document": SimpleUploadedFile("contract.json", json.dumps(text).encode())}


def _feed(place: Place, side: str) -> dict[str, Any]:
    text = f"member_ref,cohort,geography,from,to\n{place.member.reference},adult,south,2026-01-01,\n"
    return {"contract": place.contract.pk, "kind": "roster", "file": SimpleUploadedFile("sent.csv", text.encode())}


def _role(place: Place, side: str) -> dict[str, Any]:
    organisation = place.rows[side]["organisation"].pk
    return {"role": Role.ANALYST.value, "organisation": organisation, "first_day": DAY, "last_day": "", **REASON}


def _staff(place: Place) -> dict[str, Any]:
    return {"practitioner": place.rows["practitioner"].pk, "team": "", "starts_on": DAY, **REASON}


_SCORE = {"score": 12, "assessed_on": "2026-03-02", "assessor": "A. Assessor"}
_REFERRED = {"received_at": "2026-03-02T09:00", "referred_by": "GP", "urgency": "routine", "geography": "north"}

BODIES: dict[str, Callable[[Place, str], dict[str, Any]]] = {
    "": lambda place, side: {},
    "notice_settings": lambda place, side: {
        "rhythm": "hourly",
        "timezone": "Europe/London",
        "quiet_from": "22:00",
        "quiet_until": "06:00",
    },
    "profile": lambda place, side: {"name": "Another name", "language": ""},
    "add_person": lambda place, side: {
        **_role(place, side),
        "name": "Added",
        "email": "added-by-the-matrix@example.org",
    },
    "role": _role,
    "reason": lambda place, side: REASON,
    "second_look": lambda place, side: {"outcome": "deny", "level": "", "rationale": "Said by the matrix"},
    "last_day": lambda place, side: {"last_day": "2030-01-01", **REASON},
    "deputy": lambda place, side: {
        "deputy": place.rows[side]["deputy"].pk,
        "first_day": "2100-01-01",
        "last_day": "2100-02-01",
        **REASON,
    },
    "document": _document,
    "file": lambda place, side: {
        "attachments": SimpleUploadedFile(f"{place.contract.code[:-2]}.txt", b"An agreed protocol")
    },
    "confirm": lambda place, side: {"confirmed": "on"},
    "sign": lambda place, side: {"digest": place.rows["draft"].digest, "read": "on"},
    "feed": _feed,
    "api_document": lambda place, side: {
        "document": _document(place, side)["document"].read().decode(),
        "format": "json",
    },
    "api_sign": lambda place, side: {"digest": place.rows["draft"].digest},
    "api_feed": lambda place, side: {**_feed(place, side), "contract": place.contract.code},
    "api_open": lambda place, side: {"contract": place.contract.code, "month": "2026-04"},
    "api_attachment": lambda place, side: {
        "file": SimpleUploadedFile(f"{place.contract.code[:-2]}.txt", b"An agreed protocol")
    },
    "api_assign": lambda place, side: {
        "practitioner_ref": place.rows["practitioner"].reference,
        "starts_on": DAY,
        **REASON,
    },
    "api_end": lambda place, side: {"ends_before": "2026-08-02", **REASON},
    "decision": lambda place, side: {"decision": "We wait."},
    "hand_over": lambda place, side: _staff(place),
    "assign": lambda place, side: _staff(place),
    "cover": lambda place, side: {**_staff(place), "last_day": "2026-08-20"},
    "add": lambda place, side: {
        "cohort": "adult",
        "geography": "north",
        "starts_on": "2025-01-01",
        "last_day": "2025-06-30",
        **REASON,
    },
    "dates": lambda place, side: {"starts_on": "2026-01-01", "last_day": "2026-06-30", **REASON},
    "group": lambda place, side: {"cohort": "older", "geography": "south", "from_day": "2026-07-01", **REASON},
    "end": lambda place, side: {"last_day": DAY, **REASON},
    "back": lambda place, side: {"reopen": "on", **REASON},
    "api_record": lambda place, side: {
        "contract": place.contract.code,
        "member": place.member.pk,
        "service": "outreach",
        "occurred_on": DAY,
    },
    "api_correction": lambda place, side: {"service": "outreach", "occurred_on": DAY, **REASON},
    "api_batch": lambda place, side: {"contract": place.contract.code},
    "record": lambda place, side: {
        "contract": place.contract.code,
        "service": "outreach",
        "submission": "6f2f3a54-29a5-4a6e-9a58-0a2d0a4d5b1c",
        "happened": "delivered",
        "planned": "yes",
        "occurred_on": DAY,
        **REASON,
    },
    "referral": lambda place, side: {**_REFERRED, "referral_ref": "BY-THE-MATRIX", "note": "Tried"},
    "api_referral": lambda place, side: {
        "contract": place.contract.code,
        "received_at": "2026-03-02T09:00:00Z",
        "source": "GP",
        "urgency": "routine",
        "geography": "north",
    },
    "api_departure": lambda place, side: {
        "contract": place.contract.code,
        "kind": "discharge",
        "last_day": "2026-06-30",
        **REASON,
    },
    "api_merge": lambda place, side: {"other": place.rows["twin"].pk, **REASON},
    "api_contract": lambda place, side: {"contract": place.contract.code},
    "api_response": lambda place, side: {"responded_at": "2026-03-03T10:00:00Z"},
    "api_evidence": lambda place, side: {
        "criterion": "resident",
        "file": SimpleUploadedFile("letter.pdf", PDF, "application/pdf"),
    },
    "score": lambda place, side: {**_SCORE, **REASON},
    "assessment": lambda place, side: {**_SCORE, "instrument": "acuity"},
    "api_assessment": lambda place, side: {
        **_SCORE,
        "contract": place.contract.code,
        "member": place.member.pk,
        "instrument": "acuity",
    },
    "mended": lambda place, side: {**_REFERRED, "urgency": "urgent", **REASON},
    "api_mended": lambda place, side: {"urgency": "urgent", **REASON},
    "response": lambda place, side: {"responded_at": "2026-03-03T10:00"},
    "disposition": lambda place, side: {"disposition": "redirected", **REASON},
    "who": lambda place, side: {"given_name": "Quux", "family_name": "Zyzzyva", "reference": "BY-THE-MATRIX"},
    "answers": lambda place, side: {"explanation": "Tried by the matrix"},
    "departure": lambda place, side: {"kind": "discharge", "last_day": "2026-06-30", **REASON},
    "merge": lambda place, side: {"other": place.rows["twin"].reference, **REASON},
    "add_team": lambda place, side: {"name": "Another team", "organisation": place.contract.provider_id},
    "ask": lambda place, side: {
        "requested_level": "L2",
        "starts_on": DAY,
        "grounds": "Asked by the matrix",
        "urgency": "standard",
        "do": "draft",
    },
    "api_ask": lambda place, side: {
        "contract": place.contract.code,
        "member": place.member.pk,
        "kind": "renewal",
        "requested_level": "L2",
        "starts_on": DAY,
        "grounds": "Asked by the matrix",
    },
    "api_change": lambda place, side: {
        "requested_level": "L2",
        "starts_on": DAY,
        "grounds": "Changed by the matrix",
    },
    "api_text": lambda place, side: {"text": "Said by the matrix"},
    "api_give": lambda place, side: {"to": place.rows["lead"].email, **REASON},
    "api_proof": lambda place, side: {"file": SimpleUploadedFile("note.pdf", b"%PDF-1.7\n%%EOF\n")},
    "api_verdict": lambda place, side: {
        "approve": True,
        "level": "L3",
        "starts_on": "2026-03-02",
        "ends_before": "2026-06-01",
        "necessity": "Decided",
        "risk": "by",
        "criteria": "the matrix",
    },
    "answer": lambda place, side: {"answer": "Answered by the matrix"},
    "give": lambda place, side: {"to": place.rows["lead"].pk, **REASON},
    "supersede": lambda place, side: {
        "verdict": "deny",
        "deny_reason": "",
        "necessity": "Decided",
        "risk": "by",
        "criteria": "the matrix",
        "reason": "Wrong",
    },
    "api_supersede": lambda place, side: {
        "approve": False,
        "deny_reason": "other",
        "necessity": "Decided",
        "risk": "by",
        "criteria": "the matrix",
        "reason": "Wrong",
    },
    "end_episode": lambda place, side: {"last_day": "2026-03-04", "reason": "Better"},
    "verdict": lambda place, side: {
        "verdict": "approve",
        "level": "L3",
        "starts_on": "2026-03-02",
        "last_day": "2026-06-01",
        "necessity": "Decided",
        "risk": "by",
        "criteria": "the matrix",
    },
    "name": lambda place, side: {"name": "Another name", "user": ""},
    "api_event": lambda place, side: {
        "contract": place.contract.code,
        "member": place.member.pk,
        "kind": "safety",
        "occurred_on": "2026-02-01",
        "severity": "low",
    },
    "look": lambda place, side: {"text": "Tried by the matrix", "action": ""},
    "api_look": lambda place, side: {"member": place.member.pk, "text": "Tried by the matrix"},
    "api_action": lambda place, side: {
        "text": "Tried by the matrix",
        "owner": "nobody@example.org",
        "due_on": "2100-01-01",
    },
    "api_sign_week": lambda place, side: {"digest": "0" * 64},
    "sign_week": lambda place, side: {"digest": "0" * 64, "read": "on"},
    "outcome": lambda place, side: {"outcome": "Tried by the matrix"},
    "event": lambda place, side: {"kind": "safety", "occurred_on": "2026-02-01", "severity": "low"},
    "corrected_event": lambda place, side: {
        "member": place.member.reference,
        "kind": "safety",
        "occurred_on": "2026-02-01",
        **REASON,
    },
    "api_corrected_event": lambda place, side: {
        "member": place.member.pk,
        "kind": "safety",
        "occurred_on": "2026-02-01",
        **REASON,
    },
    "owned": lambda place, side: {"severity": "low", "category": "Tried by the matrix"},
    "closed": lambda place, side: {"closed_on": "2026-02-20", "learning": "Tried by the matrix"},
    "safeguarding": lambda place, side: {"text": "Tried by the matrix"},
    "add_practitioner": lambda place, side: {
        "organisation": place.contract.provider_id,
        "reference": "another-practitioner",
        "name": "Another",
        "user": "",
    },
}
