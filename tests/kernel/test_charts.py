"""Charts drawn on the server: no script, both themes, the shipped font, kept by what they show."""

from typing import Any

import pytest
from django.core.cache import cache

from blended_pilot.kernel import charts


def bars(label: str = "March") -> dict[str, Any]:
    return {
        "data": {"values": [{"month": label, "amount": 3}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "month", "type": "nominal"},
            "y": {"field": "amount", "type": "quantitative"},
        },
    }


def test_a_drawing_is_an_inline_svg_hidden_from_screen_readers() -> None:
    drawn = charts.svg(bars())

    assert drawn.startswith('<svg aria-hidden="true" focusable="false" ')
    assert "Inter" in drawn
    assert "style=" not in drawn


def test_each_theme_has_its_colours() -> None:
    light, dark = charts.svg(bars()), charts.svg(bars(), dark=True)

    assert (charts.LIGHT[0] in light, charts.DARK[0] in dark, charts.LIGHT[0] in dark) == (True, True, False)


def test_what_was_drawn_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = charts.svg(bars("kept"))
    monkeypatch.setattr(charts.vl_convert, "vegalite_to_svg", lambda *a, **k: pytest.fail("drawn twice"))

    assert charts.svg(bars("kept")) == first


def test_text_of_people_stays_text() -> None:
    drawn = charts.svg(bars("</svg><script>alert(1)</script>"))

    assert "<script" not in drawn


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()
