"""The triggers of a request in words, with links to the rows of the record that speak for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baseline.models import FollowUp
from contracts.queries.terms import signed_terms

ADDRESSES = {
    "activity": "baseline:activity",
    "assessment": "authorizations:assessment",
    "evidence": "eligibility:evidence_preview",
}


@dataclass(frozen=True)
class ShownFact:
    text: str
    on: date
    url: str


@dataclass(frozen=True)
class ShownTrigger:
    """A trigger as it was found, in words."""

    code: str
    sentence: str
    met: bool
    attested: bool
    text: str
    since: date | None  # when it was first met
    facts: tuple[ShownFact, ...]


def shown_triggers(found: Sequence[dict[str, Any]], contract_id: int) -> tuple[ShownTrigger, ...]:
    """Findings as `Finding.as_data` keeps them. At most two queries."""
    facts = [fact for one in found for fact in one["facts"]]
    names = service_names(contract_id) if facts else {}
    late = _follow_ups(fact["id"] for fact in facts if fact["what"] == "follow_up")
    return tuple(
        ShownTrigger(
            code=one["code"],
            sentence=_sentences[one["kind"]](one),
            met=one["met"],
            attested=one["attested"],
            text=one["text"],
            since=date.fromisoformat(one["since"]) if one.get("since") else None,
            facts=tuple(_fact(fact, names, late) for fact in one["facts"]),
        )
        for one in found
    )


def service_names(contract_id: int) -> dict[str, str]:
    """By the code, as the latest version that has it says."""
    terms = signed_terms(contract_id)
    return {service.code: service.name for version in terms.versions for service in version.document.services}


def _contacts(found: dict[str, Any]) -> str:
    if found.get("within_days") is None:  # kept before the window was
        sentence = ngettext(
            "%(found)s contact within the window; %(needed)s needed.",
            "%(found)s contacts within the window; %(needed)s needed.",
            found["found"],
        )
    else:
        sentence = ngettext(
            "%(found)s contact within %(within_days)s days; %(needed)s needed.",
            "%(found)s contacts within %(within_days)s days; %(needed)s needed.",
            found["found"],
        )
    return sentence % found


def _rise(found: dict[str, Any]) -> str:
    if found.get("within_days") is None:
        return _("The score rose by %(found)s; %(needed)s is needed.") % found
    return _("The score rose by %(found)s within %(within_days)s days; %(needed)s is needed.") % found


def _overdue(found: dict[str, Any]) -> str:
    if not found["found"]:
        return _("No follow-up is overdue.")
    sentence = ngettext(
        "The longest follow-up is overdue by %(found)s day; %(needed)s needed.",
        "The longest follow-up is overdue by %(found)s days; %(needed)s needed.",
        found["found"],
    )
    return sentence % found


def _vouched(found: dict[str, Any]) -> str:
    return _("Vouched for by the requester.") if found["text"] else _("Nobody vouches for it.")


_sentences = {
    "activity_count": _contacts,
    "score_rise": _rise,
    "follow_up_overdue": _overdue,
    "attested": _vouched,
}


def _follow_ups(ids: Iterable[int]) -> dict[int, FollowUp]:
    wanted = list(ids)
    return FollowUp.objects.in_bulk(wanted) if wanted else {}


def _fact(fact: dict[str, Any], names: Mapping[str, str], late: Mapping[int, FollowUp]) -> ShownFact:
    on, note = date.fromisoformat(fact["on"]), fact["note"]
    if fact["what"] == "follow_up":
        return _late_follow_up(on, late.get(fact["id"]), names)
    text = {"activity": names.get(note, note), "assessment": _("Score %(note)s") % {"note": note}}.get(
        fact["what"], note
    )
    return ShownFact(text, on, reverse(ADDRESSES[fact["what"]], args=[fact["id"]]))


def _late_follow_up(on: date, found: FollowUp | None, names: Mapping[str, str]) -> ShownFact:
    """Leads to the contact that it follows; after an episode, to what was due on that day."""
    if found is None:
        return ShownFact(_("Follow-up due"), on, "")
    text = _("Follow-up due after %(service)s of %(day)s") % {
        "service": names.get(found.service, found.service),
        "day": date_format(found.happened_on),
    }
    if found.activity_id is not None:
        return ShownFact(text, on, reverse("baseline:activity", args=[found.activity_id]))
    return ShownFact(text, on, f"{reverse('baseline:follow_ups')}?first_day={on}&last_day={on}")
