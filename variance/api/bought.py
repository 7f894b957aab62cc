"""What a month's money bought, for programs."""

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Endpoint
from accounts.api.fields import ExactField, MonthField
from accounts.permissions import may_on, sides
from blended_pilot.kernel.periods import first_of_month, parse_month
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from variance.queries import bought as queries


class RatioShown(serializers.Serializer):
    """Null: hidden, because it is a small number or would give one back."""

    part = serializers.IntegerField(allow_null=True)
    whole = serializers.IntegerField(allow_null=True)


class LevelShown(serializers.Serializer):
    level = serializers.CharField()
    members = serializers.IntegerField(allow_null=True)
    member_months = ExactField(allow_null=True)
    baseline = serializers.IntegerField(allow_null=True)


class BoughtShown(serializers.Serializer):
    """Figures of a service month. Money only for those who see it.

    `counted_at` null: by what is recorded now. Else those of a large contract as they were counted then; `changed`
    says that records of the month were written since.
    """

    month = MonthField()
    suppressed = serializers.BooleanField()
    members = serializers.IntegerField(allow_null=True)
    contacts = serializers.IntegerField()
    baseline = serializers.IntegerField()
    episodic = serializers.IntegerField()
    minutes = serializers.IntegerField()
    reached = RatioShown()
    full_package = RatioShown(source="served")
    levels = LevelShown(many=True)
    posted = serializers.SerializerMethodField()
    counted_at = serializers.DateTimeField(allow_null=True)
    changed = serializers.BooleanField()

    def get_posted(self, found: queries.Bought) -> str | None:
        return str(found.posted) if self.context["money"] and found.posted is not None else None


class Bought(Endpoint):
    """One month of one contract."""

    action = "bought.view"
    answers = BoughtShown

    def get(self, request: Request, code: str, month: str) -> Response:
        contracts = Contract.objects.filter(sides(request.user, "bought.view").of_contract())
        contract: Any = self.visible(request, contracts, code=code)
        try:
            first = parse_month(month)
        except ValueError:
            raise Http404 from None
        terms = signed_terms(contract.pk)
        if not terms or first < first_of_month(terms.first_day):
            raise Http404
        rule = queries.suppression_for(request.user, contract, first)
        found = queries.bought(contract, first, rule=rule)
        return self.answered(request, found, money=may_on(request.user, "cycle.view", contract))
