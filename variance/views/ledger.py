"""The ledger on screen: every posted difference, and what became of every record that was not paid."""

from typing import Any

from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.doors import action, visible_or_404
from accounts.permissions import may, sides
from baseline.models import Activity
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.templatetags import kit
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import Member
from eligibility.queries.codes import codes
from eligibility.queries.identities import identity_of
from variance.filters import LedgerFilters, UnpaidFilters
from variance.models import Component, LedgerEntry
from variance.queries import pages
from variance.tables.lists import LedgerTable, UnpaidTable
from variance.views.shown import members_identified

SUMMED = 500_000  # entries that are added up while somebody waits: about a quarter of a second


def _posted(rows: QuerySet[Any], number: int) -> str:
    if number > SUMMED:
        return _("Narrow the list to %(most)s entries or fewer to see their sum.") % {"most": kit.quantity(SUMMED)}
    return ngettext(
        "%(number)s entry, %(sum)s posted: what was added less what was taken back.",
        "%(number)s entries, %(sum)s posted: what was added less what was taken back.",
        number,
    ) % {"number": kit.quantity(number), "sum": _sum(rows)}


def at_stake(rows: QuerySet[Any], number: int) -> str:
    """How many records, or parts of records, a list of unpaid work has, and what they would have been paid."""
    return ngettext(
        "%(number)s record or part of one, %(sum)s at stake: its price, had it been paid.",
        "%(number)s records or parts of records, %(sum)s at stake: their price, had they been paid.",
        number,
    ) % {"number": kit.quantity(number), "sum": _sum(rows)}


def _sum(rows: QuerySet[Any]) -> str:
    """Amounts of one currency added, several apart."""
    of_currency = rows.order_by().values("cycle__contract__currency").annotate(sum=Sum("amount"))
    return " + ".join(
        kit.money(one["sum"], one["cycle__contract__currency"])
        for one in of_currency.order_by("cycle__contract__currency")
    )


@action("cycle.view")
@require_safe
def ledger_list(request: HttpRequest) -> HttpResponse:
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Ledger"),
        name="ledger",
        rows=pages.ledger().visible_to(request.user),
        table=LedgerTable,
        filters=LedgerFilters,
        table_options={"reader": request.user},
        members=members_identified(request.user),
        may_export=may(request.user, "ledger.export"),
        summary=_posted,
        without=() if len(_contracts(request)) > 1 else ("contract",),
        context={
            "heading": _("Ledger"),
            "lead": _("Every amount that closed months have posted, never edited: a later change is a later entry."),
            "empty_title": _("Nothing is posted yet"),
            "empty_text": _("Closing a month posts its entries."),
        },
    )


@action("cycle.view")
@require_safe
def unpaid_list(request: HttpRequest) -> HttpResponse:
    return list_page(
        request,
        template="kit/list_page.html",
        what=_("Unpaid work"),
        name="unpaid",
        rows=pages.latest_unpaid().visible_to(request.user),
        table=UnpaidTable,
        filters=UnpaidFilters,
        table_options={"reader": request.user},
        members=members_identified(request.user),
        may_export=may(request.user, "ledger.export"),
        summary=at_stake,
        context={
            "heading": _("Unpaid work"),
            "lead": _(
                "Every record, or part of one, that the latest closed month to judge it did not pay, "
                "with the first reason that applies."
            ),
            "empty_title": _("Everything delivered so far is paid"),
            "empty_text": _("Records that the contract does not pay appear here when a month closes."),
        },
    )


@action("cycle.view")
@require_safe
def entry_page(request: HttpRequest, pk: int) -> HttpResponse:
    entries = LedgerEntry.objects.visible_to(request.user).select_related(
        "contract", "cycle", "activity__feed_run", "version", "statement_line__statement"
    )
    entry = visible_or_404(request, entries, pk=pk)
    member = identity_of(request.user, [entry.member_id]).get(entry.member_id) if entry.member_id else None
    if member is not None and member.identified:
        request.access.note(verb="view", what=_("Ledger entry %s") % entry.entry_no, members=[entry.member_id])  # type: ignore[attr-defined]
    contract = entry.contract
    names = codes(signed_terms(contract.pk))
    clause = reverse("contracts:version", args=[contract.code, entry.version.number])
    return render(
        request,
        "variance/entry.html",
        {
            "entry": entry,
            "contract": contract,
            "member": member,
            "clause_address": f"{clause}#{entry.clause}",
            "siblings": pages.same_subject(entry),
            "crumbs": [(_("Ledger"), reverse("variance:ledger"))],
            "facts": [
                (_("Amount"), kit.money(entry.amount, contract)),
                (_("Quantity"), kit.quantity(entry.quantity)),
                (_("Rate"), _("as billed") if entry.rate is None else kit.money(entry.rate, contract)),
                (_("Component"), entry.get_component_display()),
                (_("Service month"), kit.month(entry.service_month)),
                (_("Kind"), entry.get_line_kind_display()),
                (_("Reason"), entry.get_reason_display() or _("none needed: the cycle's own month")),
                (_("Paid level"), entry.level),
                (_("Cohort"), names.cohorts.get(entry.cohort, entry.cohort)),
                (_("Geography"), names.geographies.get(entry.geography, entry.geography)),
                (_("Service"), names.services.get(entry.service, entry.service)),
                (_("Posted"), kit.when(entry.posted_at, contract)),
            ],
        },
    )


def _contracts(request: HttpRequest) -> Any:
    return Contract.objects.filter(sides(request.user, "cycle.view").of_contract())


@action("cycle.view")
@require_safe
def member_panel(request: HttpRequest, member: int) -> HttpResponse:
    """The money of one member, loaded into the member's page."""
    found = visible_or_404(request, Member.objects.visible_to(request.user), pk=member)
    return render(
        request,
        "variance/member_panel.html",
        {
            "member": found,
            "months": [
                {**row, "component_label": Component(row["component"]).label}
                for row in pages.member_money(found.pk, _contracts(request))[:60]
            ],
        },
    )


@action("cycle.view")
@require_safe
def activity_panel(request: HttpRequest, activity: int) -> HttpResponse:
    """What became of one record, loaded into the record's page."""
    record = visible_or_404(request, Activity.objects.visible_to(request.user), pk=activity)
    return render(
        request,
        "variance/activity_panel.html",
        {
            "outcomes": list(pages.latest_outcomes(record.pk).visible_to(request.user)),
            "entries": list(pages.ledger().visible_to(request.user).filter(activity=record)),
            "record": record,
        },
    )
