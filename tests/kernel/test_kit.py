"""How values look on a page."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation

from blended_pilot.kernel.templatetags import kit

HARBOR = SimpleNamespace(timezone="America/New_York", currency="USD")
SPRING = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)  # half past one at night in New York, before the clocks go forward


@pytest.mark.parametrize(
    ("amount", "contract", "shown"),
    [
        (Decimal("1234567.895"), HARBOR, "$1,234,567.90"),
        (Decimal("-1083"), HARBOR, "−$1,083.00"),
        (Decimal("-0.001"), HARBOR, "$0.00"),
        (0, "GBP", "£0.00"),
        (Decimal("5.5"), "CHF", "CHF\xa05.50"),
        (Decimal("5.5"), "", "5.50"),
        (None, HARBOR, "–"),
    ],
)
def test_money_has_two_places_groups_and_its_currency(amount: Any, contract: Any, shown: str) -> None:
    assert kit.money(amount, contract) == shown


@pytest.mark.parametrize(("amount", "shown"), [(5, "+$5.00"), (-5, "−$5.00"), (0, "$0.00")])
def test_a_change_says_its_sign(amount: int, shown: str) -> None:
    assert kit.change(amount, HARBOR) == shown


@pytest.mark.parametrize(
    ("number", "places", "shown"),
    [
        (Decimal("309"), None, "309"),
        (Decimal("1200.50"), None, "1,200.5"),
        (Decimal("1E+3"), None, "1,000"),
        (Decimal("0.5"), 2, "0.50"),
        (-3, None, "−3"),
    ],
)
def test_a_quantity_is_grouped(number: Any, places: int | None, shown: str) -> None:
    assert kit.quantity(number, places) == shown


def test_a_ratio_is_a_percentage() -> None:
    assert (kit.percent(Decimal("0.8136")), kit.percent(Decimal("0.5"), 0), kit.percent(None)) == ("81.4%", "50%", "–")


def test_a_moment_is_told_in_the_timezone_of_the_contract() -> None:
    assert kit.when(SPRING, HARBOR) == (
        '<time datetime="2026-03-08T01:30:00-05:00" class="nowrap">March 8, 2026, 1:30 a.m. <small>EST</small></time>'
    )
    assert 'datetime="2026-03-07"' in kit.day(datetime(2026, 3, 8, 4, 0, tzinfo=UTC), HARBOR)


@pytest.mark.parametrize(("language", "shown"), [("en-us", "March 8, 2026"), ("en-gb", "8 Mar 2026")])
def test_days_follow_the_reader(language: str, shown: str) -> None:
    with translation.override(language):
        assert shown in kit.day(date(2026, 3, 8))


def test_the_last_day_of_a_span_is_the_one_before_its_end() -> None:
    assert "March 7, 2026" in kit.last_day(date(2026, 3, 8))
    assert kit.last_day(None) == "open"


def test_a_month_has_its_name() -> None:
    assert kit.month(date(2026, 3, 1)) == '<time datetime="2026-03" class="nowrap">March 2026</time>'


@pytest.mark.parametrize("cell", ["<script>", "Older adults", ""])
def test_words_are_no_figures(cell: str) -> None:
    assert not kit.is_figure(cell)


@pytest.mark.parametrize("cell", [1, Decimal("0.5"), "-12", "−$1,083.00", "81%"])
def test_figures_are(cell: Any) -> None:
    assert kit.is_figure(cell)
