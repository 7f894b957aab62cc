"""Who signs a month: the contract names the side that prepares, and the other side approves."""

from typing import Any

from accounts.permissions import sides
from contracts.models import Party
from variance.models import Cycle

PREPARES, APPROVES = "cycle.prepare", "cycle.approve"


def may_sign(user: Any, action: str, cycle: Cycle) -> bool:
    """Whether the person may give this signature (PREPARES or APPROVES) for the organisation that owes it.

    `cycle` comes with its contract and version. The same person cannot give both; that is the operation's to refuse.
    """
    preparing = cycle.version.document["settlement"].get("prepared_by", Party.PROVIDER)
    by_provider = (preparing == Party.PROVIDER) == (action == PREPARES)
    where = sides(user, action)
    if by_provider:
        return cycle.contract.provider_id in where.provider
    return cycle.contract.commissioner_id in where.commissioner
