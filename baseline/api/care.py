"""Follow-ups, complaints and safety signals, and the caseload of a week, for programs."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, access, written_once
from accounts.api.fields import ExactField
from accounts.doors import require
from accounts.permissions import sides
from baseline.models import Event, EventKind, FollowUp, FollowUpStatus, Severity
from baseline.operations import events as operations
from baseline.queries.activity import contracts_of
from baseline.queries.caseload import week
from baseline.queries.reviews import local_today, review_of, signed, teams_of
from contracts.models import Contract
from eligibility.models import Member
from eligibility.queries.identities import identified, identity

CREATED = 201


class OfMember(serializers.Serializer):
    """`member_ref` is the reference for those who may see it, else the pseudonym."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    member = serializers.IntegerField(source="member_id")
    member_ref = serializers.SerializerMethodField()

    def get_member_ref(self, record: Any) -> str:
        return self.context["identities"][record.member_id].code


class FollowUpShown(OfMember):
    """A planned contact that is due. `activity` is the unplanned contact that it follows."""

    cause = serializers.CharField()
    activity = serializers.IntegerField(source="activity_id", allow_null=True)
    episode_ref = serializers.CharField()
    service = serializers.CharField()
    happened_on = serializers.DateField()
    due_on = serializers.DateField()
    status = serializers.ChoiceField(choices=FollowUpStatus.choices)
    completed_by = serializers.IntegerField(source="completed_by_id", allow_null=True)
    completed_on = serializers.DateField(allow_null=True)


class FollowUpQuery(serializers.Serializer):
    contract = serializers.CharField(required=False, help_text=gettext_lazy("Code of a contract"))
    status = serializers.ChoiceField(choices=FollowUpStatus.choices, required=False)
    due_before = serializers.DateField(required=False)


class EventShown(OfMember):
    """A complaint or safety signal, without its words: those are read on its page."""

    event_ref = serializers.CharField()
    kind = serializers.ChoiceField(choices=EventKind.choices)
    occurred_on = serializers.DateField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    category = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True)


class EventQuery(serializers.Serializer):
    """Days are included at both ends."""

    contract = serializers.CharField(required=False, help_text=gettext_lazy("Code of a contract"))
    kind = serializers.ChoiceField(choices=EventKind.choices, required=False)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    open = serializers.BooleanField(required=False)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False)


class EventBody(Body):
    contract = serializers.CharField(max_length=60)
    member = serializers.IntegerField(min_value=1, max_value=2**62)
    kind = serializers.ChoiceField(choices=EventKind.choices)
    occurred_on = serializers.DateField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    category = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    description = serializers.CharField(max_length=5000, required=False, default="", allow_blank=True)


class AboutMembers(ListEndpoint):
    """Rows with a `member`."""

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return {"identities": identity(request.user, [record.member for record in records])}

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [record.member for record in records])


class FollowUps(AboutMembers):
    """What is due after unplanned contacts and ended episodes, the earliest first."""

    action = "follow_up.view"
    answers = FollowUpShown
    query = FollowUpQuery
    what = gettext_lazy("Follow-ups")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        asked = self.asked(request)
        names = {"contract": "contract__code", "status": "status", "due_before": "due_on__lt"}
        wanted = {names[name]: value for name, value in asked.items()}
        visible = FollowUp.objects.visible_to(request.user).filter(**wanted)
        return visible.select_related("member", "contract").order_by("due_on", "pk")


class Events(AboutMembers):
    """Complaints and safety signals, the latest first."""

    action = "event.view"
    writes = "event.record"
    answers = EventShown
    query = EventQuery
    takes = EventBody
    gives = EventShown
    created = CREATED
    what = gettext_lazy("Complaints and safety signals")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        asked = self.asked(request)
        names = {
            "contract": "contract__code",
            "kind": "kind",
            "severity": "severity",
            "open": "closed_on__isnull",
            "first_day": "occurred_on__gte",
            "last_day": "occurred_on__lte",
        }
        wanted = {names[name]: value for name, value in asked.items()}
        visible = Event.objects.visible_to(request.user).filter(**wanted)
        return visible.select_related("member", "contract").order_by("-occurred_on", "-pk")

    @written_once
    def post(self, request: Request) -> Response:
        """Record one. Owner, safeguarding and learning are written on its page."""
        said = self.body(request)
        contract: Contract = self.visible(request, contracts_of(request.user), code=said.pop("contract"))
        require(request._request, "event.record", contract)
        member = self.visible(request, Member.objects.visible_to(request.user), pk=said.pop("member"))
        now = timezone.now()
        made = operations.record(
            contract_id=contract.pk,
            member_id=member.pk,
            safeguarding="",
            owner_id=None,
            due_on=None,
            today=local_today(contract, now),
            actor=request.user,  # type: ignore[arg-type]
            now=now,
            **said,
        )
        access(request).note(verb="view", what=_("Complaint or safety signal"), members=[member.pk])
        return self.given(request, made, identities=identity(request.user, [member]))


class OneEvent(Endpoint):
    """One complaint or safety signal."""

    action = "event.view"
    answers = EventShown

    def get(self, request: Request, pk: int) -> Response:
        rows = Event.objects.visible_to(request.user).select_related("member", "contract")
        event = self.visible(request, rows, pk=pk)
        access(request).note(verb="view", what=_("Complaint or safety signal"), members=[event.member_id])
        return self.answered(request, event, identities=identity(request.user, [event.member]))


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


class CaseloadOfWeek(Endpoint):
    """The figures of the week that begins on a Monday, for one team (0: members without a team)."""

    action = "caseload.view"
    answers = CaseloadShown

    def get(self, request: Request, code: str, monday: str, team: int) -> Response:
        contracts = Contract.objects.filter(sides(request.user, "caseload.view").of_contract())
        contract: Contract = self.visible(request, contracts, code=code)
        try:
            day = date.fromisoformat(monday)
        except ValueError:
            raise Http404 from None
        if day.weekday() or team not in teams_of(contract):
            raise Http404
        shown = week(contract, day, team=team, each_member=False)
        return self.answered(request, shown, signed=list(signed(review_of(contract, team, day))))
