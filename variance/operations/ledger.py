"""The one writer of ledger entries. Only cycle and statement operations may import it."""

from datetime import datetime

from variance.models import Cycle, Statement
from variance.queries import sql


def post(*, cycle: Cycle, statement: Statement, now: datetime) -> int:
    """Post the cycle's preview under the statement's lines, and record every new outcome. The number of entries.

    The caller has frozen the contract: numbers follow each other without gaps.
    """
    values = {
        "contract": cycle.contract_id,
        "cycle": cycle.pk,
        "statement": statement.pk,
        "posted_at": now,
    }
    posted = sql.run("post/entries", values)
    sql.run("post/outcomes", values)
    return posted
