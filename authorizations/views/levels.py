"""Levels that need a decision, and members for whom nobody has asked."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, form_status, refused, require, visible_or_404
from accounts.permissions import may
from authorizations import filters, forms, tables
from authorizations.models import MissedEscalation
from authorizations.operations import missed as operations
from authorizations.queries import levels as queries
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.listing import list_page
from eligibility.queries.identities import identified
from eligibility.queries.members import contracts_of
from eligibility.queries.profile import today_in


@action("request.view")
def review_due(request: HttpRequest) -> HttpResponse:
    return _levels(
        request,
        "authorizations:review_due",
        rows=queries.review_due(request.user, _today(request)),
        lead=_("Levels in force whose review is due, or that end within two weeks."),
        empty=_("No level needs a review now."),
    )


@action("request.view")
def lapsed(request: HttpRequest) -> HttpResponse:
    return _levels(
        request,
        "authorizations:lapsed",
        rows=queries.lapsed(request.user, _today(request)),
        lead=_(
            "Covered members whose level has ended and for whom nobody has decided. They are paid at the lapsed level "
            "of the contract; care goes on as before."
        ),
        empty=_("No level has lapsed."),
    )


def _today(request: HttpRequest) -> Any:
    return today_in(list(contracts_of(request.user)[:1]), timezone.now())


def _levels(request: HttpRequest, page: str, *, rows: Any, lead: str, empty: str) -> HttpResponse:
    return list_page(
        request,
        template="authorizations/levels.html",
        what=_("Levels to decide"),
        name="levels",
        rows=rows,
        table=tables.LevelTable,
        table_options={"user": request.user, "now": timezone.now(), "may_ask": may(request.user, "request.make")},
        filters=filters.LevelFilter,
        filter_options={"user": request.user, "today": _today(request)},
        members=lambda records: identified(request.user, [record.member for record in records]),
        context={
            "heading": _("Levels to decide"),
            "lead": lead,
            "tabs": [
                (_("Due for review"), reverse("authorizations:review_due"), page == "authorizations:review_due"),
                (_("Lapsed"), reverse("authorizations:lapsed"), page == "authorizations:lapsed"),
            ],
            "empty_text": empty,
        },
    )


@action("escalation.missed")
def missed(request: HttpRequest) -> HttpResponse:
    user = request.user
    return list_page(
        request,
        template="authorizations/missed.html",
        what=_("Missed escalations"),
        name="missed-escalations",
        rows=MissedEscalation.objects.visible_to(user)
        .select_related("member", "contract")
        .order_by("first_met_on", "pk"),
        table=tables.MissedTable,
        table_options={
            "user": user,
            "now": timezone.now(),
            "may_ask": may(user, "request.make"),
            "may_set_aside": may(user, "escalation.set_aside"),
        },
        filters=filters.MissedFilter,
        filter_options={"user": user, "today": _today(request)},
        members=lambda records: identified(user, [record.member for record in records]),
        context={
            "heading": _("Missed escalations"),
            "lead": _("Members whose record meets a trigger of the contract, and for whom nobody has asked for more."),
            "empty_text": _("The record is looked through every night. Nobody is missed as far as it tells."),
        },
    )


@action("escalation.set_aside")
def set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    rows = MissedEscalation.objects.visible_to(request.user).select_related("contract")
    found = visible_or_404(request, rows, pk=pk)
    require(request, "escalation.set_aside", found.contract)
    form = forms.SetAsideForm(request.POST or None)
    back = reverse("authorizations:missed")
    context = {
        "heading": _("Set aside"),
        "form": form,
        "submit": _("Set aside"),
        "cancel": back,
        "crumbs": [(_("Missed escalations"), back), (_("Set aside"), "")],
    }
    if request.method == "POST" and form.is_valid():
        try:
            operations.set_aside(
                missed_id=pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()
            )
        except Refused as error:
            return refused(request, error, "kit/form_page.html", context)
        return done(request, _("It is set aside."), "authorizations:missed")
    return render(request, "kit/form_page.html", context, status=form_status(form))
