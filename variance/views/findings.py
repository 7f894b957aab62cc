"""What one cycle found, row by row: lines, rows, unpaid work and exceptions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import action
from accounts.permissions import may_on
from blended_pilot.kernel.listing import list_page
from variance.filters import ExceptionFilters, LineFilters, UnpaidFilters
from variance.models import ACCEPTED, Cycle, CycleException, CycleStatus
from variance.queries import pages
from variance.tables.lists import ExceptionTable, LedgerTable, LineTable, RowTable, UnpaidTable
from variance.views.ledger import at_stake
from variance.views.shown import address, crumbs, cycle_or_404, members_identified, title


def _sub_list(request: HttpRequest, cycle: Cycle, heading: str, lead: str, **options: Any) -> HttpResponse:
    return list_page(
        request,
        template="kit/list_page.html",
        name=f"{cycle.contract.code}-{cycle.month:%Y-%m}",
        context={
            "heading": f"{heading}: {title(cycle)}",
            "lead": lead,
            "crumbs": crumbs(cycle),
            "contract": cycle.contract,
            **options.pop("context", {}),
        },
        what=f"{heading}, {title(cycle)}",
        may_export=may_on(request.user, "ledger.export", cycle.contract),
        **options,
    )


def _said(cycle: Cycle) -> str:
    if cycle.status == CycleStatus.CLOSED:
        return _("As posted when the month closed.")
    return _("What closing the month would post, as last calculated.")


@action("cycle.view")
@require_safe
def lines(request: HttpRequest, code: str, month: str) -> HttpResponse:
    cycle = cycle_or_404(request, code, month)
    return _sub_list(
        request,
        cycle,
        _("Lines"),
        _said(cycle),
        rows=pages.lines_of(cycle),
        table=LineTable,
        filters=LineFilters,
        table_options={"contract": cycle.contract, "opens": address(cycle, "rows")},
    )


@action("cycle.view")
@require_safe
def rows(request: HttpRequest, code: str, month: str) -> HttpResponse:
    cycle = cycle_or_404(request, code, month)
    closed = cycle.status == CycleStatus.CLOSED
    return _sub_list(
        request,
        cycle,
        _("Rows"),
        _said(cycle),
        rows=pages.rows_of(cycle).select_related("activity", "contract", "cycle").order_by("entry_no")
        if closed
        else pages.rows_of(cycle).select_related("activity").order_by("pk"),
        table=LedgerTable if closed else RowTable,
        filters=LineFilters,
        table_options={
            "contract": cycle.contract,
            "reader": request.user,
            **({"exclude": ("contract", "cycle")} if closed else {}),
        },
        members=members_identified(request.user),
    )


@action("cycle.view")
@require_safe
def unpaid(request: HttpRequest, code: str, month: str) -> HttpResponse:
    cycle = cycle_or_404(request, code, month)
    return _sub_list(
        request,
        cycle,
        _("Not paid"),
        _(
            "Records whose outcome is new in this cycle. "
            "What was said in earlier months stands in the list of all unpaid work."
        ),
        rows=pages.outcomes_of(cycle)
        .exclude(code__in=ACCEPTED)
        .select_related("activity", "cycle")
        .order_by("code", "occurred_on", "pk"),
        table=UnpaidTable,
        filters=UnpaidFilters,
        table_options={"contract": cycle.contract, "reader": request.user},
        members=members_identified(request.user),
        summary=at_stake,
        context={
            "empty_title": _("Nothing new is left unpaid"),
            "empty_text": _("Every record that this cycle judged is paid, counted as cost, or was listed before."),
        },
    )


@action("cycle.view")
@require_safe
def exceptions(request: HttpRequest, code: str, month: str) -> HttpResponse:
    cycle = cycle_or_404(request, code, month)
    return _sub_list(
        request,
        cycle,
        _("Exceptions"),
        _("Shown and counted, not paid, and not in the way of closing."),
        rows=CycleException.objects.filter(cycle=cycle)
        .select_related("activity")
        .order_by("code", "service_month", "pk"),
        table=ExceptionTable,
        filters=ExceptionFilters,
        table_options={"contract": cycle.contract, "reader": request.user},
        members=members_identified(request.user),
        context={
            "empty_title": _("No exceptions"),
            "empty_text": _(
                "Every covered member had a level and a rate, and every change was within the contract's reach."
            ),
        },
    )
