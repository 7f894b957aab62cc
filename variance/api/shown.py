"""Money rows as JSON: amounts as exact text, members as the reader may know them."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.endpoints import ListEndpoint
from accounts.api.fields import ExactField, MonthField
from eligibility.queries.identities import identity_of
from variance.models import Component, CycleStatus, ExceptionCode, LineKind, OutcomeCode, Reason


class CycleShown(serializers.Serializer):
    """`total` is what the month posted, or would post as last calculated; null before that."""

    contract = serializers.CharField(source="contract.code")
    month = MonthField()
    currency = serializers.CharField(source="contract.currency")
    status = serializers.ChoiceField(choices=CycleStatus.choices)
    total = ExactField(places=2, allow_null=True, default=None)
    digest = serializers.CharField()
    calculated_at = serializers.DateTimeField(allow_null=True)
    prepared_by = serializers.CharField(source="prepared_by.name", default=None, allow_null=True)
    prepared_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.CharField(source="approved_by.name", default=None, allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    returned_reason = serializers.CharField()


class LineShown(serializers.Serializer):
    """Rows alike in everything but person, record and amount, summed. `rate` is null where priced as billed."""

    component = serializers.ChoiceField(choices=Component.choices)
    line_kind = serializers.ChoiceField(choices=LineKind.choices)
    service_month = MonthField()
    level = serializers.CharField()
    cohort = serializers.CharField()
    geography = serializers.CharField()
    service = serializers.CharField()
    quantity = ExactField()
    rate = ExactField(places=2, allow_null=True)
    amount = ExactField(places=2)
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True)
    rows = serializers.IntegerField()


class OfMember(serializers.Serializer):
    """A row about a member: `member_ref` is the reference for those who may see it, else the pseudonym."""

    member = serializers.IntegerField(source="member_id", allow_null=True)
    member_ref = serializers.SerializerMethodField()
    activity_ref = serializers.CharField(source="activity.activity_ref", default=None, allow_null=True)

    def get_member_ref(self, row: Any) -> str | None:
        shown = self.context["identities"].get(row.member_id)
        return shown.code if shown else None


class RowShown(OfMember):
    component = serializers.ChoiceField(choices=Component.choices)
    line_kind = serializers.ChoiceField(choices=LineKind.choices)
    service_month = MonthField()
    level = serializers.CharField()
    cohort = serializers.CharField()
    geography = serializers.CharField()
    service = serializers.CharField()
    quantity = ExactField()
    rate = ExactField(places=2, allow_null=True)
    amount = ExactField(places=2)
    reason = serializers.ChoiceField(choices=Reason.choices, allow_blank=True)
    clause = serializers.CharField()


class EntryShown(RowShown):
    id = serializers.IntegerField()
    entry_no = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    cycle = MonthField(source="cycle.month")
    posted_at = serializers.DateTimeField()


class UnpaidShown(OfMember):
    """A record, or part of one, that is not paid, with the first reason that applies; `amount` is at stake."""

    cycle = MonthField(source="cycle.month")
    service = serializers.CharField()
    occurred_on = serializers.DateField()
    code = serializers.ChoiceField(choices=OutcomeCode.choices)
    sentence = serializers.CharField(source="get_code_display")
    quantity = ExactField()
    amount = ExactField(places=2)


class ExceptionShown(OfMember):
    code = serializers.ChoiceField(choices=ExceptionCode.choices)
    sentence = serializers.CharField(source="get_code_display")
    component = serializers.ChoiceField(choices=Component.choices)
    service_month = MonthField()
    quantity = ExactField()
    amount = ExactField(places=2)


class GateShown(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    service_month = MonthField()
    holds = serializers.JSONField()
    passed = serializers.BooleanField()
    known = serializers.BooleanField()
    missing = serializers.IntegerField()


class StatementShown(serializers.Serializer):
    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    number = serializers.IntegerField()
    month = MonthField(source="cycle.month")
    currency = serializers.CharField(source="contract.currency")
    total = ExactField(places=2)
    issued_at = serializers.DateTimeField()
    content_hash = serializers.CharField()


class MemberRows(ListEndpoint):
    """A list whose rows tell of members: who they are is asked once a page, and logged where it is told."""

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return {"request": request, "identities": self._identities(request, records)}

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return [pk for pk, shown in self._identities(request, records).items() if shown.identified]

    def _identities(self, request: Request, records: Sequence[Any]) -> Any:
        if not hasattr(self, "_found"):
            self._found = identity_of(request.user, {row.member_id for row in records} - {None})
        return self._found
