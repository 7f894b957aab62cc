"""Small numbers are hidden, and what would give them back is hidden with them."""

import itertools

import pytest

from baseline.rules.suppression import column, part_of, shown
from contracts.rules.document.settlement import Suppression

ELEVEN = Suppression(method="threshold", below=11)
ROUND = Suppression(method="round")


@pytest.mark.parametrize(("count", "cell"), [(0, 0), (1, None), (10, None), (11, 11), (400, 400)])
def test_a_threshold_hides_from_1_to_below(count, cell):
    assert shown(count, ELEVEN) == cell


@pytest.mark.parametrize(("count", "cell"), [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (102, 100)])
def test_rounding_hides_1_to_7_and_goes_to_the_nearest_5(count, cell):
    assert shown(count, ROUND) == cell


@pytest.mark.parametrize(
    ("counts", "cells"),
    [
        ([40, 20, 15], [40, 20, 15]),
        ([40, 20, 4], [40, None, None]),  # 4 is the total less the others
        ([40, 6, 5], [40, None, None]),
        ([40, 2, 1], [None, None, None]),  # two hidden cells that add up to 3 say too much
        ([0, 30, 3], [0, None, None]),  # somebody hides better than nobody
        ([0, 0, 3], [None, None, None]),
        ([3], [None]),
    ],
)
def test_a_hidden_cell_never_stands_alone(counts, cells):
    assert column(counts, ELEVEN) == cells


def test_no_column_gives_a_small_number_back_by_subtraction():
    """Tried over every column of three cells: the total less what is shown is never a small number."""
    for counts in itertools.product(range(0, 26, 3), repeat=3):
        cells = column(counts, ELEVEN)
        left = sum(counts) - sum(cell for cell in cells if cell is not None)
        whole = all(cell is None for cell in cells)
        assert left == 0 or left >= 11 or whole, (counts, cells)
        assert not any(cell is not None and 1 <= cell < 11 for cell in cells)


@pytest.mark.parametrize(
    ("part", "whole", "shares"),
    [
        (30, 60, (30, 60)),
        (4, 60, (None, 60)),
        (57, 60, (None, 60)),
        (0, 60, (0, 60)),
        (60, 60, (60, 60)),
        (3, 9, (None, None)),
    ],
)
def test_a_share_is_hidden_where_it_or_the_rest_is_small(part, whole, shares):
    assert part_of(part, whole, ELEVEN) == shares
