"""A statement as a file to download, in the reader's own view of who its members are."""

import io
import json
from typing import IO, Any

from blended_pilot.kernel.exports import CSV_TYPE, XLSX_TYPE, csv_lines
from blended_pilot.kernel.papers import PDF_TYPE
from variance.exports import csv_files
from variance.exports.statement_paper import statement_pdf
from variance.exports.workbook import statement_workbook
from variance.models import Statement
from variance.queries.unpaid import unpaid
from variance.queries.working import statement_with_working

FORMATS = ("pdf", "xlsx", "csv", "json")
TYPES = {"pdf": PDF_TYPE, "xlsx": XLSX_TYPE, "csv": CSV_TYPE, "json": "application/json"}


def file_of(statement: Statement, form: str, *, reader: Any) -> tuple[IO[bytes], str, str]:
    """(open file, content type, file name). KeyError for a form that is not one of FORMATS."""
    name = f"statement-{statement.contract.code}-{statement.cycle.month:%Y-%m}.{form}"
    return _WRITERS[form](statement, reader), TYPES[form], name


def _csv(statement: Statement, reader: Any) -> IO[bytes]:
    lines = csv_lines(csv_files.STATEMENT, csv_files.statement_cells(statement))
    return io.BytesIO("".join(lines).encode())


def _json(statement: Statement, reader: Any) -> IO[bytes]:
    content = statement_with_working(statement)
    return io.BytesIO(json.dumps(content, indent=2, ensure_ascii=False, default=str).encode())


def _pdf(statement: Statement, reader: Any) -> IO[bytes]:
    return io.BytesIO(statement_pdf(statement))


def _xlsx(statement: Statement, reader: Any) -> IO[bytes]:
    return statement_workbook(
        statement_with_working(statement),
        lines=csv_files.statement_cells(statement),
        unpaid=csv_files.unpaid_cells(
            statement.contract.code, unpaid(contract_id=statement.contract_id, reader=reader)
        ),
    )


_WRITERS = {"pdf": _pdf, "csv": _csv, "json": _json, "xlsx": _xlsx}
