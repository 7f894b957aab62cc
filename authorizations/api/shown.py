"""Requests as programs read them. Clinical words are null for readers who may not read them."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.permissions import may_on
from authorizations.models import Request
from eligibility.queries.identities import identity


class TriggerFact(serializers.Serializer):
    what = serializers.ChoiceField(choices=["activity", "assessment", "follow_up", "evidence"])
    id = serializers.IntegerField()
    on = serializers.DateField()
    note = serializers.CharField()


class TriggerShown(serializers.Serializer):
    """One trigger of the contract, as the record stood when the request was submitted."""

    code = serializers.CharField()
    kind = serializers.CharField()
    met = serializers.BooleanField()
    attested = serializers.BooleanField()
    needed = serializers.IntegerField()
    found = serializers.IntegerField()
    since = serializers.DateField(allow_null=True)
    facts = TriggerFact(many=True)


class QuestionShown(serializers.Serializer):
    text = serializers.CharField()
    asked_by = serializers.CharField(source="asked_by.name")
    asked_at = serializers.DateTimeField()
    effect = serializers.ChoiceField(choices=["extend", "pause", "none"])
    due_before = serializers.DateTimeField(allow_null=True)
    due_after = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField()
    answered_by = serializers.CharField(source="answered_by.name", default=None, allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class EntryShown(serializers.Serializer):
    """An entry of the register. `number` counts the entries of the contract."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    kind = serializers.CharField()
    outcome = serializers.CharField()
    automatic = serializers.BooleanField()
    level = serializers.CharField()
    service = serializers.CharField()
    units = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True)
    starts_on = serializers.DateField(allow_null=True)
    ends_before = serializers.DateField(allow_null=True)
    review_on = serializers.DateField(allow_null=True)
    difference_reason = serializers.CharField()
    deny_reason = serializers.CharField()
    in_time = serializers.BooleanField()
    decided_by = serializers.CharField(source="decided_by.name")
    decided_at = serializers.DateTimeField()


class RequestShown(serializers.Serializer):
    """A request in a list. `due_at` is the last moment in time, `stopped_at` says that the clock stands."""

    id = serializers.IntegerField()
    number = serializers.CharField(source="__str__")
    contract = serializers.CharField(source="contract.code")
    member = serializers.SerializerMethodField()
    member_ref = serializers.SerializerMethodField()
    kind = serializers.CharField()
    status = serializers.CharField()
    urgency = serializers.CharField()
    urgent_start = serializers.BooleanField()
    assessed_level = serializers.CharField()
    current_level = serializers.CharField()
    requested_level = serializers.CharField()
    service = serializers.CharField()
    units = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True)
    starts_on = serializers.DateField()
    ends_before = serializers.DateField(allow_null=True)
    cohort = serializers.CharField()
    geography = serializers.CharField()
    team = serializers.CharField(source="team.name", default=None, allow_null=True)
    stated_receipt = serializers.SerializerMethodField()  # of a draft: it came otherwise, such as on paper
    received_at = serializers.SerializerMethodField()
    due_at = serializers.SerializerMethodField()
    first_due_at = serializers.SerializerMethodField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    requested_by = serializers.CharField(source="requested_by.name")
    assigned_to = serializers.CharField(source="assigned_to.name", default=None, allow_null=True)

    def get_member(self, request: Request) -> int:
        return request.member_id

    def get_member_ref(self, request: Request) -> str:
        user = self.context["request"].user
        return identity(user, [request.member])[request.member_id].code

    def get_stated_receipt(self, request: Request) -> str | None:
        return self._local(request, request.stated_receipt)

    def get_received_at(self, request: Request) -> str | None:
        return self._local(request, request.received_at)

    def get_due_at(self, request: Request) -> str | None:
        return self._local(request, request.due_at)

    def get_first_due_at(self, request: Request) -> str | None:
        return self._local(request, request.first_due_at)

    def _local(self, request: Request, moment: Any) -> str | None:
        """In the contract's timezone, with its offset: a day clock shows the day that it ends with."""
        return moment.astimezone(ZoneInfo(request.contract.timezone)).isoformat() if moment else None


class RequestDetail(RequestShown):
    """One request with what it was submitted on, the questions, and the entries of the register about it."""

    grounds = serializers.SerializerMethodField()
    difference_reason = serializers.CharField()
    difference_text = serializers.SerializerMethodField()
    terms_version = serializers.SerializerMethodField()
    triggers = TriggerShown(many=True)
    questions = serializers.SerializerMethodField()
    decisions = serializers.SerializerMethodField()

    def get_grounds(self, request: Request) -> str | None:
        return request.grounds if self._clinical(request) else None

    def get_difference_text(self, request: Request) -> str | None:
        return request.difference_text if self._clinical(request) else None

    def get_terms_version(self, request: Request) -> int | None:
        return request.terms.get("version")

    @extend_schema_field(QuestionShown(many=True))
    def get_questions(self, request: Request) -> Sequence[dict[str, Any]]:
        if not self._clinical(request):
            return []
        rows = request.questions.select_related("asked_by", "answered_by").order_by("asked_at")
        return QuestionShown(rows, many=True).data

    @extend_schema_field(EntryShown(many=True))
    def get_decisions(self, request: Request) -> Sequence[dict[str, Any]]:
        rows = request.decisions.select_related("decided_by").order_by("number")
        return EntryShown(rows, many=True).data

    def _clinical(self, request: Request) -> bool:
        return may_on(self.context["request"].user, "clinical.view", request.contract)


class LevelShown(serializers.Serializer):
    """A level that needs a decision. `open_request` is the id of the request about it, where somebody has asked."""

    contract = serializers.CharField(source="contract.code")
    member = serializers.IntegerField(source="member_id")
    member_ref = serializers.SerializerMethodField()
    level = serializers.CharField()
    starts_on = serializers.DateField()
    ends_before = serializers.DateField(allow_null=True)
    review_on = serializers.DateField(default=None, allow_null=True)
    open_request = serializers.IntegerField(source="request_id", allow_null=True)

    def get_member_ref(self, span: Any) -> str:
        return identity(self.context["request"].user, [span.member])[span.member_id].code


class MissedShown(serializers.Serializer):
    """A member whose record meets a trigger and for whom nobody has asked."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    member = serializers.IntegerField(source="member_id")
    member_ref = serializers.SerializerMethodField()
    level = serializers.CharField()
    triggers = serializers.SerializerMethodField()
    first_met_on = serializers.DateField()
    ended_at = serializers.DateTimeField(allow_null=True)
    set_aside = serializers.SerializerMethodField()

    def get_member_ref(self, missed: Any) -> str:
        return identity(self.context["request"].user, [missed.member])[missed.member_id].code

    def get_triggers(self, missed: Any) -> list[str]:
        return [found["code"] for found in missed.triggers]

    def get_set_aside(self, missed: Any) -> bool:
        return missed.set_aside_by_id is not None
