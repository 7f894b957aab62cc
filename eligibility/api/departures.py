"""Members who leave, and members who are one person, for programs."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, access, pages_request, written_once
from accounts.doors import require, require_at
from contracts.models import Contract
from eligibility.models import Departure, DepartureKind, Member, MemberMerge
from eligibility.operations import departures, merges
from eligibility.queries.identities import identity_of

CREATED = 201


class DepartureShown(serializers.Serializer):
    """A member leaves a contract after `last_day`, unless it was taken back."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    member_ref = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(choices=DepartureKind.choices)
    last_day = serializers.DateField()
    transferred_to = serializers.CharField()
    reason = serializers.CharField()
    taken_back_at = serializers.DateTimeField(allow_null=True)

    def get_member_ref(self, row: Departure) -> str:
        return self.context["shown"][row.member_id].code


class MergeShown(serializers.Serializer):
    """`merged` lives on as `kept`, until it is undone."""

    id = serializers.IntegerField()
    kept_ref = serializers.SerializerMethodField()
    merged_ref = serializers.SerializerMethodField()
    reason = serializers.CharField()
    undone_at = serializers.DateTimeField(allow_null=True)

    def get_kept_ref(self, row: MemberMerge) -> str:
        return self.context["shown"][row.kept_id].code

    def get_merged_ref(self, row: MemberMerge) -> str:
        return self.context["shown"][row.merged_id].code


class DepartBody(Body):
    contract = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=DepartureKind.choices)
    last_day = serializers.DateField()
    transferred_to = serializers.CharField(max_length=200, required=False)
    reason = serializers.CharField(max_length=300)


class MergeBody(Body):
    """`other` is the id of the member who lives on as the one of the address."""

    other = serializers.IntegerField()
    reason = serializers.CharField(max_length=300)


class ReasonBody(Body):
    reason = serializers.CharField(max_length=300)


class Departs(Endpoint):
    action = "member.depart"
    takes = DepartBody
    gives = DepartureShown
    created = CREATED

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Record that a member leaves; coverage, level and assignment end with the last day."""
        self.visible(request, Member.objects.visible_to(request.user), pk=pk)
        wanted = self.body(request)
        contract = self.visible(request, Contract.objects.visible_to(request.user), code=wanted.pop("contract"))
        require(pages_request(request), self.action, contract)
        found = departures.depart(
            contract_id=contract.pk, member_id=pk, **wanted, actor=request.user, now=timezone.now()
        )
        return _told(self, request, found, [pk])


class TakeBack(Endpoint):
    action = "member.depart"
    takes = ReasonBody
    gives = DepartureShown

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """The member did not leave: what ended goes on."""
        rows = Departure.objects.visible_to(request.user).select_related("contract")
        found: Departure = self.visible(request, rows, pk=pk)
        require(pages_request(request), self.action, found.contract)
        wanted = self.body(request)
        found = departures.take_back(departure_id=pk, **wanted, actor=request.user, now=timezone.now())
        return _told(self, request, found, [found.member_id])


class Merges(Endpoint):
    action = "member.merge"
    takes = MergeBody
    gives = MergeShown
    created = CREATED

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Make two members who are one person one; what both have counts once."""
        visible = Member.objects.visible_to(request.user)
        kept: Member = self.visible(request, visible, pk=pk)
        require_at(pages_request(request), self.action, kept.organisation_id)
        wanted = self.body(request)
        other: Member = self.visible(request, visible, pk=wanted["other"])
        found = merges.merge(
            kept_id=pk, merged_id=other.pk, reason=wanted["reason"], actor=request.user, now=timezone.now()
        )
        return _told(self, request, found, [pk, other.pk])


class Undo(Endpoint):
    action = "member.merge"
    takes = ReasonBody
    gives = MergeShown

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """They are two: what came over goes back."""
        found: MemberMerge = self.visible(request, MemberMerge.objects.visible_to(request.user), pk=pk)
        require_at(pages_request(request), self.action, found.organisation_id)
        wanted = self.body(request)
        found = merges.unmerge(merge_id=pk, **wanted, actor=request.user, now=timezone.now())
        return _told(self, request, found, [found.kept_id, found.merged_id])


def _told(view: Endpoint, request: Request, found: Any, members: list[int]) -> Response:
    access(request).note(verb="view", what=_("Members who leave or are one"), members=members)
    return view.given(request, found, shown=identity_of(request.user, members))
