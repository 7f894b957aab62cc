"""Mending an error of the roster by hand."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.doors import action, done, require, visible_or_404
from accounts.forms import ReasonForm
from blended_pilot.kernel.periods import DAY
from blended_pilot.kernel.templatetags.kit import day, last_day
from contracts.models import Contract
from eligibility import forms
from eligibility.models import CoverageSpan, Member
from eligibility.operations import coverage as operations
from eligibility.views.pages import member_form

MONEY_FOLLOWS = gettext_lazy(
    "Months that are closed stay closed: the next cycle posts the difference. Later rosters leave what was corrected "
    "here alone, so have the source corrected too."
)


@action("coverage.correct")
def dates(request: HttpRequest, pk: int) -> HttpResponse:
    span = _span(request, pk)
    last = span.ends_before - DAY if span.ends_before else None
    form = forms.DatesForm(request.POST or None, initial={"starts_on": span.starts_on, "last_day": last})

    def write() -> HttpResponse:
        operations.correct_dates(
            span_id=pk,
            starts_on=form.cleaned_data["starts_on"],
            ends_before=form.ends_before,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        return done(request, _("The coverage was corrected."), "eligibility:member", span.member_id)

    return member_form(request, span.member, _("Correct the days of a coverage"), form, write, **_told(span))


@action("coverage.correct")
def group(request: HttpRequest, pk: int) -> HttpResponse:
    span = _span(request, pk)
    form = forms.GroupForm(
        request.POST or None,
        contract_id=span.contract_id,
        initial={"cohort": span.cohort, "geography": span.geography, "from_day": span.starts_on},
    )

    def write() -> HttpResponse:
        operations.change_group(span_id=pk, **form.cleaned_data, actor=request.user, now=timezone.now())
        return done(request, _("The coverage was corrected."), "eligibility:member", span.member_id)

    return member_form(request, span.member, _("Change cohort or geography from a day"), form, write, **_told(span))


@action("coverage.correct")
def void(request: HttpRequest, pk: int) -> HttpResponse:
    span = _span(request, pk)
    form = ReasonForm(request.POST or None)

    def write() -> HttpResponse:
        operations.void_coverage(span_id=pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now())
        return done(request, _("The coverage was voided."), "eligibility:member", span.member_id)

    told = {
        **_told(span),
        "explain": _(
            "As if the member had never been covered in this period; the history stays. A later roster that still "
            "lists the period brings it back, so have the source corrected first."
        ),
    }
    return member_form(request, span.member, _("Void a coverage"), form, write, **told, tone="danger")


@action("coverage.correct")
def add(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    contract = visible_or_404(request, Contract.objects.visible_to(request.user), code=code)
    require(request, "coverage.correct", contract)
    form = forms.AddCoverageForm(request.POST or None, contract_id=contract.pk)

    def write() -> HttpResponse:
        operations.add_coverage(
            member_id=pk,
            contract_id=contract.pk,
            cohort=form.cleaned_data["cohort"],
            geography=form.cleaned_data["geography"],
            starts_on=form.cleaned_data["starts_on"],
            ends_before=form.ends_before,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        return done(request, _("The coverage was added."), "eligibility:member", pk)

    explain = _("A period that the roster of %(contract)s left out.") % {"contract": contract.code}
    return member_form(request, member, _("Add a coverage"), form, write, explain=f"{explain} {MONEY_FOLLOWS}")


def _span(request: HttpRequest, pk: int) -> CoverageSpan:
    rows = CoverageSpan.objects.visible_to(request.user).select_related("member", "contract")
    span: CoverageSpan = visible_or_404(request, rows, pk=pk)
    require(request, "coverage.correct", span.contract)
    return span


def _told(span: CoverageSpan) -> dict[str, Any]:
    """What stands, above the form, and what a correction leads to."""
    return {
        "explain": MONEY_FOLLOWS,
        "facts": [
            (_("Contract"), span.contract.code),
            (_("Cohort"), span.cohort),
            (_("Geography"), span.geography),
            (_("First day"), day(span.starts_on)),
            (_("Last day"), last_day(span.ends_before)),
            (_("Comes from"), span.get_source_display()),
        ],
    }
