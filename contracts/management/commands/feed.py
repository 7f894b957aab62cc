"""`manage.py feed KIND FILE --contract CODE`: import a feed."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.queries.people import person, system_user
from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Unusable
from contracts.exports.rejects import write_csv
from contracts.imports.doors import open_file, send_file
from contracts.models import Contract
from contracts.operations import feeds


class Command(ProductCommand):
    help = "Import a feed: check the whole file, apply its good rows, keep and count the rejected ones."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = ", ".join(kind.name for kind in feeds.kinds())
        parser.add_argument("kind", metavar="KIND", help=f"what the file states: {kinds}")
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV in UTF-8, or XLSX (its first sheet)")
        parser.add_argument("--contract", metavar="CODE", required=True)
        parser.add_argument("--mapping", metavar="FILE.yaml", type=Path, help="their columns and values for ours")
        parser.add_argument("--dry-run", action="store_true", help="check and count; write nothing")
        parser.add_argument("--rejects", metavar="OUT.csv", type=Path, help="where to write the rejected rows")
        parser.add_argument("--by", metavar="USER", help="the person who sends it; without one the system user does")

    def perform(self, **options: Any) -> dict[str, Any]:
        kind = feeds.feed_kind(options["kind"])
        contract = Contract.objects.filter(code=options["contract"]).first()
        if contract is None:
            raise Unusable(f"There is no contract {options['contract']!r}.")
        actor = person(options["by"]) if options["by"] else system_user()
        source = open_file(options["file"], kind=kind, mapping_file=options["mapping"])
        if options["rejects"]:
            _require_writable(options["rejects"])
        answer: dict[str, Any] = {"kind": kind.name, "contract": contract.code, "file": str(options["file"])}
        found: list[feeds.Reject] = []
        if options["dry_run"]:
            judged = feeds.rehearse(
                source=source,
                contract_id=contract.pk,
                actor=actor,
                now=timezone.now(),
                each_reject=found.append if options["rejects"] else lambda reject: None,
            )
            answer |= {
                "dry_run": True,
                "rows_read": judged.read,
                "rows_applied": judged.applied,
                "rows_unchanged": judged.unchanged,
                "rows_rejected": judged.rejected,
                "ignored_columns": list(judged.ignored),
                "changes": {change.code: change.count for change in judged.changes},
            }
            rejected: Any = found
        else:
            run = send_file(source=source, contract_id=contract.pk, actor=actor, clock=timezone.now)
            answer |= {
                "run": run.pk,
                "rows_read": run.rows_read,
                "rows_applied": run.rows_applied,
                "rows_unchanged": run.rows_unchanged,
                "rows_rejected": run.rows_rejected,
                "ignored_columns": run.unknown_columns,
            }
            rejected = run.rejects.order_by("row_number").iterator(chunk_size=2000)
        if options["rejects"]:
            answer["rejects"] = str(options["rejects"])
            _write(options["rejects"], source.header, rejected)
        return answer

    def prose(self, answer: dict[str, Any]) -> str:
        lines = [
            f"{answer['kind']} for {answer['contract']} from {answer['file']}"
            + (" (dry run: nothing was written)" if answer.get("dry_run") else ""),
            *(f"rows {name}: {answer[f'rows_{name}']}" for name in ("read", "applied", "unchanged", "rejected")),
        ]
        if answer["ignored_columns"]:
            lines.append(f"columns ignored: {', '.join(answer['ignored_columns'])}")
        if answer.get("changes"):
            lines.append("would change: " + ", ".join(f"{code} {count}" for code, count in answer["changes"].items()))
        if "rejects" in answer:
            lines.append(f"rejected rows written to {answer['rejects']}")
        return "\n".join(lines)


def _write(path: Path, header: Any, rejected: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        write_csv(out, header, rejected)


def _require_writable(path: Path) -> None:
    """Before anything is applied: exit status 2 says that nothing was."""
    try:
        path.open("a").close()
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}.") from None
