"""What money lists can be narrowed by."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from blended_pilot.kernel.periods import parse_month
from variance.models import Component, CycleStatus, ExceptionCode, LineKind, OutcomeCode, Reason


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


class LineFilters(filters.FilterSet):
    """The dimensions of a line; a line's own link carries all of them, so that it opens exactly to its rows."""

    component = filters.ChoiceFilter(choices=Component.choices, label=_("Component"))
    line_kind = filters.ChoiceFilter(choices=LineKind.choices, label=_("Kind"))
    service_month = MonthFilter(field_name="service_month", label=_("Service month"))
    level = _exact("level", _("Level"))
    cohort = _exact("cohort", _("Cohort"))
    geography = _exact("geography", _("Geography"))
    service = _exact("service", _("Service"))
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
    member = filters.NumberFilter(field_name="member_id", label=_("Member number"))


class UnpaidFilters(filters.FilterSet):
    code = filters.ChoiceFilter(choices=OutcomeCode.choices, label=_("Code"))
    service = _exact("service", _("Service"))
    service_month = MonthFilter(field_name="service_month", label=_("Service month"))
    record = _exact("activity__activity_ref", _("Record"))


class ExceptionFilters(filters.FilterSet):
    code = filters.ChoiceFilter(choices=ExceptionCode.choices, label=_("What"))
    component = filters.ChoiceFilter(choices=Component.choices, label=_("Component"))
    service_month = MonthFilter(field_name="service_month", label=_("Service month"))


class StatementFilters(filters.FilterSet):
    contract = _exact("contract__code", _("Contract"))
    month = MonthFilter(field_name="cycle__month", label=_("Month"))
