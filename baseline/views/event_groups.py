"""Complaints and safety signals across groups, over the last three months."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import action, visible_or_404
from accounts.permissions import may_on, sides
from baseline.queries.events import PER, EventsOfGroup, by_group
from baseline.queries.reviews import local_today, teams_of
from blended_pilot.kernel.intervals import Rate
from blended_pilot.kernel.periods import DAY, add_months, first_of_month, parse_month
from blended_pilot.kernel.templatetags.kit import quantity
from contracts.models import Contract
from contracts.queries.terms import signed_terms

MONTHS = 3  # in one month there are too few to tell groups apart


@action("event.view")
@require_safe
def groups(request: HttpRequest, code: str) -> HttpResponse:
    """Small numbers are not hidden: whoever sees these sees each event, too."""
    contracts = Contract.objects.filter(sides(request.user, "event.view").of_contract())
    contract: Contract = visible_or_404(request, contracts, code=code)
    today = local_today(contract, timezone.now())
    try:
        month = parse_month(request.GET["month"]) if request.GET.get("month") else first_of_month(today)
    except ValueError as error:
        raise Http404(str(error)) from None
    found = by_group(contract, month=month, months=MONTHS, today=today)
    first, after = add_months(month, 1 - MONTHS), add_months(month, 1)
    heading = _("Complaints and safety signals by group")
    return render(
        request,
        "baseline/event_groups.html",
        {
            "heading": heading,
            "contract": contract,
            "month": month,
            "first": first,
            "last_day": after - DAY,
            "until": today if after > today else None,
            "before": add_months(month, -1),
            "after": after if after <= today else None,
            "total": next((one for one in found if one.kind == "all"), None),
            "groups": _groups(contract, found, staff=may_on(request.user, "team.view", contract)),
            "header": [
                _("Group"),
                _("Member-months"),
                _("Complaints"),
                _("for each 1,000"),
                _("Safety signals"),
                _("for each 1,000"),
                _("Severe"),
                _("Open"),
                _("Overdue"),
            ],
            "per": PER,
            "crumbs": [(_("Complaints and safety signals"), reverse("baseline:events")), (_("By group"), "")],
        },
    )


def _groups(contract: Contract, found: Sequence[EventsOfGroup], *, staff: bool) -> list[tuple[str, list[list[Any]]]]:
    """(title, rows of a table) for each way of grouping that the reader sees."""
    terms = signed_terms(contract.pk)
    document = terms.latest.document if terms else None
    names: dict[str, Mapping[str, Any]] = {
        "cohort": {one.code: one.name for one in document.cohorts} if document else {},
        "geography": {one.code: one.name for one in document.geographies} if document else {},
        "level": {one.code: f"{one.code} {one.name}" for one in document.levels} if document else {},
        "team": {str(pk): name for pk, name in teams_of(contract).items()},
    }
    titles = {"all": _("Everybody"), "cohort": _("By cohort"), "geography": _("By geography"), "level": _("By level")}
    if staff:
        titles["team"] = _("By team")
    without = {"team": _("Without a team"), "all": _("Everybody")}
    return [
        (
            title,
            [
                [
                    names.get(kind, {}).get(one.key or "", one.key) if one.key else without.get(kind, _("none")),
                    quantity(one.member_months, 1),
                    one.complaints,
                    _rate(one.complaint_rate),
                    one.safety,
                    _rate(one.safety_rate),
                    one.severe,
                    one.waiting,
                    one.late,
                ]
                for one in found
                if one.kind == kind
            ],
        )
        for kind, title in titles.items()
    ]


def _rate(rate: Rate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "–"
    shown = {name: quantity(Decimal(getattr(rate, name)), 1) for name in ("value", "low", "high")}
    return _("%(value)s (%(low)s to %(high)s)") % shown
