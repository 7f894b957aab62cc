"""Load, align, sign and show contracts from the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.queries.people import person, system_user
from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Unusable
from contracts.operations.alignment import align
from contracts.operations.attachments import File, missing
from contracts.operations.documents import load
from contracts.operations.signing import sign
from contracts.queries import versions
from contracts.queries.terms import document_of
from contracts.rules.capabilities import beyond
from contracts.rules.comparison import in_words
from contracts.rules.reading import Format


class Command(ProductCommand):
    help = "Load a contract document as a draft, record its staffing alignment, sign it, show or compare versions."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="load|align|sign|show")
        loading = self.add_verb(verbs, "load", "validate a document (YAML or JSON) and keep it as a draft")
        loading.add_argument("file", type=Path)
        loading.add_argument(
            "--attach",
            action="append",
            type=Path,
            default=[],
            metavar="FILE",
            help="a file named under attachments; may be given again",
        )
        for name, explanation in (
            ("align", "record that the baseline pays for minimum safe staffing"),
            ("sign", "sign for the party at which the person is finance or commissioner"),
        ):
            verb = self.add_verb(verbs, name, explanation)
            verb.add_argument("code")
            verb.add_argument("--version", type=int, required=True, dest="number", metavar="N")
            verb.add_argument("--by", required=True, metavar="USER", help="e-mail address of the person")
        showing = self.add_verb(verbs, "show", "read a contract, or compare two of its versions")
        showing.add_argument("code")
        showing.add_argument("--diff", nargs=2, type=int, metavar=("M", "N"))

    def perform(self, **options: Any) -> dict[str, Any]:
        return getattr(self, f"_{options['verb']}")(options)

    def _load(self, options: dict[str, Any]) -> dict[str, Any]:
        loaded = load(
            source=_content(options["file"]),
            source_format=_format(options["file"]),
            attachments=[File(name=path.name, content=_content(path)) for path in options["attach"]],
            actor=system_user(),
            now=timezone.now(),
        )
        version = loaded.version
        return {
            "verb": "load",
            "contract": version.contract.code,
            "version": version.number,
            "effect": str(loaded.effect),
            "status": version.status,
            "in_force_from": version.in_force_from,
            "digest": version.digest,
            "missing_attachments": list(loaded.missing_attachments),
            "not_yet_computed": beyond(document_of(version)),
        }

    def _align(self, options: dict[str, Any]) -> dict[str, Any]:
        contract = versions.contract(options["code"])
        version = versions.version(contract, options["number"])
        recorded = align(version_id=version.pk, actor=person(options["by"]), now=timezone.now())
        return {
            "verb": "align",
            "contract": contract.code,
            "version": version.number,
            "recorded_by": recorded.recorded_by.email,
            "recorded_at": recorded.recorded_at,
            "digest": recorded.digest,
            "working": recorded.working,
        }

    def _sign(self, options: dict[str, Any]) -> dict[str, Any]:
        contract = versions.contract(options["code"])
        version = versions.version(contract, options["number"])
        signature = sign(version_id=version.pk, actor=person(options["by"]), now=timezone.now())
        version.refresh_from_db()
        return {
            "verb": "sign",
            "contract": contract.code,
            "version": version.number,
            "party": signature.party,
            "signed_by": signature.signed_by.email,
            "signed_at": signature.signed_at,
            "digest": signature.digest,
            "status": version.status,
            "signatures": version.signatures.count(),
            "missing_attachments": missing(version),
        }

    def _show(self, options: dict[str, Any]) -> dict[str, Any]:
        contract = versions.contract(options["code"])
        if options["diff"]:
            older, newer = (versions.version(contract, number) for number in options["diff"])
            changes = versions.differences(older, newer)
            return {
                "verb": "diff",
                "contract": contract.code,
                "from": older.number,
                "to": newer.number,
                "changes": [
                    {
                        "path": change.path,
                        "kind": str(change.kind),
                        "old": change.old,
                        "new": change.new,
                        "sentence": str(change),
                    }
                    for change in changes
                ],
            }
        lines = versions.version_lines(contract, versions.local_today(contract, timezone.now()))
        shown = next((line for line in lines if line.state == "in_force"), lines[0] if lines else None)
        return {
            "verb": "show",
            "contract": contract.code,
            "title": contract.title,
            "pilot": contract.pilot.code,
            "commissioner": contract.commissioner.code,
            "provider": contract.provider.code,
            "currency": contract.currency,
            "timezone": contract.timezone,
            "versions": [versions.described(line) for line in lines],
            "shown_version": shown.number if shown else None,
            "terms": versions.in_order(shown.version) if shown else None,
        }

    def prose(self, answer: dict[str, Any]) -> str:
        return str(getattr(self, f"_prose_{answer['verb']}")(answer))

    def _prose_load(self, answer: dict[str, Any]) -> str:
        sentences = {
            "created": _("%(contract)s version %(version)s loaded as a draft."),
            "replaced": _("%(contract)s version %(version)s replaced; it is still a draft."),
            "unchanged": _("%(contract)s version %(version)s has this content already; nothing changed."),
        }
        lines = [sentences[answer["effect"]] % answer, _("digest %(digest)s") % answer]
        if answer["missing_attachments"]:
            lines.append(_("Not uploaded yet: %(files)s.") % {"files": ", ".join(answer["missing_attachments"])})
        if answer["not_yet_computed"]:
            lines.append(_("It can be shown but not signed yet:"))
            lines += [f"  - {sentence}" for sentence in answer["not_yet_computed"]]
        return "\n".join(lines)

    def _prose_align(self, answer: dict[str, Any]) -> str:
        working = answer["working"]
        lines = [
            _("Staffing alignment of %(contract)s version %(version)s recorded.") % answer,
            _("Needed each month: %(needed)s, of which overhead %(overhead)s; block sums: %(block)s.") % working,
        ]
        if working["required_average"] is not None:
            lines.append(
                _(
                    "At %(members)s members it takes %(required_average)s per member and month; the dearest rate is "
                    "%(dearest)s."
                )
                % working
            )
        if working["planned_average"] is not None:
            lines.append(
                _("The plan's levels bring %(planned_average)s per member and month, %(planned_gap)s over need.")
                % working
            )
        return "\n".join(lines)

    def _prose_sign(self, answer: dict[str, Any]) -> str:
        lines = [_("%(contract)s version %(version)s signed for the %(party)s by %(signed_by)s.") % answer]
        if answer["status"] == "signed":
            lines.append(_("Both parties have signed."))
        else:
            lines.append(_("The other party has not signed yet."))
        if answer["missing_attachments"]:
            lines.append(_("Not uploaded: %(files)s.") % {"files": ", ".join(answer["missing_attachments"])})
        return "\n".join(lines)

    def _prose_diff(self, answer: dict[str, Any]) -> str:
        if not answer["changes"]:
            return _("Versions %(from)s and %(to)s of %(contract)s say the same.") % answer
        return "\n".join(change["sentence"] for change in answer["changes"])

    def _prose_show(self, answer: dict[str, Any]) -> str:
        lines = [
            f"{answer['contract']}: {answer['title']}",
            _("%(commissioner)s with %(provider)s, pilot %(pilot)s, %(currency)s, %(timezone)s") % answer,
        ]
        for line in answer["versions"]:
            lines.append(_("version %(version)s, from %(in_force_from)s: %(state)s, digest %(digest)s") % line)
            lines += [
                _("  signed for the %(party)s by %(signed_by)s at %(signed_at)s") % signature
                for signature in line["signatures"]
            ]
        if answer["terms"]:
            lines.append(_("Terms of version %(shown_version)s:") % answer)
            lines += [f"  {key}: {in_words(value)}" for key, value in answer["terms"].items()]
        return "\n".join(lines)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unusable(_("%(file)s cannot be read: %(why)s.") % {"file": path, "why": error.strerror}) from None


def _format(path: Path) -> Format:
    return "json" if path.suffix.lower() == ".json" else "yaml"
