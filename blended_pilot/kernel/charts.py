"""Charts drawn on the server: a Vega-Lite specification in, inline SVG for light and dark out.

No script reaches the page, and the same drawing serves screen, print and PDF. Nothing is drawn and no font registered
before a web or task worker has forked: the renderer's threads do not survive a fork.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import vl_convert
from django.conf import settings
from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

FONT = "Inter"
LIGHT = ("#1b4f8a", "#d97706", "#4d7c3f", "#7c3a86", "#0f766e", "#5b6675")  # each at least 3:1 on white
DARK = ("#7fb2ea", "#f0a04b", "#9ccb86", "#d3a4dc", "#5eead4", "#b3bccb")
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Figure:
    """What `kit/figure.html` draws.

    `finding` is one sentence that says what the chart shows; `header` and `rows` are its figures as a table; `note`
    gives period, denominator and what is left out.
    """

    title: str
    finding: str
    light: SafeString
    dark: SafeString
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""


def figure(
    spec: dict[str, Any],
    *,
    title: str,
    finding: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    note: str = "",
) -> Figure:
    """Draw `spec` (Vega-Lite 5, data inline) in both themes."""
    return Figure(title, finding, svg(spec), svg(spec, dark=True), header, rows, note)


def svg(spec: dict[str, Any], *, dark: bool = False) -> SafeString:
    """One drawing as an `<svg>` element, kept for a day under the hash of what it shows."""
    themed = {**spec, "config": {**_theme(dark), **spec.get("config", {})}}
    themed.setdefault("$schema", "https://vega.github.io/schema/vega-lite/v5.json")
    text = json.dumps(themed, sort_keys=True, default=str)
    key = f"chart:{hashlib.sha256(text.encode()).hexdigest()}"
    drawn = cache.get(key)
    if drawn is None:
        _register_font(os.getpid())
        drawn = vl_convert.vegalite_to_svg(text, vl_version="5.20").replace(
            "<svg ", '<svg aria-hidden="true" focusable="false" ', 1
        )
        cache.set(key, drawn, KEPT_SECONDS)
    return mark_safe(drawn)  # noqa: S308 - drawn here from a specification; text in it is escaped by the renderer


@lru_cache(maxsize=2)
def _register_font(process: int) -> None:
    """Once in each process that draws (`process` is its id), so never in the parent before a fork."""
    vl_convert.register_font_directory(str(Path(settings.BASE_DIR) / "static" / "vendor" / "inter"))


def _theme(dark: bool) -> dict[str, Any]:
    ink, grid = ("#e6e9ef", "#3a4454") if dark else ("#1f2933", "#d9dee5")
    palette = DARK if dark else LIGHT
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "range": {"category": list(palette)},
        "mark": {"color": palette[0]},
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": ink},
        "axis": {
            "labelColor": ink,
            "titleColor": ink,
            "gridColor": grid,
            "domainColor": grid,
            "tickColor": grid,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "legend": {"labelColor": ink, "titleColor": ink, "orient": "top", "labelFontSize": 12, "title": None},
        "title": {"color": ink, "anchor": "start", "fontSize": 14},
    }
