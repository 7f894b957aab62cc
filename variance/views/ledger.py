"""The ledger on screen: every posted difference, and what became of every record that was not paid."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import action, visible_or_404
from accounts.permissions import may, sides
from baseline.models import Activity
from blended_pilot.kernel.listing import list_page
from blended_pilot.kernel.templatetags import kit
from contracts.models import Contract
from eligibility.models import Member
from eligibility.queries.identities import identity_of
from variance.filters import LedgerFilters, UnpaidFilters
from variance.models import Component, LedgerEntry
from variance.queries import pages
from variance.tables import LedgerTable, UnpaidTable
from variance.views.shown import members_identified


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
                (_("Amount"), kit.change(entry.amount, contract)),
                (_("Quantity"), kit.quantity(entry.quantity)),
                (_("Rate"), _("as billed") if entry.rate is None else kit.money(entry.rate, contract)),
                (_("Component"), entry.get_component_display()),
                (_("Service month"), kit.month(entry.service_month)),
                (_("Kind"), entry.get_line_kind_display()),
                (_("Reason"), entry.get_reason_display() or _("none needed: the cycle's own month")),
                (_("Paid level"), entry.level),
                (_("Cohort"), entry.cohort),
                (_("Geography"), entry.geography),
                (_("Service"), entry.service),
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
