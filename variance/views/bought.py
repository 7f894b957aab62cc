"""What the money bought: one page a month that both sides of a contract see."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.doors import action, visible_or_404
from accounts.permissions import may_on, sides
from baseline.filters.reviews import WeekMemberFilter
from baseline.queries.activity import services
from baseline.queries.caseload import caseload
from baseline.queries.reviews import local_today
from baseline.tables.reviews import WeekMemberTable
from baseline.views.team_weeks import people_of
from blended_pilot.kernel.charts import Figure, figure
from blended_pilot.kernel.exports import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_file
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.periods import DAY, add_months, first_of_month, parse_month
from blended_pilot.kernel.templatetags.kit import money, month_text, percent, quantity
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import Member
from eligibility.queries.identities import identity_of
from variance.queries import bought as queries

FORMATS = ("csv", "xlsx")


@action("bought.view")
@require_safe
def contracts(request: HttpRequest) -> HttpResponse:
    """Choose a contract; with one, its latest whole month."""
    found = list(_contracts(request))
    if len(found) == 1:
        return redirect("variance:bought", found[0].code, f"{_latest(found[0]):%Y-%m}")
    rows = [(one, f"{_latest(one):%Y-%m}") for one in found]
    context = {"heading": _("What the money bought"), "rows": rows}
    return render(request, "variance/bought_contracts.html", context)


@action("bought.view")
@require_safe
def month(request: HttpRequest, code: str, month: str) -> HttpResponseBase:
    contract: Contract = visible_or_404(request, _contracts(request), code=code)
    try:
        first = parse_month(month)
    except ValueError as error:
        raise Http404(str(error)) from None
    terms = signed_terms(contract.pk)
    if not terms or first < first_of_month(terms.first_day):
        raise Http404(_("The contract's term begins later."))
    rule = queries.suppression_for(request.user, contract, first)
    found = queries.bought(contract, first, rule=rule, kept=request.GET.get("counted") != "now")
    sees_money = may_on(request.user, "cycle.view", contract)
    wanted = request.GET.get("export", "")
    if wanted in FORMATS and may_on(request.user, "activity.export", contract):
        return _file(request, contract, found, wanted, sees_money)
    today = local_today(contract, timezone.now())
    provider = contract.provider_id in sides(request.user, "bought.view").provider
    after = add_months(first, 1)
    return render(
        request,
        "variance/bought.html",
        {
            "heading": _("What the money bought"),
            "contract": contract,
            "month": first,
            "found": found,
            "rule": rule,
            "counted_now": "&counted=now" if request.GET.get("counted") == "now" else "",
            "kpis": _kpis(contract, found, sees_money=sees_money, provider=provider),
            "level_header": [
                _("Level"),
                _("Members"),
                _("Member-months"),
                _("Baseline contacts"),
                _("a member-month"),
            ],
            "level_rows": [
                [one.level, *map(_or_hidden, (one.members, one.member_months, one.baseline, one.rate))]
                for one in found.levels
            ],
            "figure": _trend(found),
            "may_export": may_on(request.user, "activity.export", contract),
            "under_way": after > today,
            "earlier": add_months(first, -1) if add_months(first, -1) >= first_of_month(terms.first_day) else None,
            "later": after if after <= today else None,
            "after_header": [
                _("At the end of %(month)s") % {"month": month_text(found.escalated.month)},
                _("Members"),
                _("Moved up"),
                _("Share"),
            ]
            if found.escalated
            else [],
            "after_rows": [
                [name, _or_hidden(one.whole), _or_hidden(one.part), _share(one)]
                for name, one in ((_("Full package"), found.fully), (_("A part of it"), found.partly))
            ],
            "crumbs": [(_("What the money bought"), reverse("variance:bought_contracts")), (month_text(first), "")],
        },
    )


@action("bought.members")
@require_safe
def members(request: HttpRequest, code: str, month: str) -> HttpResponseBase:
    """Whoever was covered in the month, with the figures that the page adds up. For the provider's own people."""
    of_provider = Contract.objects.filter(provider__in=sides(request.user, "bought.members").provider)
    contract: Contract = visible_or_404(request, of_provider, code=code)
    try:
        first = parse_month(month)
    except ValueError as error:
        raise Http404(str(error)) from None
    found = caseload(contract, starts_on=first, ends_before=add_months(first, 1))
    beside = {
        "figures": {one.member_id: one for one in found.members},
        "people": people_of(contract),
        "names": {code: service.name for code, service in services(contract.pk).items()},
    }
    back = reverse("variance:bought", args=[contract.code, f"{first:%Y-%m}"])
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Members of a month"),
        name=f"members-{first:%Y-%m}",
        rows=Member.objects.visible_to(request.user).filter(pk__in=list(beside["figures"])).order_by("reference", "pk"),
        table=WeekMemberTable,
        table_options={"user": request.user, **beside},
        filters=WeekMemberFilter,
        filter_options=beside,
        members=lambda shown: [
            pk for pk, one in identity_of(request.user, [member.pk for member in shown]).items() if one.identified
        ],
        may_export=may_on(request.user, "member.export", contract),
        context={
            "heading": _("Members of %(month)s") % {"month": month_text(first)},
            "lead": _("Contacts are those of the month; expected and delivered those of the package's own periods."),
            "crumbs": [(_("What the money bought"), back), (month_text(first), back), (_("Members"), "")],
            "empty_text": _("Nobody was covered in this month."),
        },
    )


def _contracts(request: HttpRequest) -> Any:
    return Contract.objects.filter(sides(request.user, "bought.view").of_contract()).order_by("code")


def _latest(contract: Contract) -> Any:
    """The last month that has ended, or the term's first."""
    terms = signed_terms(contract.pk)
    ended = add_months(local_today(contract, timezone.now()), -1)
    return max(ended, first_of_month(terms.first_day)) if terms else ended


def _or_hidden(value: Any, draw: Any = None) -> Any:
    if value is None:
        return _("hidden")
    return draw(value) if draw else quantity(value, 2 if not isinstance(value, int) else None)


def _share(one: queries.Ratio) -> str:
    """A percentage; a dash where there is nobody of whom to say it."""
    return "–" if one.whole == 0 else _or_hidden(one.share, percent)


def _kpis(contract: Contract, found: queries.Bought, *, sees_money: bool, provider: bool) -> list[dict[str, Any]]:
    last = add_months(found.month, 1)
    period = f"contract={contract.pk}&first_day={found.month}&last_day={last - DAY}&contact=yes"
    records = f"{reverse('baseline:activities')}?{period}"
    kpis = [
        {
            "label": _("Contacts"),
            "value": quantity(found.contacts),
            "note": _(
                "Delivered to whoever was covered in the month. Attempts, reversed and costed records are left out."
            )
            + _also_listed(found.elsewhere),
            "url": records,
        },
        {
            "label": _("Minutes"),
            "value": quantity(found.minutes),
            "note": _("From %(timed)s contacts that say how long they took; %(untimed)s do not.")
            % {"timed": quantity(found.timed), "untimed": quantity(found.contacts - found.timed)},
            "url": records,
        },
        {
            "label": _("People reached"),
            "value": _or_hidden(found.reached.part),
            "note": _("With a contact in the month, of %(all)s covered: %(share)s.")
            % {"all": _or_hidden(found.reached.whole), "share": _share(found.reached)},
            "url": f"{_members(contract, found)}?contact=some" if provider else "",
        },
        {
            "label": _("Full package"),
            "value": _share(found.served),
            "note": _("%(part)s of %(whole)s members of whom the package expects something at the end of the month.")
            % {"part": _or_hidden(found.served.part), "whole": _or_hidden(found.served.whole)},
            "url": f"{_members(contract, found)}?package=full" if provider else "",
        },
        {
            "label": _("Activity share of contacts"),
            "value": percent(found.activity_share) if found.activity_share is not None else "–",
            "note": _("%(part)s episodic of %(whole)s contacts.")
            % {"part": quantity(found.episodic), "whole": quantity(found.contacts)}
            + _also_listed(found.elsewhere_episodic),
            "url": f"{records}&kind=episodic",
        },
    ]
    if sees_money:
        kpis.append(
            {
                "label": _("Baseline money for a baseline contact"),
                "value": money(found.unit_cost, contract) if found.unit_cost is not None else "–",
                "note": _("%(posted)s posted for this service month, over %(contacts)s baseline contacts.")
                % {"posted": money(found.posted, contract), "contacts": quantity(found.baseline)}
                if found.posted is not None
                else _("Nothing is posted for this service month yet."),
                "url": f"{reverse('variance:ledger')}?contract={contract.code}&component=baseline"
                f"&service_month={found.month:%Y-%m}",
            }
        )
    return kpis


def _also_listed(elsewhere: int) -> str:
    """What the list that a figure opens to holds beyond it, as one more sentence; empty where it holds nothing more."""
    if not elsewhere:
        return ""
    return " " + ngettext(
        "The list also holds %(number)s with somebody who was not covered in the month.",
        "The list also holds %(number)s with people who were not covered in the month.",
        elsewhere,
    ) % {"number": quantity(elsewhere)}


def _members(contract: Contract, found: queries.Bought) -> str:
    return reverse("variance:bought_members", args=[contract.code, f"{found.month:%Y-%m}"])


def _trend(found: queries.Bought) -> Figure | None:
    points = [
        {"month": f"{each:%Y-%m}", "level": one.level, "rate": str(round(one.rate, 3))}
        for each, levels in found.trend
        for one in levels
        if one.rate is not None
    ]
    if not points:
        return None
    order = sorted({point["level"] for point in points})
    spec = {
        "width": 640,
        "height": 240,
        "data": {"values": points},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "title": _("Month"), "axis": {"labelAngle": 0}},
            "y": {"field": "rate", "type": "quantitative", "title": _("Contacts a member-month")},
            "color": {"field": "level", "type": "nominal", "sort": order},
            "shape": {"field": "level", "type": "nominal", "sort": order, "legend": None},
        },
    }
    latest = [one for one in found.levels if one.rate is not None]
    said = ", ".join(f"{one.level} {quantity(one.rate, 2)}" for one in latest)
    return figure(
        spec,
        title=_("Baseline contacts a member-month, by level"),
        finding=_("In %(month)s: %(said)s.") % {"month": month_text(found.month), "said": said}
        if said
        else _("No level of %(month)s can be shown.") % {"month": month_text(found.month)},
        header=[_("Month"), *order],
        rows=[
            [
                f"{each:%Y-%m}",
                *(next((_or_hidden(one.rate) for one in levels if one.level == level), "–") for level in order),
            ]
            for each, levels in found.trend
        ],
        note=_(
            "Baseline contacts over covered days in months, at the level of care of the day. Attempts are left out."
        ),
    )


def _file(
    request: HttpRequest, contract: Contract, found: queries.Bought, wanted: str, sees_money: bool
) -> HttpResponseBase:
    header, rows = queries.table(found, money=sees_money)
    name = f"bought-{contract.code}-{found.month:%Y-%m}"
    request.access.note(  # type: ignore[attr-defined]
        verb="export", what=_("What the money bought, %(format)s") % {"format": wanted}, members=[]
    )
    if wanted == "xlsx":
        target = xlsx_file([("bought", header, rows)])
        return FileResponse(target, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)
    response = StreamingHttpResponse(csv_lines(header, rows), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
