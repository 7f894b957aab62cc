from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blended_pilot.kernel.periods import (
    add_months,
    days_in_month,
    each_month,
    first_of_month,
    months_between,
    next_month,
    parse_month,
)

days = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))
counts = st.integers(min_value=-600, max_value=600)


@pytest.mark.parametrize(
    ("month", "count", "expected"),
    [
        (date(2026, 1, 1), 1, date(2026, 2, 1)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 1, 31), 1, date(2026, 2, 1)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
        (date(2026, 3, 15), 0, date(2026, 3, 1)),
        (date(2026, 3, 1), -24, date(2024, 3, 1)),
    ],
)
def test_months_are_added_from_first_to_first(month, count, expected):
    assert add_months(month, count) == expected


@given(days, counts)
def test_adding_months_and_counting_them_agree(day, count):
    assert months_between(day, add_months(day, count)) == count
    assert add_months(add_months(day, count), -count) == first_of_month(day)


@given(days)
def test_a_month_ends_where_the_next_one_begins(day):
    assert (next_month(day) - first_of_month(day)).days == days_in_month(day)


def test_each_month_has_both_ends():
    assert list(each_month(date(2026, 11, 30), date(2027, 1, 1))) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]
    assert list(each_month(date(2026, 3, 31), date(2026, 3, 1))) == [date(2026, 3, 1)]
    assert list(each_month(date(2026, 3, 1), date(2026, 2, 28))) == []


def test_a_leap_year_has_its_day():
    assert [days_in_month(date(year, 2, 1)) for year in (2024, 2025, 2100, 2000)] == [29, 28, 28, 29]


def test_a_month_is_read_as_it_is_written():
    assert parse_month("2026-03") == date(2026, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026", "2026-3", "26-03", "2026-13", "2026-00", "0000-01", "March 2026", "2026-03-01", "2026/03"),
        *("0001-01", "1899-12", "3000-01", "9999-12"),  # a page looks at the months beside one
        *("+026-03", " 026-03", "2026-+3", "２０２６-03", "2026-03\n"),
    ],
)
def test_what_is_no_month_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="write it as YYYY-MM") as refused:
        parse_month(text)
    assert repr(text) in str(refused.value)
