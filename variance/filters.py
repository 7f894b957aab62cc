"""What money lists can be narrowed by."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.permissions import sides
from blended_pilot.kernel.periods import parse_month
from contracts.models import Contract
from eligibility.models import Member
from eligibility.queries.codes import choices, codes_of
from eligibility.queries.identities import shown_reference
from variance.models import ACCEPTED, Component, CycleStatus, ExceptionCode, LineKind, OutcomeCode, Reason

UNPAID = [(code.value, code.label) for code in OutcomeCode if code not in ACCEPTED]


class MonthField(forms.CharField):
    """A month as YYYY-MM; what is not one is an error of the form, never of the page."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_month(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class MonthFilter(filters.Filter):
    field_class = MonthField


def _exact(field: str, label: Any, **kwargs: Any) -> filters.CharFilter:
    return filters.CharFilter(field_name=field, lookup_expr="iexact", label=label, **kwargs)


class CycleFilters(filters.FilterSet):
    contract = _exact("contract__code", _("Contract"))
    status = filters.ChoiceFilter(choices=CycleStatus.choices, label=_("Status"))
    month = MonthFilter(field_name="month", label=_("Month"))


class _ByTerms(filters.FilterSet):
    """Offers the codes of the contracts whose money the reader sees, by the names that the contracts give them."""

    OF_TERMS = {"level": "levels", "cohort": "cohorts", "geography": "geographies", "service": "services"}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        seen = Contract.objects.filter(sides(self.request.user, "cycle.view").of_contract())
        known = codes_of(seen.values_list("pk", flat=True)).values()
        for name, words in self.OF_TERMS.items():
            if name in self.filters:
                self.filters[name].extra["choices"] = choices(known, words)
        if "contract" in self.filters and len(known) < 2:
            del self.filters["contract"]

    def by_member(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The member whom the reader knows under this reference or pseudonym."""
        called = Member.objects.annotate(shown=shown_reference(self.request.user))
        return rows.filter(member__in=called.filter(shown__iexact=value.strip()).values("pk"))


class LineFilters(_ByTerms):
    """The dimensions of a line; a line's own link carries all of them, so that it opens exactly to its rows."""

    component = filters.ChoiceFilter(choices=Component.choices, label=_("Component"))
    line_kind = filters.ChoiceFilter(choices=LineKind.choices, label=_("Kind"))
    service_month = MonthFilter(field_name="service_month", label=_("Service month"))
    level = filters.ChoiceFilter(label=_("Level"))
    cohort = filters.ChoiceFilter(label=_("Cohort"))
    geography = filters.ChoiceFilter(label=_("Geography"))
    service = filters.ChoiceFilter(label=_("Service"))
    reason = filters.ChoiceFilter(choices=Reason.choices, label=_("Reason"))
    rate = filters.CharFilter(method="at_rate", label=_("Rate"))

    def at_rate(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """An exact rate, or `as_billed` for rows that have none."""
        if value == AS_BILLED:
            return rows.filter(rate=None)
        try:
            return rows.filter(rate=forms.DecimalField().clean(value))
        except forms.ValidationError:
            return rows.none()


AS_BILLED = "as_billed"


class LedgerFilters(LineFilters):
    contract = _exact("contract__code", _("Contract"))
    cycle = MonthFilter(field_name="cycle__month", label=_("Cycle"))
    entry_no = filters.NumberFilter(field_name="entry_no", label=_("Entry number"))
    reference = filters.CharFilter(method="by_member", label=_("Member"))
    member = filters.NumberFilter(field_name="member_id", widget=forms.HiddenInput)  # set by the member's own page


class UnpaidFilters(_ByTerms):
    code = filters.ChoiceFilter(choices=UNPAID, label=_("Why it is not paid"))
    service = filters.ChoiceFilter(label=_("Service"))
    service_month = MonthFilter(field_name="service_month", label=_("Service month"))
    reference = filters.CharFilter(method="by_member", label=_("Member"))
    record = _exact("activity__activity_ref", _("Record"))


class ExceptionFilters(filters.FilterSet):
    code = filters.ChoiceFilter(choices=ExceptionCode.choices, label=_("What"))
    component = filters.ChoiceFilter(choices=Component.choices, label=_("Component"))
    service_month = MonthFilter(field_name="service_month", label=_("Service month"))


class StatementFilters(filters.FilterSet):
    contract = _exact("contract__code", _("Contract"))
    month = MonthFilter(field_name="cycle__month", label=_("Month"))
