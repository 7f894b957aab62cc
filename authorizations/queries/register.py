"""The register as people read it: entries with what replaced them and the seal that holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorizations.models import Decision, Outcome, Request, RequestKind, Seal
from authorizations.queries import sql
from authorizations.queries.proofs import Head, head
from authorizations.queries.shown_triggers import ShownTrigger, shown_triggers
from authorizations.querysets import DecisionQuerySet
from authorizations.rules.terms import service_name
from blended_pilot.kernel.row_security import behind
from contracts.models import Contract

FINGERPRINT = 16  # characters of a digest that a list shows


@dataclass(frozen=True)
class Held:
    """The seal that holds an entry, and the entry's own digest in it."""

    number: int
    sealed_at: Any
    digest: str
    seal_digest: str


@dataclass(frozen=True)
class ShownEntry:
    """One entry with everything behind it."""

    entry: Decision
    replaced_by: Decision | None
    held: Held | None
    head: Head | None
    digest: str
    triggers: Sequence[ShownTrigger]
    known: Sequence[tuple[str, str]]


def register() -> DecisionQuerySet:
    """With `seal_no`, the seal that holds the entry, and `replaced_no`, the entry that took its place."""
    holding = Seal.objects.filter(
        contract=OuterRef("contract"), first_number__lte=OuterRef("number"), last_number__gte=OuterRef("number")
    )
    later = Decision.objects.filter(replaces=OuterRef("pk"))
    # an entry says to all who read it what was asked for
    asked = behind(Request.objects.select_related("reconsiders"))
    found: DecisionQuerySet = (
        Decision.objects.select_related("contract", "member", "decided_by")
        .prefetch_related(Prefetch("request", asked))
        .annotate(seal_no=Subquery(holding.values("number")[:1]), replaced_no=Subquery(later.values("number")[:1]))
    )
    return found


def visible_register(user: Any) -> QuerySet[Decision]:
    """The entries that a person may see, the latest first."""
    return register().visible_to(user).order_by("-decided_at", "-pk")


def heads(entries: Sequence[Decision]) -> dict[int, str]:
    """The digest of the last seal of each register that the entries are of, by contract; "" where none is sealed."""
    contracts = {entry.contract_id for entry in entries}
    last = Seal.objects.filter(contract__in=contracts).order_by("contract", "-number").distinct("contract")
    return dict.fromkeys(contracts, "") | dict(last.values_list("contract", "digest"))


def shown_entry(entry: Decision) -> ShownEntry:
    """`entry` comes from `register()`."""
    holding = Seal.objects.filter(
        contract=entry.contract_id, first_number__lte=entry.number, last_number__gte=entry.number
    ).first()
    only = {"contract": entry.contract_id, "first": entry.number, "last": entry.number}
    rows = sql.rows("register_contents", only)
    return ShownEntry(
        entry=entry,
        replaced_by=Decision.objects.filter(replaces=entry).select_related("decided_by").first(),
        held=Held(
            holding.number,
            holding.sealed_at,
            holding.entries[entry.number - holding.first_number],
            holding.digest,
        )
        if holding
        else None,
        head=head(entry.contract_id),
        digest=rows[0]["digest"],
        triggers=shown_triggers(entry.working.get("triggers", []), entry.contract_id),
        known=known(entry),
    )


def known(entry: Decision) -> list[tuple[str, str]]:
    """What lay before the decision, as the entry keeps it: clinical text, for those who read the rationale."""
    working = entry.working
    found = [(_("Grounds"), working.get("grounds", ""))]
    if assessment := working.get("assessment"):
        scored = _("%(instrument)s %(version)s on %(day)s: %(score)s, which suggests %(level)s")
        found.append(
            (
                _("Assessment"),
                scored
                % {
                    "instrument": assessment["instrument"],
                    "version": assessment["version"],
                    "day": date_format(date.fromisoformat(assessment["on"])),
                    "score": assessment["score"],
                    "level": assessment["suggested_level"],
                },
            )
        )
    difference = working.get("difference") or {}
    found.append((_("Why not the suggested level"), difference.get("text", "")))
    for question in working.get("questions", []):
        told = [question["text"], _("Not answered.")]
        if question["answer"]:
            told[1] = _("Answer of %(who)s: %(text)s") % {"who": question["answered_by"], "text": question["answer"]}
        found.append((_("Asked by %(who)s") % {"who": question["asked_by"]}, " ".join(told)))
    return [(label, text) for label, text in found if text]


def given(entry: Decision) -> str:
    """What an entry gives, in a few words: a level, units of a service, or nothing."""
    if entry.outcome in (Outcome.DENIED, Outcome.VOID):
        return ""
    if entry.service and entry.units is not None:
        return _("%(service)s, %(units)s units") % {
            "service": service_name(entry.terms, entry.service),
            "units": f"{entry.units.normalize():f}",
        }
    return entry.level


def denied_late(entry: Decision) -> str:
    """Why an automatic denial was one, in words; "" for a clinician's, which has a reason of its own."""
    if not (entry.automatic and entry.deny_reason):
        return ""
    return _("Nobody decided in time; the contract says that it is then denied")


def letter_kind(entry: Decision) -> str:
    """Which letter tells the member of the entry: approval, downgrade, denial; "" for one that is told by no letter."""
    if entry.outcome == Outcome.VOID:
        return ""
    if entry.outcome == Outcome.DENIED:
        return "denial"
    ranks = {level["code"]: level["rank"] for level in entry.terms.get("levels", [])}
    lower = ranks.get(entry.level, 0) < ranks.get(entry.current_level, 0)
    return "downgrade" if entry.level and (lower or entry.request_kind == RequestKind.STEP_DOWN) else "approval"


def contracts_with_a_register(user: Any) -> QuerySet[Contract]:
    seen = Decision.objects.visible_to(user).values("contract")
    return Contract.objects.filter(pk__in=seen).order_by("code")
