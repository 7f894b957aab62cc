"""Shares and how sure they are."""

import pytest

from blended_pilot.kernel.intervals import Share, wilson


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
