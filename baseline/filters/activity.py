"""What lists of delivered work can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baseline.models import Activity
from baseline.queries.activity import Wanted, contracts_of, narrowed, services

DAY = forms.DateInput(attrs={"type": "date"})
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class ActivityFilter(django_filters.FilterSet):
    reference = django_filters.CharFilter(label=_("Record begins with"))
    contract = django_filters.ChoiceFilter(label=_("Contract"), empty_label=_("Any contract"))
    kind = django_filters.ChoiceFilter(
        label=_("Kind"),
        choices=[("baseline", _("Baseline")), ("episodic", _("Episodic"))],
        empty_label=_("Either"),
    )
    service = django_filters.ChoiceFilter(label=_("Service"), empty_label=_("Any service"))
    first_day = django_filters.DateFilter(label=_("From"), widget=DAY)
    last_day = django_filters.DateFilter(label=_("To"), widget=DAY)
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("waiting", _("Waits for verification")),
            ("rejected", _("Sent back")),
            ("verified", _("Verified")),
            ("recorded", _("Recorded, needs no verification")),
            ("reversed", _("Reversed")),
            ("reversing", _("Reverses another")),
        ],
        empty_label=_("Any"),
    )
    planned = django_filters.ChoiceFilter(label=_("Planned"), choices=YES_NO, empty_label=_("Either"))
    attempted = django_filters.ChoiceFilter(label=_("Attempted only"), choices=YES_NO, empty_label=_("Either"))
    contact = django_filters.ChoiceFilter(label=_("Counts as a contact"), choices=YES_NO, empty_label=_("Either"))
    practitioner = django_filters.CharFilter(label=_("Practitioner"))
    feed_run = django_filters.NumberFilter(label=_("File number"), min_value=1, max_value=2**63 - 1)

    class Meta:
        model = Activity
        fields: list[str] = []

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user
        contracts = list(contracts_of(user))
        if len(contracts) < 2:
            del self.filters["contract"]
        else:
            self.filters["contract"].extra["choices"] = [(str(one.pk), one.code) for one in contracts]
        names = {code: service.name for one in contracts for code, service in services(one.pk).items()}
        self.filters["service"].extra["choices"] = sorted(names.items(), key=lambda pair: pair[1])

    def filter_queryset(self, queryset: QuerySet[Activity]) -> QuerySet[Activity]:
        chosen = {name: value for name, value in self.form.cleaned_data.items() if value}
        contract = chosen.pop("contract", None)
        return narrowed(self._user, queryset, Wanted(contract_id=int(contract) if contract else None, **chosen))
