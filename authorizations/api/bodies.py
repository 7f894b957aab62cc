"""What programs send about requests: wishes, words, people and verdicts."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.api.endpoints import Body
from authorizations.models import RequestKind, Urgency


class LocalMoment(serializers.CharField):
    """A date and time with its offset, or without one: then it is a local time of the contract."""

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise serializers.ValidationError(_("Write it like 2026-03-02T16:30 or 2026-03-02T16:30-05:00.")) from None


class ChangeBody(Body):
    """What is asked for. Level kinds need `requested_level`, an episode `service`, `units` and `ends_before`."""

    requested_level = serializers.CharField(required=False, max_length=40)
    service = serializers.CharField(required=False, max_length=60)
    units = serializers.DecimalField(required=False, max_digits=14, decimal_places=4)
    starts_on = serializers.DateField()
    ends_before = serializers.DateField(required=False)
    urgency = serializers.ChoiceField(choices=Urgency.choices, default=Urgency.STANDARD)
    urgent_start = serializers.BooleanField(default=False)
    grounds = serializers.CharField(max_length=10_000)
    assessment = serializers.IntegerField(required=False, help_text=gettext_lazy("Id of the assessment relied on"))
    difference_reason = serializers.CharField(required=False, max_length=40)
    difference_text = serializers.CharField(required=False, max_length=4000)
    attested = serializers.DictField(
        child=serializers.CharField(max_length=4000),
        required=False,
        help_text=gettext_lazy("What is vouched for, by the code of the trigger"),
    )
    received_at = LocalMoment(required=False, help_text=gettext_lazy("Of what came otherwise, such as on paper"))
    reconsiders = serializers.IntegerField(required=False, help_text=gettext_lazy("Id of the denial"))


class WishBody(ChangeBody):
    """What is asked for, and for whom."""

    contract = serializers.CharField(max_length=60)
    member = serializers.IntegerField(help_text=gettext_lazy("Id of the member"))
    kind = serializers.ChoiceField(choices=RequestKind.choices)


class SubmitBody(Body):
    received_at = LocalMoment(required=False, help_text=gettext_lazy("Left out: as the draft says, else now"))


class ReasonBody(Body):
    reason = serializers.CharField(max_length=300)


class TextBody(Body):
    text = serializers.CharField(max_length=4000)


class AssignBody(Body):
    to = serializers.EmailField(help_text=gettext_lazy("Address of a clinical lead"))
    reason = serializers.CharField(max_length=300)


class EvidenceBody(Body):
    file = serializers.FileField()
    trigger = serializers.CharField(required=False, max_length=40, default="")


class VerdictBody(Body):
    """`approve` as asked or, with a reason for the difference, otherwise; or deny with a reason."""

    approve = serializers.BooleanField()
    level = serializers.CharField(required=False, max_length=40)
    units = serializers.DecimalField(required=False, max_digits=14, decimal_places=4)
    starts_on = serializers.DateField(required=False)
    ends_before = serializers.DateField(required=False)
    review_on = serializers.DateField(required=False)
    difference_reason = serializers.CharField(required=False, max_length=40)
    difference_text = serializers.CharField(required=False, max_length=4000)
    retroactive_reason = serializers.CharField(required=False, max_length=4000)
    deny_reason = serializers.CharField(required=False, max_length=40)
    necessity = serializers.CharField(max_length=10_000)
    risk = serializers.CharField(max_length=10_000)
    criteria = serializers.CharField(max_length=10_000)
