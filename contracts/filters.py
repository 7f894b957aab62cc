"""What the lists of this stage can be narrowed by."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from blended_pilot.kernel.filters import YesNoFilter
from contracts.models import Contract, Escalation, EscalationStatus, FeedReject, FeedRun, FeedStatus, Pilot
from contracts.operations.feeds.kinds import kinds
from contracts.queries.escalations import addressed_to


def _own_pilots(request: Any) -> QuerySet[Pilot]:
    return Pilot.objects.filter(contracts__in=Contract.objects.visible_to(request.user)).distinct().order_by("name")


def _own_contracts(request: Any) -> QuerySet[Contract]:
    return Contract.objects.visible_to(request.user).order_by("code")


class ContractFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Code or title"), method="search")
    pilot = django_filters.ModelChoiceFilter(label=_("Pilot"), queryset=_own_pilots)

    class Meta:
        model = Contract
        fields = ("q", "pilot")

    def search(self, rows: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        return rows.filter(Q(code__icontains=value) | Q(title__icontains=value))


class EscalationFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("Status"), choices=EscalationStatus.choices)
    contract = django_filters.ModelChoiceFilter(label=_("Contract"), queryset=_own_contracts)
    mine = YesNoFilter(label=_("For me to decide"), method="for_me")

    class Meta:
        model = Escalation
        fields = ("status", "contract", "mine")

    def for_me(self, rows: QuerySet[Escalation], name: str, value: bool) -> QuerySet[Escalation]:
        mine = addressed_to(self.request.user).values("pk")
        return rows.filter(pk__in=mine) if value else rows.exclude(pk__in=mine)


def _kinds() -> list[tuple[str, Any]]:
    return [(kind.name, kind.title) for kind in kinds()]


class FeedRunFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("File"), field_name="file_name", lookup_expr="icontains")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=_kinds)
    status = django_filters.ChoiceFilter(label=_("Status"), choices=FeedStatus.choices)
    contract = django_filters.ModelChoiceFilter(label=_("Contract"), queryset=_own_contracts)

    class Meta:
        model = FeedRun
        fields = ("q", "kind", "status", "contract")


class FeedRejectFilter(django_filters.FilterSet):
    column = django_filters.ChoiceFilter(label=_("Column"))

    class Meta:
        model = FeedReject
        fields = ("column",)

    def __init__(self, *args: Any, columns: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["column"].extra["choices"] = [(name, name) for name in columns if name]
