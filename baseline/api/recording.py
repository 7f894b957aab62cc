"""Recording, correcting and reversing delivered work by a program, in a person's name."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, access, pages_request, written_once
from accounts.doors import require
from accounts.permissions import may_on
from baseline.api.activity import ActivityShown, beside_records
from baseline.models import Activity, Present
from baseline.operations import recording as operations
from baseline.queries.counting import counted
from baseline.queries.people import practitioner_of
from baseline.queries.sentences import told
from contracts.models import Contract
from eligibility.models import Member
from eligibility.queries.identities import identified

CREATED = 201


class EntryBody(Body):
    """What was done. Criteria of an episodic service are each in one of the two lists.

    Without `practitioner` a new record names the person's own reference, and a correction keeps what it says.
    """

    service = serializers.CharField(max_length=60)
    occurred_on = serializers.DateField()
    occurred_at = serializers.DateTimeField(required=False, allow_null=True)
    units = serializers.DecimalField(max_digits=11, decimal_places=4, default=Decimal(1))
    planned = serializers.BooleanField(default=True)
    attempted = serializers.BooleanField(default=False)
    practitioner = serializers.CharField(max_length=100, required=False, allow_blank=True)
    place = serializers.CharField(max_length=100, default="", allow_blank=True)
    outcome = serializers.CharField(max_length=100, default="", allow_blank=True)
    minutes = serializers.IntegerField(min_value=0, max_value=1440, required=False, allow_null=True)
    present = serializers.ListField(child=serializers.ChoiceField(choices=Present.choices), default=list)
    details = serializers.DictField(child=serializers.CharField(max_length=2_000, allow_blank=True), default=dict)
    criteria_met = serializers.ListField(child=serializers.CharField(max_length=60), default=list)
    criteria_not_met = serializers.ListField(child=serializers.CharField(max_length=60), default=list)
    amount = serializers.DecimalField(max_digits=14, decimal_places=4, required=False, allow_null=True)


def entry_of(given: dict[str, Any], *, practitioner: str) -> operations.Entry:
    """`practitioner` stands where the body names none."""
    lists = ("present", "criteria_met", "criteria_not_met")
    values = {name: given[name] for name in operations.ENTRY_FIELDS if name in given}
    values.setdefault("practitioner", practitioner)
    return operations.Entry(**{**values, **{name: tuple(values[name]) for name in lists}})


def own_reference(request: Request, contract: Contract) -> str:
    """As whom the person delivers work; "" for nobody."""
    found = practitioner_of(request.user, contract.provider_id)
    return found.reference if found else ""


class NewRecord(EntryBody):
    """`submission` makes the same record the same, however often it is sent."""

    contract = serializers.CharField(max_length=60)
    member = serializers.IntegerField(min_value=1, max_value=2**62)
    submission = serializers.UUIDField(required=False)


class Corrected(EntryBody):
    reason = serializers.CharField(max_length=300)


class Why(Body):
    reason = serializers.CharField(max_length=300)


class ForecastShown(serializers.Serializer):
    """How a record would count: `code` is the first reason for not being paid, empty where there is none."""

    kind = serializers.CharField()
    code = serializers.CharField()
    level = serializers.CharField(allow_null=True)
    sentence = serializers.CharField()
    remedy = serializers.CharField()
    later = serializers.CharField()


class OfMember(Endpoint):
    """What is recorded for one member under one contract."""

    action = "activity.record"
    takes = NewRecord

    def place(self, request: Request, given: dict[str, Any]) -> tuple[Contract, Member]:
        contract = self.visible(request, Contract.objects.visible_to(request.user), code=given["contract"])
        require(pages_request(request), self.action, contract)
        members = Member.objects.visible_to(request.user).filter(organisation=contract.provider_id)
        member = self.visible(request, members, pk=given["member"])
        return contract, member


class Record(OfMember):
    gives = ActivityShown
    created = CREATED

    @written_once
    def post(self, request: Request) -> Response:
        """Record what was done for one member."""
        given = self.body(request)
        contract, member = self.place(request, given)
        [one] = operations.record(
            contract_id=contract.pk,
            member_ids=[member.pk],
            entry=entry_of(given, practitioner=own_reference(request, contract)),
            submission=given.get("submission") or uuid4(),
            actor=request.user,
            now=timezone.now(),
        )
        return shown(self, request, one)


class Forecast(OfMember):
    gives = ForecastShown

    def post(self, request: Request) -> Response:
        """Say how a record would count; nothing is stored."""
        given = self.body(request)
        contract, member = self.place(request, given)
        access(request).note(verb="view", what=str(_("Recording")), members=identified(request.user, [member]))
        entry = entry_of(given, practitioner=own_reference(request, contract))
        now = timezone.now()
        operations.declared(contract=contract, entry=entry, now=now)
        one = operations.draft(contract=contract, member_id=member.pk, entry=entry, now=now)
        [found] = counted([one])
        words = told(found, contract, with_money=may_on(request.user, "cycle.view", contract))
        values = {"kind": found.kind, "code": found.code, "level": found.level}
        return self.given(request, {**values, "sentence": words.sentence, "remedy": words.remedy, "later": words.later})


class OfRecord(Endpoint):
    """What is done to one record."""

    action = "activity.record"
    gives = ActivityShown

    def one(self, request: Request, pk: int) -> Activity:
        rows = Activity.objects.visible_to(request.user).select_related("member", "contract")
        found: Activity = self.visible(request, rows, pk=pk)
        require(pages_request(request), self.action, found.contract)
        return found


class Correct(OfRecord):
    takes = Corrected

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Say anew what was done, with a reason."""
        one = self.one(request, pk)
        given = self.body(request)
        operations.correct(
            activity_id=one.pk,
            entry=entry_of(given, practitioner=one.practitioner),
            reason=given["reason"],
            actor=request.user,
            now=timezone.now(),
        )
        return shown(self, request, self.one(request, pk))


class Reverse(OfRecord):
    takes = Why
    created = CREATED

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Take a record back by another that cancels it. The answer is the cancelling one."""
        one = self.one(request, pk)
        given = self.body(request)
        reversal = operations.reverse(
            activity_id=one.pk, reason=given["reason"], actor=request.user, now=timezone.now()
        )
        return shown(self, request, self.one(request, reversal.pk))


def shown(view: Endpoint, request: Request, one: Activity) -> Response:
    """The record as the answer to a POST; who it is about is logged."""
    access(request).note(verb="view", what=str(_("Activity record")), members=[one.member_id])
    return view.given(request, one, **beside_records(request, [one]))
