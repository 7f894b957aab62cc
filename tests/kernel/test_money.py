from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blended_pilot.kernel.money import rounded

D = Decimal


@pytest.mark.parametrize(
    ("amount", "places", "expected"),
    [
        ("2.675", 2, "2.68"),
        ("2.665", 2, "2.67"),  # half to even would give 2.66
        ("-2.665", 2, "-2.67"),
        ("2.6649999", 2, "2.66"),
        ("173.333333", 2, "173.33"),  # F7
        ("0.0000005", 6, "0.000001"),
        ("12.5", 0, "13"),
        ("-0.004", 2, "0.00"),
        ("99999999999999999999.995", 2, "100000000000000000000.00"),
    ],
)
def test_a_tie_goes_away_from_zero(amount, places, expected):
    assert rounded(D(amount), places) == D(expected)


amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=6)


@given(amounts)
def test_rounding_moves_no_more_than_half_a_cent_and_only_once(amount):
    once = rounded(amount, 2)
    assert abs(once - amount) <= D("0.005")
    assert rounded(once, 2) == once
    assert rounded(-amount, 2) == -once
