"""Assessments of members: what the terms know of instruments, and how a person's scores went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorizations.models import Assessment
from blended_pilot.kernel.charts import Figure, figure
from contracts.queries.terms import signed_terms
from eligibility.queries.determinations import one_person

MONTHS = timedelta(days=120)  # within them the ticks of a chart are weeks, and the month alone would be said many times


@dataclass(frozen=True)
class Instruments:
    """The instruments of the terms that govern a day, by code, and the ranks of the levels."""

    version: int | None
    by_code: Mapping[str, Any]
    ranks: Mapping[str, int]


def instruments_on(contract_id: int, day: date) -> Instruments:
    terms = signed_terms(contract_id)
    version = (terms.on(day) or terms.latest) if terms else None
    if version is None:
        return Instruments(None, {}, {})
    authorization = version.document.authorization
    return Instruments(
        version.number,
        {one.code: one for one in (authorization.instruments if authorization else ())},
        {level.code: level.rank for level in version.document.levels},
    )


def of_member(user: Any, member_id: int) -> QuerySet[Assessment]:
    """What the person may see of a member's assessments, the latest first; withdrawn ones among them."""
    rows = Assessment.objects.visible_to(user).filter(member__in=one_person(member_id))
    return rows.select_related("contract", "recorded_by").order_by("-assessed_on", "-pk")


def standing(contract_id: int, member_id: int, instrument: str) -> QuerySet[Assessment]:
    """The scores that stand, the earliest first: what a trend and a trigger are read from."""
    return Assessment.objects.filter(
        contract_id=contract_id, member__in=one_person(member_id), instrument=instrument, withdrawn_at=None
    ).order_by("assessed_on", "pk")


def trend(contract_id: int, instrument: str, scores: list[Assessment]) -> Figure | None:
    """A small chart of one instrument's scores over its bands; None below two scores. `scores` in order of time."""
    if len(scores) < 2:
        return None
    known = instruments_on(contract_id, scores[-1].assessed_on).by_code.get(instrument)
    first, last = scores[0], scores[-1]
    close_together = last.assessed_on - first.assessed_on < MONTHS
    change = last.score - scores[-2].score
    if first.score == last.score:
        words = _("%(instrument)s was %(first)d on %(from)s and is %(last)d again on %(to)s.")
    else:
        words = _("%(instrument)s went from %(first)d on %(from)s to %(last)d on %(to)s.")
    if change:
        words += " " + _("The latest step was %(change)+d.")
    finding = words % {
        "instrument": instrument,
        "first": first.score,
        "from": date_format(first.assessed_on),
        "last": last.score,
        "to": date_format(last.assessed_on),
        "change": change,
    }
    bands = [{"from": one.from_, "to": one.to + 1, "level": one.level} for one in (known.levels if known else ())]
    lowest, highest = (known.score.min, known.score.max) if known else (0, max(one.score for one in scores))
    scale = {"domain": [lowest, highest + 1]}
    spec = {
        "width": 420,
        "height": 160,
        "layer": [
            {
                "data": {"values": [{"edge": band["from"], "level": band["level"]} for band in bands]},
                "mark": {"type": "rule", "strokeDash": [3, 3]},
                "encoding": {"y": {"field": "edge", "type": "quantitative", "scale": scale}},
            },
            {
                "data": {
                    "values": [{"middle": (band["from"] + band["to"]) / 2, "level": band["level"]} for band in bands]
                },
                "mark": {"type": "text", "align": "right", "dx": -4},
                "encoding": {
                    "y": {"field": "middle", "type": "quantitative", "scale": scale},
                    "x": {"value": 420},
                    "text": {"field": "level"},
                },
            },
            {
                "data": {"values": [{"on": one.assessed_on.isoformat(), "score": one.score} for one in scores]},
                "mark": {"type": "line", "point": {"size": 60}},
                "encoding": {
                    "x": {
                        "field": "on",
                        "type": "temporal",
                        "title": None,
                        "axis": {"format": "%b %-d" if close_together else "%b %Y", "tickCount": 4},
                    },
                    "y": {"field": "score", "type": "quantitative", "scale": scale, "title": _("Score")},
                },
            },
        ],
    }
    return figure(
        spec,
        title=_("Scores of %(instrument)s over time") % {"instrument": instrument},
        finding=finding,
        header=[_("Assessed"), _("Score"), _("Flags"), _("Suggested level")],
        rows=[
            [date_format(one.assessed_on), one.score, ", ".join(one.flags) or "–", one.suggested_level]
            for one in scores
        ],
        note=_("Every score that stands; dashed lines are where the suggested level changes."),
    )
