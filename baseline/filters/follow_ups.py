"""What lists of follow-ups can be narrowed by."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from baseline.filters.activity import DAY
from baseline.models import FollowUp, FollowUpCause
from baseline.queries.activity import contracts_of
from blended_pilot.kernel.filters import YesNoFilter
from eligibility.models import Assignment, AssignmentKind, Practitioner, Team


class FollowUpFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("open", _("Open")),
            ("overdue", _("Overdue")),
            ("in_time", _("Done in time")),
            ("late", _("Done late")),
            ("cancelled", _("Cancelled")),
            ("withdrawn", _("Cause taken back")),
        ],
        empty_label=_("Any"),
        method="narrow_state",
    )
    cause = django_filters.ChoiceFilter(label=_("Because of"), choices=FollowUpCause.choices, empty_label=_("Either"))
    mine = YesNoFilter(label=_("Only my members"), method="narrow_mine")
    contract = django_filters.ChoiceFilter(label=_("Contract"), empty_label=_("Any contract"))
    team = django_filters.ChoiceFilter(label=_("Team"), empty_label=_("Any team"), method="narrow_lead")
    practitioner = django_filters.ChoiceFilter(label=_("Practitioner"), empty_label=_("Anybody"), method="narrow_lead")
    first_day = django_filters.DateFilter(label=_("Due from"), field_name="due_on", lookup_expr="gte", widget=DAY)
    last_day = django_filters.DateFilter(label=_("Due to"), field_name="due_on", lookup_expr="lte", widget=DAY)

    class Meta:
        model = FollowUp
        fields: list[str] = []

    def __init__(self, *args: Any, user: Any, on: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user, self._on = user, on
        contracts = list(contracts_of(user))
        if len(contracts) < 2:
            del self.filters["contract"]
        else:
            self.filters["contract"].extra["choices"] = [(str(one.pk), one.code) for one in contracts]
        for name, model in (("team", Team), ("practitioner", Practitioner)):
            choices = sorted((str(one), str(one.pk)) for one in model.objects.visible_to(user))
            self.filters[name].extra["choices"] = [(pk, label) for label, pk in choices]

    def narrow_state(self, rows: QuerySet[FollowUp], name: str, value: str) -> QuerySet[FollowUp]:
        if value == "overdue":
            return rows.overdue(self._on)  # type: ignore[attr-defined]
        if value == "in_time":
            return rows.filter(status="done", completed_on__lte=F("due_on"))
        if value == "late":
            return rows.filter(status="done", completed_on__gt=F("due_on"))
        return rows.filter(status=value)

    def _leads(self) -> QuerySet[Assignment]:
        found: QuerySet[Assignment] = Assignment.objects.on(self._on).filter(member=OuterRef("member"))
        return found

    def narrow_mine(self, rows: QuerySet[FollowUp], name: str, value: bool) -> QuerySet[FollowUp]:
        mine = Exists(self._leads().filter(practitioner__user=self._user))
        return rows.filter(mine if value else ~mine)

    def narrow_lead(self, rows: QuerySet[FollowUp], name: str, value: str) -> QuerySet[FollowUp]:
        return rows.filter(Exists(self._leads().filter(kind=AssignmentKind.LEAD, **{name: value})))
