"""Exact money. Decimal in, Decimal out; the contract names the places and when to round."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


def rounded(amount: Decimal, places: int) -> Decimal:
    """Half-up, away from zero on a tie, to `places` decimals (the only rounding mode a contract may name)."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
