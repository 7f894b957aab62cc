"""The statement as a workbook: its heading, its lines, unpaid work, and the working with the terms it follows from."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext as _

from blended_pilot.kernel.exports import xlsx_file
from variance.exports.csv_files import STATEMENT, UNPAID, Cells

WORKING = ("line", "component", "service_month", "version", "clause", "terms", "rows", "quantity", "amount")


def statement_workbook(content: dict[str, Any], *, lines: Iterable[Cells], unpaid: Iterable[Cells]) -> IO[bytes]:
    """`content` as `queries.working.statement_with_working` gives it; `lines` and `unpaid` as the CSV has them."""
    return xlsx_file(
        [
            (_("Lines"), STATEMENT, lines),
            (_("Unpaid"), UNPAID, unpaid),
            (_("Working"), WORKING, _working(content)),
            (_("Statement"), (_("Item"), _("Value")), _heading(content)),
        ]
    )


def _heading(content: dict[str, Any]) -> Iterator[Cells]:
    prepared, approved = content["prepared"], content["approved"]
    yield _("Contract"), f"{content['contract']} {content['title']}"
    yield _("Cycle"), content["cycle"]
    yield _("Statement"), content["statement_no"]
    yield _("Total"), Decimal(content["total"])
    yield _("Currency"), content["currency"]
    yield _("Commissioner"), content["commissioner"]["name"]
    yield _("Provider"), content["provider"]["name"]
    yield _("Prepared by"), f"{prepared['name']}, {prepared['organisation']}, {prepared['at']}"
    yield _("Approved by"), f"{approved['name']}, {approved['organisation']}, {approved['at']}"
    if content["both_signatures_on_one_command_line"]:
        yield _("Note"), _("Both signatures were given on one command line.")
    yield _("Content hash"), content["content_hash"]


def _working(content: dict[str, Any]) -> Iterator[Cells]:
    for position, line in enumerate(content["lines"], start=1):
        for clause in line["working"]["clauses"]:
            yield (
                position,
                line["component"],
                line["service_month"],
                clause["version"],
                clause["clause"],
                str(clause["terms"]),
                clause["rows"],
                Decimal(clause["quantity"]),
                Decimal(clause["amount"]),
            )
