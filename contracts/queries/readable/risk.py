"""Thresholds, stop-loss, corridor, warnings, outcomes, gates and monitoring in words."""

from django.utils.translation import gettext as _

from accounts.models import Role
from contracts.queries.readable.base import (
    NOTHING,
    Drawing,
    Facts,
    Section,
    Table,
    Words,
    days,
    facts,
    listed,
    month,
    number,
    percent,
    plain,
    ratio,
    table,
)
from contracts.queries.readable.drawings import bands_drawing
from contracts.rules.document import ContractDocument, FixedPool, Measure, Threshold

Blocks = list[Facts | Table | Drawing]


def thresholds(document: ContractDocument, words: Words) -> Section | None:
    if not document.thresholds:
        return None
    blocks: Blocks = []
    for index, one in enumerate(document.thresholds):
        blocks.append(_threshold(one, index, words))
        blocks.append(
            bands_drawing(
                _("Threshold %(code)s") % {"code": plain(one.code)}, one.bands, edges=_("actual, of expected")
            )
        )
    return Section(
        "thresholds",
        title=_("When demand is not as planned"),
        lead=_("Between expected and actual demand, each band pays or deducts its share of the price."),
        blocks=blocks,
    )


def _threshold(one: Threshold, index: int, words: Words) -> Facts:
    expected = (
        listed(f"{month(key)}: {number(value)}" for key, value in one.expected.items())
        if isinstance(one.expected, dict)
        else _("%(count)s a month") % {"count": number(one.expected)}
    )
    limit = one.limit
    return facts(
        ("thresholds", index),
        ("code", _("Threshold"), plain(one.code)),
        ("measure", _("Measure"), _measure(one.measure, words)),
        ("period", _("Compared"), _("month by month") if one.period == "month" else _("for the year to date")),
        ("expected", _("Expected"), expected),
        ("price", _("Price of a unit"), words.money(one.price)),
        (
            "limit",
            _("Limits"),
            _("%(floor)s to %(cap)s") % {"floor": words.money(limit.floor), "cap": words.money(limit.cap)}
            if limit
            else _("none"),
        ),
        (
            "reopen",
            _("The parties talk when"),
            _("demand is more than %(percent)s off for %(months)s months")
            % {"percent": percent(one.reopen.beyond_percent), "months": one.reopen.months}
            if one.reopen
            else NOTHING,
        ),
    )


def _measure(measure: str, words: Words) -> str:
    kind, _colon, service = measure.partition(":")
    if kind == "referrals":
        return _("verified referrals")
    if service == "*":
        return _("money of all episodic services")
    text = _("units of %(service)s") if kind == "units" else _("money of %(service)s")
    return text % {"service": words.service(service)}


def stop_loss(document: ContractDocument, words: Words) -> Section | None:
    part = document.stop_loss
    if part is None:
        return None
    blocks: Blocks = []
    for index, payment in enumerate(part.payment):
        here = ("stop_loss", "payment", index)
        blocks.append(
            facts(
                here,
                ("code", _("Payment"), plain(payment.code)),
                ("components", _("On the cost of"), listed(map(plain, payment.components))),
                ("basis", _("Counted"), _("for one member in one contract year")),
                ("limit", _("At most"), words.money(payment.limit) if payment.limit is not None else _("no limit")),
            )
        )
        blocks.append(
            bands_drawing(
                _("Stop-loss %(code)s") % {"code": plain(payment.code)},
                payment.bands,
                edges=_("cost of a member"),
                words=words,
            )
        )
    if part.triggers:
        blocks.append(
            table(
                ("stop_loss", "triggers"),
                _("What opens a case review"),
                [_("Trigger"), _("When"), _("Review within")],
                [[plain(one.code), _stop_loss_trigger(one, words), days(one.review_days)] for one in part.triggers],
            )
        )
    return Section(
        "stop_loss",
        title=_("When one member costs very much"),
        lead=_("Payments share high cost; triggers pay nothing and open a case review."),
        blocks=blocks,
    )


def _stop_loss_trigger(one: object, words: Words) -> str:
    values = {name: getattr(one, name, None) for name in ("count", "over", "within_days", "service", "planned")}
    within = {"days": days(values["within_days"])}
    match getattr(one, "kind", ""):
        case "member_cost":
            return _("cost over %(over)s within %(days)s") % {"over": words.money(values["over"]), **within}
        case "upgrades":
            return _("%(count)s upgrades within %(days)s") % {"count": values["count"], **within}
        case "activity_count":
            return _("%(count)s records of %(service)s within %(days)s") % {
                "count": values["count"],
                "service": words.service(values["service"]),
                **within,
            }
    return _("more than %(over)s units of %(service)s within %(days)s") % {
        "over": number(values["over"]),
        "service": words.service(values["service"]),
        **within,
    }


def corridor(document: ContractDocument, words: Words) -> Section | None:
    part = document.corridor
    if part is None:
        return None
    return Section(
        "corridor",
        title=_("How the parties share a difference from plan"),
        lead=_(
            "Over the whole term, after stop-loss. A negative share: the provider gives back part of an overspend and "
            "keeps part of a saving."
        ),
        blocks=[
            facts(
                ("corridor",),
                (
                    "target",
                    _("Target"),
                    _("%(percent)s of the plan") % {"percent": percent(part.target.percent_of_plan)},
                ),
                (
                    "limit",
                    _("At most, either way"),
                    words.money(part.limit) if part.limit is not None else _("no limit"),
                ),
            ),
            bands_drawing(_("Risk corridor"), part.bands, edges=_("cost, of target")),
        ],
    )


def early_warnings(document: ContractDocument, words: Words) -> Section | None:
    if not document.early_warnings:
        return None
    rows = []
    for one in document.early_warnings:
        values = {name: getattr(one, name, None) for name in ("over", "under", "percent")}
        limit = NOTHING
        if values["over"] is not None:
            limit = _("over %(limit)s") % {"limit": number(values["over"])}
        elif values["under"] is not None:
            limit = _("under %(limit)s") % {"limit": percent(values["under"])}
        elif values["percent"] is not None:
            limit = _("by %(limit)s or more") % {"limit": percent(values["percent"])}
        rows.append([plain(one.sign), limit, one.months, listed(Role(role).label for role in one.to)])
    return Section(
        "early_warnings",
        title=_("Signs that somebody must look at"),
        lead=_("Each opens one escalation that stays open until it is decided."),
        blocks=[
            table(
                ("early_warnings",),
                _("Early warnings"),
                [_("Sign"), _("Limit"), _("Months in a row"), _("Goes to")],
                rows,
                numeric=[2],
            )
        ],
    )


def outcomes(document: ContractDocument, words: Words) -> Section | None:
    part = document.outcomes
    if part is None:
        return None
    if isinstance(part.pool, FixedPool):
        pool = _("%(amount)s for each %(per)s") % {"amount": words.money(part.pool.amount), "per": plain(part.pool.per)}
    else:
        pool = _("%(percent)s of the baseline") % {"percent": percent(part.pool.percent)}
    if part.pool.prepaid:
        pool = _("%(pool)s, paid first and owed back until earned") % {"pool": pool}
    attribution = part.attribution
    return Section(
        "outcomes",
        title=_("What good results pay"),
        lead=_("Results are checked against their source before they count. The weights of the measures sum to 100%."),
        blocks=[
            facts(
                ("outcomes",),
                ("pool", _("Pool"), pool),
                (
                    "attribution",
                    _("A result counts when the member was"),
                    _("covered for %(covered)s and served within %(served)s before")
                    % {"covered": days(attribution.coverage_days), "served": days(attribution.delivered_within_days)}
                    if attribution
                    else _("no rule agreed"),
                ),
                ("settled", _("Settled every"), plain(part.settled)),
            ),
            table(
                ("outcomes", "measures"),
                _("Measures"),
                [
                    _("Measure"),
                    _("Counted"),
                    _("Source"),
                    _("Fewest counted"),
                    _("Check"),
                    _("Gate"),
                    _("Pays"),
                    _("Weight"),
                ],
                [
                    [
                        one.name,
                        f"{one.definition.numerator} / {one.definition.denominator}"
                        + (f" × {one.definition.per}" if one.definition.per != 1 else ""),
                        plain(one.source),
                        number(one.minimum_denominator),
                        _("%(sample)s sample") % {"sample": percent(one.validation.sample_percent)}
                        if one.validation
                        else NOTHING,
                        _gate(one),
                        _reward(one),
                        ratio(one.weight),
                    ]
                    for one in part.measures
                ],
                numeric=[3, 7],
            ),
        ],
    )


def _gate(one: Measure) -> str:
    if one.gate is None:
        return NOTHING
    if one.gate.at_least is not None:
        return _("at least %(value)s") % {"value": number(one.gate.at_least)}
    return _("at most %(value)s") % {"value": number(one.gate.at_most)}


def _reward(one: Measure) -> str:
    if one.scale:
        return _("nothing at %(floor)s, all at %(target)s, in proportion between") % {
            "floor": number(one.scale.floor),
            "target": number(one.scale.target),
        }
    if one.ladder:
        return "; ".join(f"{number(rung.at)}: {ratio(rung.pays)}" for rung in one.ladder)
    assert one.points is not None
    return _("points from %(threshold)s to %(benchmark)s, or for improvement on %(base)s") % {
        "threshold": number(one.points.threshold),
        "benchmark": number(one.points.benchmark),
        "base": number(one.points.base),
    }


def gates(document: ContractDocument, words: Words) -> Section:
    rows = [
        [
            plain(gate.code),
            _("nothing; it shows what waits")
            if gate.holds == "nothing"
            else _("the close of the month")
            if gate.holds_close
            else listed(map(plain, gate.held_components)),
        ]
        for gate in document.gates
    ]
    return Section(
        "gates",
        title=_("What must be in order first"),
        lead=_("A gate holds only what it names. What is held is paid in full as soon as the gate passes."),
        blocks=[table(("gates",), _("Gates"), [_("Gate"), _("Holds")], rows)],
    )


def monitoring(document: ContractDocument, words: Words) -> Section:
    part = document.monitoring
    stated = "monitoring" in document.model_fields_set
    hidden = (
        _("counts from 1 to %(last)s are hidden") % {"last": part.suppression.below - 1}
        if part.suppression.method == "threshold"
        else _("counts from 1 to 7 are hidden, others go to the nearest 5")
    )
    return Section(
        "monitoring",
        title=_("How the pilot is watched"),
        lead="" if stated else _("Nothing was agreed about this; these are the usual values."),
        blocks=[
            facts(
                ("monitoring",),
                ("variance_by", _("Variance is shown by"), listed(map(plain, part.variance_by))),
                ("baseline_points", _("Points that fix a chart's limits"), part.baseline_points),
                ("run_length", _("Points in a row that make a signal"), part.run_length),
                ("immature_months", _("Latest months that are kept out"), part.immature_months),
                ("decide", _("Signals that need a decision"), listed(map(plain, part.decide))),
                ("suppression", _("Small numbers"), hidden),
                ("drift", _("Drift is watched by"), listed(map(plain, part.drift))),
                ("age_bands", _("Age bands begin at"), listed(part.age_bands)),
                ("equity_groups", _("Equity is compared by"), listed(map(plain, part.equity_groups))),
            )
        ],
    )
