"""Files that source systems send, and the runs that come of them."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from accounts.queries.people import system_user
from contracts.imports.files import Feed, open_feed
from contracts.imports.limits import limits
from contracts.imports.mapping import Mapping, mapping_of
from contracts.models import Contract, FeedRun
from contracts.operations import feeds

NOON = datetime(2026, 9, 1, 16, tzinfo=UTC)  # noon in New York


def feed(kind: str, content: str | bytes, *, mapping: dict[str, Any] | None = None, name: str = "file.csv") -> Feed:
    """A file that was opened; its text may be indented and begin on the line after the quotes."""
    if isinstance(content, str):
        content = "\n".join(line.strip() for line in content.strip().splitlines()).encode()
    path = Path(tempfile.mkdtemp()) / name
    path.write_bytes(content)
    its_kind = feeds.feed_kind(kind)
    chosen = mapping_of(mapping, its_kind) if mapping else Mapping()
    return open_feed(path, kind=its_kind, mapping=chosen, limits=limits(), file_name=name)


def send(
    kind: str, contract: Contract, content: str | bytes, *, now: datetime = NOON, actor: Any = None, **of_file: Any
) -> FeedRun:
    """Check and apply, as the system user where nobody is named."""
    return feeds.send(
        source=feed(kind, content, **of_file), contract_id=contract.pk, actor=actor or system_user(), now=now
    )


def counts(run: FeedRun) -> tuple[int, int, int, int]:
    """(read, applied, unchanged, rejected)"""
    return run.rows_read, run.rows_applied, run.rows_unchanged, run.rows_rejected


def rejected(run: FeedRun) -> list[tuple[int, str, str]]:
    """(row number, column, value) of the rejected rows."""
    return list(run.rejects.order_by("row_number").values_list("row_number", "column", "value"))
