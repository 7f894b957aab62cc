"""Shares and how sure they are."""

from decimal import Decimal

import pytest

from blended_pilot.kernel.intervals import Rate, Share, byar, wilson


def test_the_published_interval_of_65_in_100():
    """Wilson 95% for 65 of 100, as health statisticians publish it."""
    low, high = wilson(65, 100)
    assert (round(low, 6), round(high, 6)) == (0.552544, 0.736358)


@pytest.mark.parametrize(
    ("number", "of", "low", "high"), [(0, 1, 0.0, 0.793451), (1, 1, 0.206549, 1.0), (0, 20, 0.0, 0.161125)]
)
def test_nothing_and_everything_keep_inside_0_and_1(number, of, low, high):
    assert tuple(round(edge, 6) for edge in wilson(number, of)) == (low, high)


@pytest.mark.parametrize(("number", "of"), [(0, 0), (3, 2), (-1, 2)])
def test_what_is_no_share_is_refused(number, of):
    with pytest.raises(ValueError, match=f"no share: {number} of {of}"):
        wilson(number, of)


def test_a_share_of_nothing_has_no_value():
    assert (Share(0, 0).value, Share(0, 0).low, Share(0, 0).high) == (None, None, None)


@pytest.mark.parametrize(
    ("number", "low", "high"),
    [(0, 0.0, 3.67), (4, 1.08, 10.24), (10, 4.79, 18.39), (100, 81.36, 121.63)],
)
def test_a_count_s_interval_is_that_of_byar(number, low, high):
    assert tuple(round(edge, 2) for edge in byar(number)) == (low, high)


def test_a_rate_is_for_each_so_much_time_and_none_of_none():
    rate = Rate(10, Decimal(2500), per=1000)
    assert (rate.value, round(rate.low, 2), round(rate.high, 2)) == (4.0, 1.91, 7.36)
    assert (Rate(0, Decimal(0)).value, Rate(0, Decimal(0)).low, Rate(0, Decimal(0)).high) == (None, None, None)
    with pytest.raises(ValueError, match="no count"):
        byar(-1)
