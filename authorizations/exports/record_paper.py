"""The record of one decision, and the register, as papers for whoever has to prove them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from authorizations.exports.words import day, last_day, moment, proved_by
from authorizations.models import Decision
from authorizations.queries.proofs import Head
from authorizations.queries.register import ShownEntry, denied_late, given
from authorizations.rules.terms import in_words, service_name
from blended_pilot.kernel.papers import Block, Facts, Heading, Paper, Paragraph, Points, Table, pdf
from contracts.models import Contract
from eligibility.queries.identities import Shown

AT_ONCE = 500  # entries of a paper that a page waits for: about two seconds
MOST = 5_000  # entries of one paper, made in the background: half a minute, and most of a gigabyte


def record_pdf(shown: ShownEntry, *, member: Shown, clinical: bool, made_at: datetime) -> bytes:
    """`member` as the reader may know them; without `clinical` the rationale and the evidence stay out."""
    entry = shown.entry
    contract = entry.contract
    return pdf(
        Paper(
            title=_("Decision %(number)s") % {"number": entry.number},
            subtitle=f"{contract.title} ({contract.code})",
            author=contract.provider.name,
            footer=proved_by(contract, shown.head),
            blocks=[
                Facts([(_("Member"), _member(member)), *_asked(entry), *_decided(entry)]),
                *_corrections(shown),
                *(_reasons(shown) if clinical else [Paragraph(_("The rationale is for the care team."))]),
                *_proof(shown),
            ],
        ),
        made_at=made_at,
    )


def register_pdf(
    contract: Contract, entries: Sequence[tuple[Decision, str]], *, head: Head | None, made_at: datetime
) -> bytes:
    """Entries of one contract, each with what the reader calls its member."""
    return pdf(
        Paper(
            title=_("Register of decisions"),
            subtitle=f"{contract.title} ({contract.code})",
            author=contract.provider.name,
            footer=proved_by(contract, head),
            wide=True,
            blocks=[
                Paragraph(
                    _("%(count)s entries, made on %(moment)s.")
                    % {"count": len(entries), "moment": moment(made_at, contract)}
                ),
                Table(
                    header=[
                        _("Entry"),
                        _("Decided"),
                        _("Member"),
                        _("Kind"),
                        _("Outcome"),
                        _("Given"),
                        _("From"),
                        _("Last day"),
                        _("In time"),
                        _("Decided by"),
                        _("Replaced by"),
                    ],
                    rows=[_row(entry, member) for entry, member in entries],
                    figures=[0],
                    shares=(3, 11, 6, 8, 8, 9, 7, 7, 4, 8, 5),
                ),
            ],
        ),
        made_at=made_at,
    )


def _row(entry: Decision, member: str) -> list[str]:
    return [
        str(entry.number),
        moment(entry.decided_at, entry.contract),
        member,
        str(entry.get_request_kind_display()),
        str(entry.get_outcome_display()),
        given(entry),
        day(entry.starts_on) if entry.starts_on else "",
        last_day(entry.ends_before) if entry.starts_on else "",
        _("yes") if entry.in_time else _("no"),
        _("the contract") if entry.automatic else entry.decided_by.name,
        str(getattr(entry, "replaced_no", None) or ""),
    ]


def _member(member: Shown) -> str:
    return f"{member.name} ({member.code})" if member.name else member.code


def _asked(entry: Decision) -> Iterator[tuple[str, str]]:
    contract = entry.contract
    yield _("Request"), f"{entry.request}, {entry.get_request_kind_display()}, {entry.get_urgency_display()}"
    if entry.service:
        yield _("Asked for"), f"{service_name(entry.terms, entry.service)}, {entry.requested_units.normalize():f}"
    else:
        yield _("Level before"), entry.current_level or "–"
        yield _("Level by assessment"), entry.assessed_level or "–"
        yield _("Level asked for"), entry.requested_level
    yield _("Asked by"), entry.requested_by.name
    yield _("Received"), moment(entry.received_at, contract)
    yield _("Due"), moment(entry.due_at, contract)
    first = entry.working.get("clock", {}).get("first_due_at")
    if first and datetime.fromisoformat(first) != entry.due_at:
        yield _("Due at first"), moment(datetime.fromisoformat(first), contract)


def _decided(entry: Decision) -> Iterator[tuple[str, str]]:
    contract = entry.contract
    yield _("Outcome"), str(entry.get_outcome_display())
    if given(entry):
        yield _("Given"), given(entry)
        yield _("From"), day(entry.starts_on)
        yield _("Last day"), last_day(entry.ends_before)
    if entry.review_on:
        yield _("Review on"), day(entry.review_on)
    if entry.deny_reason:
        yield _("Reason"), denied_late(entry) or in_words(entry.deny_reason)
    who = _("The contract, because nobody decided in time") if entry.automatic else entry.decided_by.name
    yield _("Decided by"), who
    yield _("Decided"), f"{moment(entry.decided_at, contract)}, {_('in time') if entry.in_time else _('late')}"
    yield _("Terms"), _("version %(number)s") % {"number": entry.terms.get("version", "–")}


def _corrections(shown: ShownEntry) -> Iterator[Block]:
    entry, later = shown.entry, shown.replaced_by
    if later is not None:
        yield Paragraph(
            _("This entry no longer stands: %(entry)s, by %(who)s, took its place.")
            % {"entry": later, "who": later.decided_by.name},
            strong=True,
        )
    if entry.replaces is not None:
        yield Paragraph(
            _("%(kind)s of %(entry)s: %(reason)s")
            % {"kind": entry.get_kind_display(), "entry": entry.replaces, "reason": entry.replaces_reason}
        )


def _reasons(shown: ShownEntry) -> Iterator[Block]:
    entry = shown.entry
    parts = [
        (_("Clinical necessity"), entry.necessity),
        (_("Risk"), entry.risk),
        (_("Criteria relied on"), entry.criteria),
        (_("Why it is not what was asked for"), _difference(entry)),
        (_("Why it starts before receipt"), entry.retroactive_reason),
    ]
    if any(text for _label, text in parts):
        yield Heading(_("Rationale"))
        yield Facts([(label, text) for label, text in parts if text])
    if shown.known:
        yield Heading(_("What was known"))
        yield Facts(list(shown.known))
    if shown.triggers:
        yield Heading(_("Triggers, as they were at submission"))
        yield Points(
            [
                f"{in_words(one.code)}: {one.sentence} "
                + (_("Met.") if one.met else _("Not met."))
                + "".join(f" {day(fact.on)}: {fact.text}." for fact in one.facts)
                + (f" {one.text}" if one.text else "")
                for one in shown.triggers
            ]
        )
    if entry.evidence:
        yield Heading(_("Evidence"))
        yield Table(
            header=[_("File"), _("For"), _("SHA-256")],
            rows=[
                [one.get("file_name", ""), in_words(one.get("trigger", "")), one.get("sha256", "")]
                for one in entry.evidence
            ],
            widest=0,
        )


def _difference(entry: Decision) -> str:
    return ": ".join(part for part in (in_words(entry.difference_reason), entry.difference_text) if part)


def _proof(shown: ShownEntry) -> Iterator[Block]:
    yield Heading(_("Proof"))
    rows: list[tuple[str, Any]] = [(_("This entry (SHA-256)"), shown.digest)]
    if shown.held is not None:
        rows += [
            (_("Sealed"), moment(shown.held.sealed_at, shown.entry.contract)),
            (_("As sealed"), _("the same") if shown.held.digest == shown.digest else shown.held.digest),
            (_("Seal %(number)s") % {"number": shown.held.number}, shown.held.seal_digest),
        ]
    else:
        rows.append((_("Sealed"), _("not yet")))
    yield Facts(rows)
