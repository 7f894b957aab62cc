"""Export the issued reconciliation statement of a month."""

import json
import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Unusable
from contracts.queries import versions
from variance.exports import csv_files
from variance.exports.statement_paper import statement_pdf
from variance.exports.workbook import statement_workbook
from variance.models import Statement
from variance.queries import lookup
from variance.queries.unpaid import unpaid
from variance.queries.working import statement_with_working
from variance.rules.statement import plain


class Command(ProductCommand):
    help = "Export the issued statement of a closed month."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("month", metavar="YYYY-MM")
        parser.add_argument("--format", required=True, choices=["csv", "xlsx", "pdf", "json"])
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")

    def perform(self, **options: Any) -> dict[str, Any]:
        contract = versions.contract(options["code"])
        statement = lookup.statement(contract, lookup.month(options["month"]))
        try:
            getattr(self, f"_{options['format']}")(statement, options["out"])
        except OSError as error:
            raise Unusable(_("%(file)s cannot be written.") % {"file": options["out"]}, [str(error)]) from error
        return {
            "contract": contract.code,
            "cycle": f"{statement.cycle.month:%Y-%m}",
            "statement_no": statement.number,
            "lines": statement.lines.count(),
            "total": plain(statement.total, 2),
            "file": str(options["out"]),
        }

    def prose(self, answer: dict[str, Any]) -> str:
        return (
            _("Statement %(statement_no)s of %(contract)s %(cycle)s: %(lines)s lines, %(total)s, in %(file)s.") % answer
        )

    def _csv(self, statement: Statement, path: Path) -> None:
        csv_files.write(path, csv_files.STATEMENT, csv_files.statement_cells(statement))

    def _json(self, statement: Statement, path: Path) -> None:
        content = statement_with_working(statement)
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")

    def _pdf(self, statement: Statement, path: Path) -> None:
        path.write_bytes(statement_pdf(statement))

    def _xlsx(self, statement: Statement, path: Path) -> None:
        book = statement_workbook(
            statement_with_working(statement),
            lines=csv_files.statement_cells(statement),
            unpaid=csv_files.unpaid_cells(statement.contract.code, unpaid(contract_id=statement.contract_id)),
        )
        with book, path.open("wb") as file:
            shutil.copyfileobj(book, file)
