"""What weekly reviews asked somebody to do, for programs: to read, to assign, and to say what came of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, access, written_once
from accounts.permissions import may_on
from baseline.api.activity import YES_NO
from baseline.api.care import id_of
from baseline.api.weeks import OfWeek
from baseline.models import ActionStatus, ReviewAction
from baseline.operations import reviews as operations
from eligibility.models import Member
from eligibility.queries.identities import identified, identity

CREATED = 201
ROWS = ("member", "owner", "assigned_by", "review__contract")


class ActionShown(serializers.Serializer):
    """`team` 0: of members without a team. `outcome` is null for those who neither own it nor read narrative."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="review.contract.code")
    monday = serializers.DateField(source="review.week")
    team = serializers.SerializerMethodField()
    member = serializers.IntegerField(source="member_id", allow_null=True)
    member_ref = serializers.SerializerMethodField()
    text = serializers.CharField()
    owner = serializers.EmailField(source="owner.email")
    due_on = serializers.DateField()
    status = serializers.ChoiceField(choices=ActionStatus.choices)
    outcome = serializers.SerializerMethodField()
    assigned_by = serializers.CharField(source="assigned_by.name")
    assigned_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)

    def get_team(self, one: ReviewAction) -> int:
        return one.review.team_id or 0

    def get_member_ref(self, one: ReviewAction) -> str | None:
        return self.context["identities"][one.member_id].code if one.member_id else None

    def get_outcome(self, one: ReviewAction) -> str | None:
        reads = one.review.contract_id in self.context["clinical"] or one.owner_id == self.context["reader"]
        return one.outcome if reads else None


def beside_actions(request: Request, actions: Sequence[ReviewAction]) -> dict[str, Any]:
    """What `ActionShown` needs besides the actions of one page. The contracts come with them."""
    contracts = {one.review.contract_id: one.review.contract for one in actions}
    return {
        "identities": identity(request.user, [one.member for one in actions if one.member]),
        "clinical": {pk for pk, contract in contracts.items() if may_on(request.user, "clinical.view", contract)},
        "reader": request.user.pk,
    }


class ActionsOfWeekQuery(serializers.Serializer):
    status = serializers.ChoiceField(choices=ActionStatus.choices, required=False)
    mine = serializers.ChoiceField(choices=YES_NO, required=False)
    due_before = serializers.DateField(required=False)


class ActionsQuery(ActionsOfWeekQuery):
    contract = serializers.CharField(required=False, help_text=gettext_lazy("Code of a contract"))


class ActionBody(Body):
    """`owner` is the address of one of the provider's own people; without `member` it concerns the whole week."""

    text = serializers.CharField(max_length=300)
    owner = serializers.EmailField()
    due_on = serializers.DateField()
    member = serializers.IntegerField(min_value=1, max_value=2**62, required=False, default=None, allow_null=True)


class OutcomeBody(Body):
    outcome = serializers.CharField(max_length=2000)


class _Listed(ListEndpoint):
    answers = ActionShown

    def narrowed(self, request: Request) -> Any:
        """Open before done, the earliest first."""
        asked = self.asked(request)
        mine = asked.pop("mine", None)
        names = {"contract": "review__contract__code", "status": "status", "due_before": "due_on__lt"}
        rows = ReviewAction.objects.visible_to(request.user).filter(**{names[name]: asked[name] for name in asked})
        if mine is not None:
            rows = rows.filter(owner=request.user.pk) if mine == "yes" else rows.exclude(owner=request.user.pk)
        return rows.select_related(*ROWS).order_by("-status", "due_on", "pk")

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return beside_actions(request, records)

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [one.member for one in records if one.member])


class Actions(_Listed):
    """What weekly reviews asked somebody to do; of others than the caseload's own people, what they are to do."""

    action = "action.view"
    query = ActionsQuery
    what = gettext_lazy("Actions")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        return self.narrowed(request)


class ActionsOfWeek(_Listed, OfWeek):
    """What the review of one week asked somebody to do."""

    writes = "caseload.review"
    query = ActionsOfWeekQuery
    takes = ActionBody
    gives = ActionShown
    created = CREATED
    what = gettext_lazy("Actions of a weekly review")

    def rows(self, request: Request, code: str, monday: str, team: int, **kwargs: Any) -> Any:
        where = self.where(request, code, monday, team)
        return self.narrowed(request).filter(
            review__contract=where.contract, review__team=team or None, review__week=where.monday
        )

    @written_once
    def post(self, request: Request, code: str, monday: str, team: int) -> Response:
        """Give one of the provider's people something to do by a day."""
        where = self.allowed(request, code, monday, team)
        said = self.body(request)
        self.not_past(where, said["due_on"])
        if said["member"] is not None:
            self.visible(request, Member.objects.visible_to(request.user), pk=said["member"])
        made = operations.assign_action(
            **where.key,
            member_id=said["member"],
            text=said["text"],
            owner_id=id_of(said["owner"]),
            due_on=said["due_on"],
            actor=request.user,
            now=timezone.now(),
        )
        return told(self, request, made.pk)


class OneAction(Endpoint):
    """One action: who does it, by when, and what came of it."""

    action = "action.view"
    answers = ActionShown

    def get(self, request: Request, pk: int) -> Response:
        one = _found(self, request, pk)
        return self.answered(request, one, **beside_actions(request, [one]))


class CompleteAction(Endpoint):
    action = "action.view"
    takes = OutcomeBody
    gives = ActionShown

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Say what came of an action. Its owner or a supervisor may."""
        _found(self, request, pk)
        outcome = self.body(request)["outcome"]
        operations.complete_action(
            action_id=pk,
            outcome=outcome,
            actor=request.user,
            now=timezone.now(),
        )
        return told(self, request, pk)


def told(view: Endpoint, request: Request, pk: int) -> Response:
    one = _found(view, request, pk)
    return view.given(request, one, **beside_actions(request, [one]))


def _found(view: Endpoint, request: Request, pk: int) -> ReviewAction:
    one: ReviewAction = view.visible(
        request, ReviewAction.objects.visible_to(request.user).select_related(*ROWS), pk=pk
    )
    if one.member is not None:
        seen = identified(request.user, [one.member])
        access(request).note(verb="view", what=_("Action"), members=seen)
    return one
