"""The lock between those who change facts and the one who closes a month on them.

Whoever changes what money is worked out from (coverage, levels, activity, terms, plan) calls `hold_open` first in the
same transaction; whoever calculates to close calls `freeze`. Writers do not wait for each other, a close waits for all
of them and they for it, so a fact is either wholly in a closed month or wholly after it.
"""

from contracts.models import Contract


def hold_open(contract_id: int) -> Contract:
    """Share the contract's facts for the rest of the transaction (FOR SHARE)."""
    return Contract.objects.raw("SELECT * FROM contracts_contract WHERE id = %s FOR SHARE", [contract_id])[0]


def freeze(contract_id: int) -> Contract:
    """Keep every fact of the contract still for the rest of the transaction (FOR UPDATE)."""
    return Contract.objects.select_for_update().get(pk=contract_id)
