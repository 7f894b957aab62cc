"""Export ledger entries, or the delivered work that is not paid."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from blended_pilot.kernel.commands import ProductCommand
from blended_pilot.kernel.errors import Unusable
from contracts.queries import versions
from variance.exports import csv_files
from variance.queries import lookup
from variance.queries.ledger import entries
from variance.queries.unpaid import unpaid


class Command(ProductCommand):
    help = "Export the ledger of a contract, or of one cycle; with --unpaid the delivered work that is not paid."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("month", nargs="?", metavar="YYYY-MM", help="of one cycle only")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE.csv")
        parser.add_argument(
            "--unpaid", action="store_true", help="every unpaid record or part, with its latest outcome"
        )

    def perform(self, **options: Any) -> dict[str, Any]:
        contract = versions.contract(options["code"])
        month = lookup.month(options["month"]) if options["month"] else None
        if month is not None:
            lookup.cycle(contract, month)
        columns: tuple[str, ...]
        if options["unpaid"]:
            columns = csv_files.UNPAID
            cells = csv_files.unpaid_cells(contract.code, unpaid(contract_id=contract.pk, month=month))
        else:
            columns = csv_files.LEDGER
            found = entries(contract_id=contract.pk, month=month)
            cells = csv_files.ledger_cells(found.iterator(chunk_size=5000))
        try:
            rows = csv_files.write(options["out"], columns, cells)
        except OSError as error:
            raise Unusable(_("%(file)s cannot be written.") % {"file": options["out"]}, [str(error)]) from error
        return {
            "contract": contract.code,
            "cycle": options["month"],
            "unpaid": options["unpaid"],
            "rows": rows,
            "file": str(options["out"]),
        }

    def prose(self, answer: dict[str, Any]) -> str:
        return _("%(rows)s rows in %(file)s.") % answer
