"""What the list of jobs can be narrowed by."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from blended_pilot.jobs import registry
from blended_pilot.jobs.models import Job, Status


class JobFilter(django_filters.FilterSet):
    mine = django_filters.ChoiceFilter(
        label=_("Asked for by"), choices=[("me", _("Me"))], empty_label=_("Anybody here"), method="by_person"
    )
    status = django_filters.ChoiceFilter(label=_("State"), choices=Status, empty_label=_("Any state"))
    kind = django_filters.ChoiceFilter(label=_("Work"), choices=registry.titles, empty_label=_("Any work"))

    class Meta:
        model = Job
        fields: list[str] = []

    def by_person(self, rows: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        return rows.filter(created_by=self.request.user)
