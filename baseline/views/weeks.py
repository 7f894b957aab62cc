"""The weekly review: which weeks wait, one week of a team with everything that a supervisor signs, and its members."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action
from accounts.permissions import may
from baseline.filters.reviews import WeekMemberFilter
from baseline.models import CaseloadReview, SignedPart
from baseline.queries import reviews as queries
from baseline.queries.activity import services
from baseline.queries.caseload import week
from baseline.rules.weeks import WEEK, first_week, has_ended, monday_of, month_of
from baseline.tables.reviews import WeekMemberTable
from baseline.views.team_weeks import TeamWeek, contracts_reviewed, people_of, week_or_404
from baseline.views.week_page import week_context
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.periods import add_months, parse_month
from contracts.models import Contract
from eligibility.models import Member
from eligibility.queries.identities import identity_of


@action("caseload.view")
def weeks(request: HttpRequest) -> HttpResponse:
    """The weeks of a month, team by team, and in which other months some are missing."""
    contracts = list(contracts_reviewed(request.user))
    contract = (
        next((one for one in contracts if one.code == request.GET.get("contract")), None) or (contracts or [None])[0]
    )
    context: dict[str, Any] = {"heading": _("Weekly reviews"), "contracts": contracts, "contract": contract}
    if contract is None:
        return render(request, "baseline/weeks.html", context)
    today = queries.local_today(contract, timezone.now())
    try:
        month = parse_month(request.GET["month"]) if request.GET.get("month") else month_of(monday_of(today) - WEEK)
    except ValueError as error:
        raise Http404(str(error)) from None
    first, last = queries.weeks_until(contract, today)
    begins, ends = first_week(month), min(first_week(add_months(month, 1)) - WEEK, monday_of(today))
    found = queries.missing_weeks(contract, first=first, last=max(last, ends))
    missing = [one for one in found if one.monday <= last]
    # a month before the first week that is asked for is looked at by itself
    of_month = found if first <= begins else queries.missing_weeks(contract, first=begins, last=ends)
    unsigned = {
        (one.monday, one.team_id): first <= one.monday <= last for one in of_month if begins <= one.monday <= ends
    }
    return render(
        request,
        "baseline/weeks.html",
        {
            **context,
            "month": month,
            "rows": _rows(contract, month, today, unsigned),
            "asked": first <= last,
            "missing": sorted(Counter(one.month for one in missing).items()),
            "total_missing": len(missing),
            "earlier": add_months(month, -1),
            "later": add_months(month, 1) if first_week(add_months(month, 1)) <= today else None,
        },
    )


def _rows(contract: Contract, month: date, today: date, unsigned: dict[tuple[date, int], bool]) -> list[dict[str, Any]]:
    """One row for each team and week of the month: signed, half signed, missing or under way."""
    monday, before = first_week(month), first_week(add_months(month, 1))
    done = {
        (one.week, one.team_id or 0): one
        for one in CaseloadReview.objects.filter(contract=contract, week__gte=monday, week__lt=before).annotate(
            signed=Count("signatures")
        )
    }
    rows, teams = [], queries.teams_of(contract)
    while monday < before and monday <= today:
        for team, name in teams.items():
            review = done.get((monday, team))
            ended = has_ended(monday, today)
            if review is None and (monday, team) not in unsigned:
                continue  # nobody of this team was covered
            signed = review.signed if review else 0
            if signed == len(SignedPart.values):
                state = (_("signed"), "good")
            elif not ended:
                state = (_("under way"), "info")
            else:
                missing = unsigned.get((monday, team), False)
                state = (_("missing"), "bad") if missing else (_("not reviewed"), "")
                state = (_("one part signed"), "warn") if signed else state
            rows.append({"monday": monday, "team": name, "state": state, "url": TeamWeek(contract, monday, team).url()})
        monday += WEEK
    return rows


@action("caseload.view")
def week_of_team(request: HttpRequest, code: str, monday: str, team: int) -> HttpResponse:
    where = week_or_404(request, code, monday, team)
    return render(request, "baseline/week.html", week_context(request, where))


@action("caseload.view")
def week_members(request: HttpRequest, code: str, monday: str, team: int) -> HttpResponseBase:
    """Every member of the caseload with the figures that the week's page adds up."""
    where = week_or_404(request, code, monday, team)
    contract = where.contract
    today = queries.local_today(contract, timezone.now())
    figures = {one.member_id: one for one in week(contract, where.monday, team=team, today=today).members}
    beside = {
        "figures": figures,
        "people": people_of(contract),
        "names": {code: service.name for code, service in services(contract.pk).items()},
    }
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Caseload of a week"),
        name=f"caseload-{where.monday}",
        rows=Member.objects.visible_to(request.user).filter(pk__in=list(figures)).order_by("reference", "pk"),
        table=WeekMemberTable,
        table_options={"user": request.user, **beside},
        filters=WeekMemberFilter,
        filter_options=beside,
        members=lambda found: [
            pk for pk, one in identity_of(request.user, [member.pk for member in found]).items() if one.identified
        ],
        may_export=may(request.user, "member.export"),
        context={
            "heading": where.title,
            "lead": _("Expected and delivered are contacts of the package, over the package's own windows."),
            "crumbs": [
                (_("Weekly reviews"), reverse("baseline:weeks")),
                (where.title, where.url()),
                (_("Members"), ""),
            ],
            "empty_text": _("Nobody of this team was covered in the week."),
        },
    )
