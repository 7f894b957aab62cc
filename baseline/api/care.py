"""Follow-ups, and complaints and safety signals, for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, access, written_once
from accounts.doors import require
from accounts.models import User
from accounts.permissions import may_on
from baseline.models import Event, EventKind, FollowUp, FollowUpStatus, Severity
from baseline.operations import events as operations
from baseline.operations import follow_ups as care
from baseline.queries.activity import contracts_of
from baseline.queries.reviews import local_today
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
    """A complaint or safety signal. What concerns safeguarding is read on its page, by the care team alone.

    `owner` is an address, null where nobody deals with it yet and for those who do not see the provider's people;
    `description` and `learning` are null for those who do not read narrative.
    """

    event_ref = serializers.CharField()
    kind = serializers.ChoiceField(choices=EventKind.choices)
    occurred_on = serializers.DateField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    category = serializers.CharField()
    owner = serializers.SerializerMethodField()
    due_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True)
    description = serializers.SerializerMethodField()
    learning = serializers.SerializerMethodField()

    def get_owner(self, event: Event) -> str | None:
        return event.owner.email if event.owner and event.contract_id in self.context["staff"] else None

    def get_description(self, event: Event) -> str | None:
        return event.description if event.contract_id in self.context["words"] else None

    def get_learning(self, event: Event) -> str | None:
        return event.learning if event.contract_id in self.context["words"] else None


def beside_events(request: Request, events: Sequence[Event]) -> dict[str, Any]:
    """What `EventShown` needs besides the events of one page. The contracts come with them."""
    contracts = {event.contract_id: event.contract for event in events}

    def where(*names: str) -> set[int]:
        return {pk for pk, contract in contracts.items() if any(may_on(request.user, name, contract) for name in names)}

    return {
        "identities": identity(request.user, [event.member for event in events]),
        "staff": where("team.view"),
        "words": where("clinical.view", "event.close"),
    }


class EventQuery(serializers.Serializer):
    """Days are included at both ends."""

    contract = serializers.CharField(required=False, help_text=gettext_lazy("Code of a contract"))
    kind = serializers.ChoiceField(choices=EventKind.choices, required=False)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    open = serializers.BooleanField(required=False)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False)


def id_of(address: str) -> int:
    """The person's id; one that nobody has where there is no such address."""
    return User.objects.filter(email__iexact=address).values_list("pk", flat=True).first() or 0


class OwnedBody(Body):
    """`owner` is the address of one of the provider's own people; null: nobody yet."""

    severity = serializers.ChoiceField(choices=Severity.choices)
    category = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    owner = serializers.EmailField(required=False, default=None, allow_null=True)
    due_on = serializers.DateField(required=False, default=None, allow_null=True)

    def validate_owner(self, address: str | None) -> int | None:
        return id_of(address) if address is not None else None


class EventBody(OwnedBody):
    contract = serializers.CharField(max_length=60)
    member = serializers.IntegerField(min_value=1, max_value=2**62)
    kind = serializers.ChoiceField(choices=EventKind.choices)
    occurred_on = serializers.DateField()
    description = serializers.CharField(max_length=5000, required=False, default="", allow_blank=True)


class CorrectedBody(Body):
    member = serializers.IntegerField(min_value=1, max_value=2**62)
    kind = serializers.ChoiceField(choices=EventKind.choices)
    occurred_on = serializers.DateField()
    description = serializers.CharField(max_length=5000, required=False, default="", allow_blank=True)
    reason = serializers.CharField(max_length=300)


class ClosedBody(Body):
    learning = serializers.CharField(max_length=5000)
    closed_on = serializers.DateField()


class WhyBody(Body):
    reason = serializers.CharField(max_length=300)


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


class CancelFollowUp(Endpoint):
    action = "follow_up.cancel"
    takes = WhyBody
    gives = FollowUpShown

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Say that an open follow-up will not take place, and why."""
        rows = FollowUp.objects.visible_to(request.user).select_related("member", "contract")
        one = self.visible(request, rows, pk=pk)
        require(request._request, "follow_up.cancel", one.contract)
        reason = self.body(request)["reason"]
        care.cancel(follow_up_id=one.pk, reason=reason, actor=request.user, now=timezone.now())
        access(request).note(verb="view", what=_("Follow-up"), members=[one.member_id])
        return self.given(request, rows.get(pk=pk), identities=identity(request.user, [one.member]))


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
        return visible.select_related("member", "contract", "owner").order_by("-occurred_on", "-pk")

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return beside_events(request, records)

    @written_once
    def post(self, request: Request) -> Response:
        """Record one. What concerns safeguarding is written on its page."""
        said = self.body(request)
        contract: Contract = self.visible(request, contracts_of(request.user), code=said.pop("contract"))
        require(request._request, "event.record", contract)
        member = self.visible(request, Member.objects.visible_to(request.user), pk=said.pop("member"))
        now = timezone.now()
        made = operations.record(
            contract_id=contract.pk,
            member_id=member.pk,
            safeguarding="",
            owner_id=said.pop("owner"),
            today=local_today(contract, now),
            actor=request.user,  # type: ignore[arg-type]
            now=now,
            **said,
        )
        access(request).note(verb="view", what=_("Complaint or safety signal"), members=[member.pk])
        return self.given(request, made, **beside_events(request, [made]))


class OfEvent(Endpoint):
    def one(self, request: Request, pk: int) -> Event:
        rows = Event.objects.visible_to(request.user).select_related("member", "contract", "owner")
        event: Event = self.visible(request, rows, pk=pk)
        access(request).note(verb="view", what=_("Complaint or safety signal"), members=[event.member_id])
        return event


class OneEvent(OfEvent):
    """One complaint or safety signal."""

    action = "event.view"
    answers = EventShown

    def get(self, request: Request, pk: int) -> Response:
        event = self.one(request, pk)
        return self.answered(request, event, **beside_events(request, [event]))


class WritesEvent(OfEvent):
    action = "event.close"
    gives = EventShown

    def allowed(self, request: Request, pk: int) -> Contract:
        """The contract of an event that the person may see and change."""
        contract = self.one(request, pk).contract
        require(request._request, "event.close", contract)
        return contract

    def stands(self, request: Request, pk: int) -> Response:
        """The event as it is now."""
        event = self.one(request, pk)
        return self.given(request, event, **beside_events(request, [event]))


class TakeUpEvent(WritesEvent):
    takes = OwnedBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Say who deals with it, by when, and how grave it is."""
        self.allowed(request, pk)
        said = self.body(request)
        owner = said.pop("owner")
        operations.take_up(event_id=pk, owner_id=owner, **said, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
        return self.stands(request, pk)


class CloseEvent(WritesEvent):
    takes = ClosedBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Close it with what was learned."""
        today = local_today(self.allowed(request, pk), now := timezone.now())
        operations.close(event_id=pk, **self.body(request), today=today, actor=request.user, now=now)  # type: ignore[arg-type]
        return self.stands(request, pk)


class CorrectEvent(WritesEvent):
    takes = CorrectedBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Put right what an open one says, with the reason."""
        today = local_today(self.allowed(request, pk), now := timezone.now())
        said = self.body(request)
        member = self.visible(request, Member.objects.visible_to(request.user), pk=said.pop("member"))
        operations.correct(event_id=pk, member_id=member.pk, **said, today=today, actor=request.user, now=now)  # type: ignore[arg-type]
        return self.stands(request, pk)


class ReopenEvent(WritesEvent):
    takes = WhyBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Open again what was closed here."""
        self.allowed(request, pk)
        reason = self.body(request)["reason"]
        operations.reopen(event_id=pk, reason=reason, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
        return self.stands(request, pk)
