"""What the interface tells about a week of review, and what it takes."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.endpoints import Body
from accounts.api.fields import ExactField, MonthField
from baseline.api.activity import YES_NO
from baseline.models import ReviewNote, SignedPart


class FiguresShown(serializers.Serializer):
    """One group: `key` is the level, the practitioner's or the team's id, or the service."""

    key = serializers.CharField(allow_null=True)
    members = serializers.IntegerField()
    reached = serializers.IntegerField()
    contacts = serializers.IntegerField()
    minutes = serializers.IntegerField()
    unplanned = serializers.IntegerField()
    episodic = serializers.IntegerField()
    follow_ups_due = serializers.IntegerField(source="waiting")
    follow_ups_late = serializers.IntegerField(source="late")
    with_package = serializers.IntegerField()
    full_package = serializers.IntegerField(source="served")
    missing = serializers.IntegerField(source="behind")
    expected = ExactField()
    delivered = serializers.IntegerField()
    stand_out = serializers.IntegerField()


class CaseloadShown(serializers.Serializer):
    """A team's week. `signed` names the parts that a supervisor has signed."""

    starts_on = serializers.DateField()
    last_day = serializers.DateField()
    signed = serializers.SerializerMethodField()
    total = FiguresShown()
    levels = FiguresShown(many=True)
    practitioners = FiguresShown(many=True)
    services = FiguresShown(many=True)

    def get_signed(self, shown: Any) -> list[str]:
        return sorted(self.context["signed"])


class WeekSignatureShown(serializers.Serializer):
    """What a supervisor signed, word for word. `digest` is that of the rows that it covers."""

    part = serializers.ChoiceField(choices=SignedPart.choices)
    statement = serializers.CharField()
    digest = serializers.CharField()
    signed_by = serializers.CharField(source="signed_by.name")
    signed_at = serializers.DateTimeField()


class DifferenceShown(serializers.Serializer):
    """What is other than it was when the part was signed; `key` is the id of the member or of the record."""

    key = serializers.IntegerField()
    label = serializers.CharField()
    was = serializers.CharField()
    now = serializers.CharField()


class PartShown(serializers.Serializer):
    """One of the two parts that are signed. `statement` and `digest` are what a signature would be given to now."""

    part = serializers.ChoiceField(choices=SignedPart.choices)
    statement = serializers.CharField()
    digest = serializers.CharField()
    signature = WeekSignatureShown(allow_null=True)
    differences = DifferenceShown(many=True)


class WeekShown(CaseloadShown):
    """A team's week with what is to be signed about it. `locked`: both parts are signed."""

    contract = serializers.SerializerMethodField()
    team = serializers.SerializerMethodField()
    team_name = serializers.SerializerMethodField()
    ended = serializers.SerializerMethodField()
    locked = serializers.SerializerMethodField()
    still_to_look_at = serializers.SerializerMethodField()
    parts = serializers.SerializerMethodField()

    def get_contract(self, shown: Any) -> str:
        return self.context["where"].contract.code

    def get_team(self, shown: Any) -> int:
        return self.context["where"].team

    def get_team_name(self, shown: Any) -> str:
        return self.context["where"].team_name

    def get_ended(self, shown: Any) -> bool:
        return self.context["where"].ended

    def get_locked(self, shown: Any) -> bool:
        return len(self.context["signed"]) == len(SignedPart.values)

    def get_still_to_look_at(self, shown: Any) -> int:
        """Members who stand out and about whom nothing is noted."""
        return self.context["left"]

    @extend_schema_field(PartShown(many=True))
    def get_parts(self, shown: Any) -> Any:
        return PartShown(self.context["parts"], many=True).data


class PackageShown(serializers.Serializer):
    service = serializers.CharField()
    expected = ExactField()
    delivered = serializers.IntegerField()


class MemberOfWeekShown(serializers.Serializer):
    """One member of the caseload. `looked_at`: something is noted about them."""

    member = serializers.IntegerField(source="figures.member_id")
    member_ref = serializers.SerializerMethodField()
    level = serializers.CharField(source="figures.level", allow_null=True)
    practitioner = serializers.IntegerField(source="figures.practitioner_id", allow_null=True)
    contacts = serializers.IntegerField(source="figures.contacts")
    minutes = serializers.IntegerField(source="figures.minutes")
    unplanned = serializers.IntegerField(source="figures.unplanned")
    follow_ups_due = serializers.IntegerField(source="figures.waiting")
    follow_ups_late = serializers.IntegerField(source="figures.late")
    planned_on = serializers.DateField(source="figures.planned_on", allow_null=True)
    days_since_planned = serializers.IntegerField(source="figures.days_since_planned", allow_null=True)
    package = PackageShown(many=True)
    missing = serializers.ListField(source="figures.missing", child=serializers.CharField())
    stands_out = serializers.BooleanField(source="figures.stand_out")
    looked_at = serializers.BooleanField()

    def get_member_ref(self, one: Any) -> str:
        return self.context["identities"][one.figures.member_id].code


class EpisodicShown(serializers.Serializer):
    """An episodic record of the week; `faults` is what stands against paying for it, empty where nothing does."""

    record = serializers.IntegerField(source="id")
    activity_ref = serializers.CharField()
    member = serializers.IntegerField(source="member_id")
    member_ref = serializers.SerializerMethodField()
    service = serializers.CharField()
    occurred_on = serializers.DateField()
    units = ExactField()
    practitioner = serializers.CharField()
    criteria_not_met = serializers.ListField(child=serializers.CharField())
    verified = serializers.BooleanField()
    authorization = serializers.CharField(source="authorisation.number", allow_null=True, default=None)
    faults = serializers.ListField(child=serializers.CharField())

    def get_member_ref(self, one: Any) -> str:
        return self.context["identities"][one.member_id].code


class NoteShown(serializers.Serializer):
    """What was found about a member who stood out; `text` is null for those who do not read narrative."""

    id = serializers.IntegerField()
    member = serializers.IntegerField(source="member_id")
    member_ref = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()
    noted_by = serializers.CharField(source="noted_by.name")
    noted_at = serializers.DateTimeField()

    def get_member_ref(self, note: ReviewNote) -> str:
        return self.context["identities"][note.member_id].code

    def get_text(self, note: ReviewNote) -> str | None:
        return note.text if self.context["clinical"] else None


class MissingWeekShown(serializers.Serializer):
    """`month` is the one to which the week belongs; `team` 0: members whom no team leads."""

    monday = serializers.DateField()
    month = MonthField()
    team = serializers.IntegerField()
    team_name = serializers.CharField()


class MembersQuery(serializers.Serializer):
    stands_out = serializers.ChoiceField(choices=YES_NO, required=False)
    looked_at = serializers.ChoiceField(choices=YES_NO, required=False)
    package = serializers.ChoiceField(choices=["full", "part"], required=False)
    contact = serializers.ChoiceField(choices=["some", "unplanned", "none"], required=False)
    follow_ups = serializers.ChoiceField(choices=["open", "late"], required=False)
    level = serializers.CharField(required=False)
    practitioner = serializers.CharField(required=False, help_text=gettext_lazy("Id of a practitioner, or none"))
    missing = serializers.CharField(required=False, help_text=gettext_lazy("Code of a service"))


class EpisodicQuery(serializers.Serializer):
    faults = serializers.ChoiceField(choices=YES_NO, required=False)


class NotesQuery(serializers.Serializer):
    member = serializers.IntegerField(required=False, min_value=1, max_value=2**62)


class MissingQuery(serializers.Serializer):
    month = MonthField(required=False)
    team = serializers.IntegerField(required=False, min_value=0, max_value=2**62)


class NoteBody(Body):
    """With an `action` go `owner`, the address of one of the provider's own people, and `due_on`."""

    member = serializers.IntegerField(min_value=1, max_value=2**62)
    text = serializers.CharField(max_length=2000)
    action = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    owner = serializers.EmailField(required=False, default=None, allow_null=True)
    due_on = serializers.DateField(required=False, default=None, allow_null=True)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        for name, sentence in (("owner", _("Say who does it.")), ("due_on", _("Say by which day."))):
            if said["action"] and said[name] is None:
                raise serializers.ValidationError({name: [sentence]})
            if not said["action"] and said[name] is not None:
                raise serializers.ValidationError({"action": [_("Say what is to be done.")]})
        return said


class WeekSignBody(Body):
    digest = serializers.CharField(max_length=64, help_text=gettext_lazy("Of the part, as the week was read"))
