"""What lists of complaints and safety signals can be narrowed by."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baseline.filters.activity import DAY
from baseline.models import Event, EventKind, Severity
from baseline.queries.activity import contracts_of
from blended_pilot.kernel.filters import YesNoFilter
from eligibility.models import Team


class EventFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("What"), choices=EventKind.choices, empty_label=_("Either"))
    severity = django_filters.ChoiceFilter(label=_("Severity"), choices=Severity.choices, empty_label=_("Any"))
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[("open", _("Open")), ("closed", _("Closed"))],
        empty_label=_("Any"),
        method="narrow_state",
    )
    mine = YesNoFilter(label=_("Only those I deal with"), method="narrow_mine")
    owned = YesNoFilter(label=_("Somebody deals with it"), method="narrow_owned")
    contract = django_filters.ChoiceFilter(label=_("Contract"), empty_label=_("Any contract"))
    team = django_filters.ChoiceFilter(label=_("Team"), empty_label=_("Any team"))
    category = django_filters.CharFilter(label=_("Category"), lookup_expr="icontains")
    first_day = django_filters.DateFilter(label=_("From"), field_name="occurred_on", lookup_expr="gte", widget=DAY)
    last_day = django_filters.DateFilter(label=_("To"), field_name="occurred_on", lookup_expr="lte", widget=DAY)

    class Meta:
        model = Event
        fields: list[str] = []

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user
        contracts = list(contracts_of(user))
        teams = sorted((str(one), str(one.pk)) for one in Team.objects.visible_to(user))
        for name, choices in (
            ("contract", [(str(one.pk), one.code) for one in contracts] if len(contracts) > 1 else []),
            ("team", [(pk, label) for label, pk in teams]),
        ):
            if choices:
                self.filters[name].extra["choices"] = choices
            else:
                del self.filters[name]

    def narrow_state(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return rows.filter(closed_on__isnull=value == "open")

    def narrow_mine(self, rows: QuerySet[Event], name: str, value: bool) -> QuerySet[Event]:
        return rows.filter(owner=self._user) if value else rows.exclude(owner=self._user)

    def narrow_owned(self, rows: QuerySet[Event], name: str, value: bool) -> QuerySet[Event]:
        return rows.filter(owner__isnull=not value)
