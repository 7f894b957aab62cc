"""Bands and tiers as small step charts."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from blended_pilot.kernel import charts
from contracts.queries.readable.base import Drawing, Words, number, ratio
from contracts.rules.document import Segment, TieredPrice

BEYOND = Decimal("1.3")  # how far past the last edge the drawing goes


def _steps(points: list[dict[str, str]], x: str, y: str, x_format: str, y_format: str) -> dict[str, Any]:
    return {
        "width": 420,
        "height": 150,
        # exact decimals travel as text and become numbers in the drawing
        "data": {"values": points, "format": {"type": "json", "parse": {"x": "number", "y": "number"}}},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": x, "axis": {"format": x_format, "tickCount": 6}},
            "y": {"field": "y", "type": "quantitative", "title": y, "axis": {"format": y_format, "tickCount": 4}},
        },
        "layer": [
            {"mark": {"type": "area", "interpolate": "step-after", "opacity": {"expr": "1 / 5"}}},
            {"mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2}},
        ],
    }


def _point(x: Decimal, y: Decimal) -> dict[str, str]:
    return {"x": f"{x:f}", "y": f"{y:f}"}


def _end(edges: Sequence[Decimal]) -> Decimal:
    last = max(edges, default=Decimal(0))
    return last * BEYOND if last else Decimal(2)


def bands_drawing(title: str, bands: Sequence[Segment], *, edges: str, words: Words | None = None) -> Drawing:
    """A share over its edges. `words`: the edges are money; else they are ratios of `edges`."""
    end = _end([band.from_ for band in bands])
    points = [_point(band.from_, band.share) for band in bands]
    points.append(_point(end, bands[-1].share))

    def edge(value: Decimal) -> str:
        return words.money(value) if words else ratio(value)

    def interval(band: Segment) -> str:
        if band.to is None:
            return _("over %(low)s") % {"low": edge(band.from_)}
        return _("%(low)s to %(high)s") % {"low": edge(band.from_), "high": edge(band.to)}

    rows = [[interval(band), ratio(band.share)] for band in bands]
    finding = "; ".join(f"{where}: {share}" for where, share in rows)
    return Drawing(
        charts.figure(
            _steps(points, edges, _("share"), "~s" if words else ".0%", ".0%"),
            title=title,
            finding=_("Share by band. %(bands)s.") % {"bands": finding},
            header=[edges, _("Share")],
            rows=rows,
        )
    )


def tiers_drawing(title: str, price: TieredPrice, unit: str, words: Words) -> Drawing:
    """The unit price over the number of units."""
    starts = [Decimal(0), *(tier.to for tier in price.tiers if tier.to is not None)]
    points = [_point(x, tier.amount) for x, tier in zip(starts, price.tiers, strict=True)]
    points.append(_point(_end(starts), price.tiers[-1].amount))
    rows = []
    for start, tier in zip(starts, price.tiers, strict=True):
        values = {"low": number(start), "high": number(tier.to), "unit": unit}
        text = _("over %(low)s, up to %(high)s") % values if tier.to else _("over %(low)s") % values
        rows.append([text, words.money(tier.amount)])
    mode = (
        _("Every unit has the price of its own tier.")
        if price.mode == "marginal"
        else _("All units have the price of the tier that their total reaches.")
    )
    per = _("Counted per episode.") if price.per == "episode" else _("Counted per member and month.")
    return Drawing(
        charts.figure(
            _steps(points, _("units (%(unit)s)") % {"unit": unit}, _("price of a unit"), "~s", "~s"),
            title=title,
            finding=f"{mode} {per}",
            header=[_("Units"), _("Price of a unit")],
            rows=rows,
        )
    )
