"""The standing figures of one contract: a page and a file."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.doors import action
from authorizations import filters
from authorizations.models import Decision, RequestKind, SecondLook, Urgency
from authorizations.queries import second_looks, standing
from blended_pilot.kernel.exports import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_file
from blended_pilot.kernel.intervals import Share
from blended_pilot.kernel.periods import DAY
from blended_pilot.kernel.templatetags.kit import NOTHING, percent, quantity
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from contracts.queries.versions import local_today


@action("standing.view")
def standing_figures(request: HttpRequest) -> HttpResponseBase:
    contracts = list(Contract.objects.visible_to(request.user).order_by("code"))
    form = filters.StandingForm(request.GET or None, contracts=contracts)
    context: dict[str, Any] = {"form": form, "heading": _("Decisions in figures"), "crumbs": []}
    contract = form.chosen
    if contract is None:
        return render(request, "authorizations/standing.html", context)
    today = local_today(contract, timezone.now())
    first, before = form.period(*standing.last_year(today))
    if not form.is_bound:
        context["form"] = filters.StandingForm(
            initial={"contract": contract.pk, "first": first, "last": before - DAY}, contracts=contracts
        )
    page = _figures(request, contract, first, before, min(today, before))
    wanted = request.GET.get("export", "")
    if wanted in ("csv", "xlsx"):
        request.access.note(verb="export", what=_("Decisions in figures, %(format)s") % {"format": wanted})  # type: ignore[attr-defined]
        return _file(wanted, page)
    return render(request, "authorizations/standing.html", {**context, **page, **_tables(page)})


def _figures(request: HttpRequest, contract: Contract, first: date, before: date, on: date) -> dict[str, Any]:
    visible = Decision.objects.visible_to(request.user)
    entries = standing.decided(visible, contract, first, before)
    lines = standing.lines(entries)
    signed = signed_terms(contract.pk)
    levels = [level.code for level in signed.latest.document.levels] if signed else []
    looks = SecondLook.objects.visible_to(request.user).filter(
        contract=contract, round__month__gte=first, round__month__lt=before
    )
    agreement = second_looks.agreement_by_team(looks)
    return {
        "contract": contract,
        "first": first,
        "before": before,
        "on": on,
        "total": lines.total,
        "kinds": [_named(one) for one in lines.kinds],
        "teams": [(one.key[0] or _("No team"), one.line) for one in lines.teams],
        "levels": levels,
        "mix": standing.level_mix(contract, on, levels),
        "escalating": standing.escalating(entries, contract),
        "bunched": standing.bunched(entries, contract),
        "left_out": standing.left_out(visible, contract, first, before),
        "agreement": agreement,
        "agreement_total": second_looks.together(agreement) if agreement else None,
    }


def _named(one: standing.Slice) -> tuple[str, standing.Line]:
    kind, urgency = one.key
    words = {"kind": RequestKind(kind).label, "urgency": Urgency(urgency).label.lower()}
    return _("%(kind)s, %(urgency)s") % words, one.line


def _tables(page: dict[str, Any]) -> dict[str, Any]:
    """The same figures as rows of text for the page."""
    outcome = [_("Decided"), _("Approved"), _("Otherwise than asked"), _("Denied"), _("Share approved")]
    speed = [_("In time"), _("Median"), _("Mean")]
    everything = (_("All"), page["total"])
    return {
        "kind_header": [_("Request"), *outcome, _("After extension"), _("On reconsideration"), _("Automatic"), *speed],
        "kind_rows": [
            [
                *(name, line.decided, line.approved, line.changed, line.denied, _share(line.approval)),
                *(line.after_extension, line.on_reconsideration, line.automatic),
                *(_share(line.in_time), _days(line.median_hours), _days(line.mean_hours)),
            ]
            for name, line in [*page["kinds"], everything]
        ],
        "team_header": [_("Team"), *outcome, *speed],
        "team_rows": [
            [
                *(name, line.decided, line.approved, line.changed, line.denied, _share(line.approval)),
                *(_share(line.in_time), _days(line.median_hours), _days(line.mean_hours)),
            ]
            for name, line in [*page["teams"], everything]
        ],
        "mix_header": [_("Team"), _("Members"), *page["levels"]],
        "mix_rows": [
            [mix.team or _("No team"), mix.members, *(_share(share) for share in mix.shares.values())]
            for mix in page["mix"]
        ],
        "agreement_header": [
            *(_("Team"), _("Looked at again"), _("Agree"), _("Approved, then denied"), _("Denied, then approved")),
            *(_("Another level"), _("Waiting")),
        ],
        "agreement_rows": [
            [
                *(name, one.share.of, _share(one.share), one.approved_denied, one.denied_approved),
                *(one.another_level, one.waiting),
            ]
            for name, one in [
                *((one.team or _("No team"), one) for one in page["agreement"]),
                *([(_("All"), page["agreement_total"])] if page["agreement_total"] else []),
            ]
        ],
    }


def _share(share: Share) -> str:
    """81.4% and under it (72.5% to 88.0%): the share and its 95% interval."""
    if not share.of:
        return NOTHING
    words = {"share": percent(share.value), "low": percent(share.low), "high": percent(share.high)}
    return format_html("{}<br><small>{}</small>", words["share"], _("(%(low)s to %(high)s)") % words)


def _days(hours: float | None) -> str:
    if hours is None:
        return NOTHING
    if hours < 48:
        return _("%(hours)s h") % {"hours": quantity(Decimal(str(hours)), 1)}
    return _("%(days)s days") % {"days": quantity(Decimal(str(hours)) / 24, 1)}


HEADER = (
    "about", "slice", "decided", "approved", "changed", "denied", "automatic", "approved_after_extension",
    "approved_on_reconsideration", "approval_share", "approval_low", "approval_high", "in_time_share", "in_time_low",
    "in_time_high", "mean_hours", "median_hours",
)  # fmt: skip


def _rows(page: dict[str, Any]) -> Iterator[list[Any]]:
    slices = [("all", "", page["total"])]
    slices += [("kind", name, line) for name, line in page["kinds"]]
    slices += [("team", name, line) for name, line in page["teams"]]
    for about, name, line in slices:
        yield [
            *(about, name, line.decided, line.approved, line.changed, line.denied, line.automatic),
            *(line.after_extension, line.on_reconsideration, *_cells(line.approval), *_cells(line.in_time)),
            *(_rounded(line.mean_hours, 1), _rounded(line.median_hours, 1)),
        ]


def _sheets(page: dict[str, Any]) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """What the page shows beside the lines: each on a sheet of its own."""
    waits, near = page["escalating"], page["bunched"]
    upgrades = [
        [_("Upgrades"), waits.upgrades],
        [_("With a dated trigger"), waits.dated],
        [_("Median days from the first trigger to the request"), waits.median_days_to_request],
        [_("Median days from the first trigger to the decision"), waits.median_days_to_decision],
    ]
    if near:
        upgrades += [
            [_("Approved upgrades"), near.share.of],
            [_("Begin on the counting day or in the three days before it"), near.share.number],
            [_("Share by chance"), _rounded(near.by_chance, 4)],
        ]
    yield pgettext("sheet", "Upgrades"), [_("Figure"), _("Value")], upgrades
    levels = [
        [mix.team, mix.members, level, share.number, *_cells(share)]
        for mix in page["mix"]
        for level, share in mix.shares.items()
    ]
    interval = [_("Share"), _("Low"), _("High")]
    yield pgettext("sheet", "Levels"), [_("Team"), _("Members"), _("Level"), _("At this level"), *interval], levels
    looked = [_("Looked at again"), _("Agree"), *interval]
    differ = [_("Approved, then denied"), _("Denied, then approved"), _("Another level"), _("Waiting")]
    agreement = [
        [
            *(one.team, one.share.of, one.share.number, *_cells(one.share)),
            *(one.approved_denied, one.denied_approved, one.another_level, one.waiting),
        ]
        for one in page["agreement"]
    ]
    yield pgettext("sheet", "Second look"), [_("Team"), *looked, *differ], agreement


def _cells(share: Share) -> list[Any]:
    return [_rounded(value, 4) for value in (share.value, share.low, share.high)]


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)


def _file(wanted: str, page: dict[str, Any]) -> HttpResponseBase:
    name = f"decisions-{page['contract'].code}-{page['first']:%Y-%m}"
    if wanted == "xlsx":
        target = xlsx_file([(pgettext("sheet", "Decisions"), HEADER, _rows(page)), *_sheets(page)])
        return FileResponse(target, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)
    response = StreamingHttpResponse(csv_lines(HEADER, _rows(page)), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
