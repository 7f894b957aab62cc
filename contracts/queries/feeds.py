"""Feed runs as pages show them: what stands where in a file, and who may read its cells."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.permissions import may_on
from blended_pilot.kernel.periods import parse_month
from blended_pilot.kernel.scope import SYSTEM, acting
from contracts.models import Contract, FeedReject, FeedRun

LastClosed = Callable[[int], date | None]
_last_closed: list[LastClosed] = []


def register_last_closed(last_closed: LastClosed) -> None:
    """`last_closed(contract_id)` gives the last closed month, or None. The stage that closes months tells it."""
    _last_closed[:] = [last_closed]


def last_closed(contract_id: int) -> date | None:
    """The last month that is closed under the contract; None where none is."""
    with acting(SYSTEM):  # everybody who records for a month may know that it is closed
        return _last_closed[0](contract_id) if _last_closed else None


@dataclass(frozen=True)
class ClosedMonths:
    """How much of what a run would change bears on months that are closed."""

    last: date
    changes: int


def closed_months(run: FeedRun) -> ClosedMonths | None:
    """None where no month is closed, or no change reaches back to one."""
    last = last_closed(run.contract_id)
    if last is None:
        return None
    changes = sum(count for month, count in run.preview.get("months", []) if parse_month(month) <= last)
    return ClosedMonths(last, changes) if changes else None


def sent_before(run: FeedRun) -> FeedRun | None:
    """The latest earlier run of the same file for the same contract and kind, if any."""
    return (
        FeedRun.objects.filter(
            contract_id=run.contract_id, kind=run.kind, sha256=run.sha256, uploaded_at__lt=run.uploaded_at
        )
        .exclude(pk=run.pk)
        .select_related("uploaded_by")
        .order_by("-uploaded_at")
        .first()
    )


def contracts_to_feed(user: Any) -> Iterable[Contract]:
    """Contracts for which the person may send feeds, by code."""
    visible = Contract.objects.visible_to(user).order_by("code")
    return [contract for contract in visible if may_on(user, "feed.upload", contract)]


def place_of(run: FeedRun, column: str) -> int | None:
    """Where a column of the kind stands in the file's cells; None where the file does not have it."""
    wanted = run.mapping.get("columns", {}).get(column, column).casefold()
    return next((place for place, name in enumerate(run.header) if name.casefold() == wanted), None)


def references(run: FeedRun, rejects: Iterable[FeedReject]) -> set[str]:
    """References of the members whom rejected rows name, as they stand in the file."""
    place = place_of(run, "member_ref")
    if place is None:
        return set()
    return {reject.row[place].strip() for reject in rejects if place < len(reject.row)} - {""}


def previewed_members(run: FeedRun) -> set[str]:
    """References of the members whom the examples of the preview name."""
    return {reference for change in run.preview.get("changes", []) for reference in change.get("members", [])}


def may_read_identity(user: Any, run: FeedRun) -> bool:
    """Whether the person may read what a file says of who somebody is: who sent it had it in hand."""
    return run.uploaded_by_id == user.pk or may_on(user, "member.identity", run.contract)


def hidden_columns(user: Any, run: FeedRun, columns: Sequence[Any]) -> frozenset[str]:
    """Names, as the file has them, of columns that this person may not read. `columns` are those of the kind."""
    if may_read_identity(user, run):
        return frozenset()
    mapped = run.mapping.get("columns", {})
    return frozenset(mapped.get(column.name, column.name).casefold() for column in columns if column.identity)
