"""Signs past their limit that somebody decides on."""

from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, NoBody, written_once
from contracts.filters import EscalationFilter
from contracts.models import Escalation, EscalationStatus
from contracts.operations import escalations as operations


class EscalationShown(serializers.Serializer):
    """`recipients` are the roles that it is addressed to, at either party."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    sign = serializers.CharField()
    subject = serializers.CharField()
    limit = serializers.CharField(source="limit_text")
    figure = serializers.CharField(source="figure_text")
    recipients = serializers.ListField(child=serializers.CharField())
    owner = serializers.CharField(source="owner.name", default=None, allow_null=True)
    status = serializers.ChoiceField(choices=EscalationStatus.choices)
    raised_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    decision = serializers.CharField()
    decided_by = serializers.CharField(source="decided_by.name", default=None, allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)


class DecisionBody(Body):
    decision = serializers.CharField(max_length=4000)


class EscalationFilters(EscalationFilter):
    contract = django_filters.CharFilter(label=_("Contract"), field_name="contract__code")


def _visible(request: Request) -> Any:
    return Escalation.objects.visible_to(request.user).select_related("contract", "owner", "decided_by")


class Escalations(ListEndpoint):
    """What went past its limit, the open ones first."""

    action = "escalation.view"
    answers = EscalationShown
    filters = EscalationFilters
    what = _("Escalations")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        return _visible(request).order_by("-status", "due_on", "pk")


class OneEscalation(Endpoint):
    """One sign, who owns it and what was decided."""

    action = "escalation.view"
    answers = EscalationShown

    def get(self, request: Request, pk: int) -> Response:
        return self.answered(request, self.visible(request, _visible(request), pk=pk))


class TakeOn(Endpoint):
    action = "escalation.decide"
    takes = NoBody
    gives = EscalationShown

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Become its owner."""
        self.body(request)
        found = self.visible(request, _visible(request), pk=pk)
        operations.take_on(escalation_id=found.pk, actor=request.user, now=timezone.now())
        return self.given(request, _visible(request).get(pk=pk))


class Decide(Endpoint):
    action = "escalation.decide"
    takes = DecisionBody
    gives = EscalationShown

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Write down what is done about it, which closes it."""
        found = self.visible(request, _visible(request), pk=pk)
        decision = self.body(request)["decision"]
        operations.decide(escalation_id=found.pk, decision=decision, actor=request.user, now=timezone.now())
        return self.given(request, _visible(request).get(pk=pk))
