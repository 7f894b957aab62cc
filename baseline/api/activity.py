"""Records of delivered work, as their source sent them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Endpoint, ListEndpoint, access
from accounts.api.errors import BadQuery
from accounts.api.fields import ExactField
from accounts.permissions import may_on
from baseline.models import Activity
from baseline.queries.activity import STATES, Wanted, beside, contracts_of, narrowed
from eligibility.models import Source
from eligibility.queries.identities import identified, identity

YES_NO = ["yes", "no"]


class ActivityShown(serializers.Serializer):
    """One record. `member_ref` is the reference for those who may see it, else the pseudonym."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    activity_ref = serializers.CharField()
    member = serializers.IntegerField(source="member_id")
    member_ref = serializers.SerializerMethodField()
    service = serializers.CharField()
    kind = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    occurred_on = serializers.DateField()
    occurred_at = serializers.DateTimeField(allow_null=True)
    units = ExactField()
    planned = serializers.BooleanField()
    attempted = serializers.BooleanField()
    practitioner = serializers.CharField()
    place = serializers.CharField()
    outcome = serializers.CharField()
    minutes = serializers.IntegerField(allow_null=True)
    amount = ExactField(places=2, allow_null=True)
    received_on = serializers.DateField()
    verified_on = serializers.DateField(allow_null=True)
    verified_by = serializers.CharField()
    rejected_on = serializers.DateField(allow_null=True)
    rejection = serializers.SerializerMethodField()
    criteria_met = serializers.ListField(child=serializers.CharField())
    criteria_not_met = serializers.ListField(child=serializers.CharField())
    present = serializers.SerializerMethodField()
    details = serializers.SerializerMethodField()
    group_session = serializers.UUIDField(allow_null=True)
    recorded_at = serializers.DateTimeField(allow_null=True)
    reverses = serializers.CharField()
    reversed_by = serializers.SerializerMethodField()
    source = serializers.ChoiceField(choices=Source.choices)

    def get_member_ref(self, record: Activity) -> str:
        return self.context["identities"][record.member_id].code

    def get_kind(self, record: Activity) -> str:
        return self.context["beside"][record.pk].kind

    def get_state(self, record: Activity) -> str:
        """What the record has come to; `recorded`: baseline work, which nobody has to verify."""
        return self.context["beside"][record.pk].state

    def get_rejection(self, record: Activity) -> str | None:
        """Why it was sent back; null for those who do not read narrative."""
        return record.rejection if record.contract_id in self.context["narrative"] else None

    def get_present(self, record: Activity) -> list[str] | None:
        return list(record.present) if record.contract_id in self.context["narrative"] else None

    def get_details(self, record: Activity) -> dict[str, str] | None:
        """Fields of the service's template; null for those who do not read narrative."""
        return dict(record.details) if record.contract_id in self.context["narrative"] else None

    def get_reversed_by(self, record: Activity) -> int | None:
        return self.context["beside"][record.pk].reversed_by


class ActivityQuery(serializers.Serializer):
    """Days are included at both ends."""

    reference = serializers.CharField(required=False, help_text=gettext_lazy("Beginning of the record's reference"))
    contract = serializers.CharField(required=False, help_text=gettext_lazy("Code of a contract"))
    kind = serializers.ChoiceField(choices=["baseline", "episodic"], required=False)
    service = serializers.CharField(required=False)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False)
    state = serializers.ChoiceField(choices=STATES, required=False)
    planned = serializers.ChoiceField(choices=YES_NO, required=False)
    attempted = serializers.ChoiceField(choices=YES_NO, required=False)
    contact = serializers.ChoiceField(choices=YES_NO, required=False)
    practitioner = serializers.CharField(required=False)
    member = serializers.IntegerField(required=False, min_value=1, max_value=2**62)


class Records(ListEndpoint):
    """Every record, baseline and episodic, the latest first. Nothing is left out."""

    action = "activity.view"
    answers = ActivityShown
    query = ActivityQuery
    what = gettext_lazy("Delivered work")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        contracts = {one.code: one.pk for one in contracts_of(request.user)}
        asked = self.asked(request)
        code, member = asked.pop("contract", None), asked.pop("member", None)
        if code is not None and code not in contracts:
            fields = {"contract": [_("You see no delivered work under this contract.")]}
            raise BadQuery(_("A parameter of the address cannot be used."), sorted(self.known_parameters()), fields)
        visible = Activity.objects.visible_to(request.user)
        if member is not None:
            visible = visible.filter(member=member)
        wanted = Wanted(contract_id=contracts[code] if code else None, **asked)
        found = narrowed(request.user, visible, wanted)
        return found.select_related("member", "contract").order_by("-occurred_on", "-pk")

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return beside_records(request, records)

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [record.member for record in records])


class Record(Endpoint):
    """One record of delivered work."""

    action = "activity.view"
    answers = ActivityShown

    def get(self, request: Request, pk: int) -> Response:
        rows = Activity.objects.visible_to(request.user).select_related("member", "contract")
        record = self.visible(request, rows, pk=pk)
        access(request).note(verb="view", what=_("Activity record"), members=[record.member_id])
        return self.answered(request, record, **beside_records(request, [record]))


def beside_records(request: Request, records: Sequence[Any]) -> dict[str, Any]:
    """What `ActivityShown` needs besides the records of one page. The contracts come with them."""
    contracts = {record.contract_id: record.contract for record in records}
    return {
        "narrative": {pk for pk, contract in contracts.items() if may_on(request.user, "clinical.view", contract)},
        "identities": identity(request.user, [record.member for record in records]),
        "beside": beside(records),
    }
