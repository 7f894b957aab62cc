"""The second look and what is included, for programs."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, NoBody, pages_request, written_once
from accounts.api.errors import BadQuery
from accounts.doors import require
from accounts.permissions import may_on
from baseline.api.activity import ActivityShown, beside_records
from baseline.api.recording import OfRecord, Why, shown
from baseline.models import VerificationBatch
from baseline.operations import included as reading
from baseline.operations import verification as operations
from baseline.queries import included as queries
from baseline.queries.verification import ToVerify, contracts_to_verify, to_verify, waiting
from blended_pilot.jobs.api import JobShown
from contracts.models import ContractVersion
from contracts.queries.terms import document_of
from eligibility.queries.identities import identified

ACCEPTED, CREATED = 202, 201
MOST_SEED = 2**31
ANSWERS = ["met", "not_met", "open"]


class WaitingQuery(serializers.Serializer):
    contract = serializers.CharField(required=False, help_text=_("Code of a contract; the other filters need it"))
    service = serializers.CharField(required=False)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False)
    practitioner = serializers.CharField(required=False)
    answers = serializers.ChoiceField(choices=ANSWERS, required=False)


class Waiting(ListEndpoint):
    """Episodic records that wait for a second look, the oldest first."""

    action = "activity.verification"
    answers = ActivityShown
    query = WaitingQuery
    what = _("Waits for verification")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        asked = self.asked(request)
        contracts = contracts_to_verify(request.user)
        code = asked.pop("contract", None)
        if code is None and asked:
            fields = {"contract": [str(_("Filters are of one contract: name it."))]}
            raise BadQuery(
                str(_("A parameter of the address cannot be used.")), sorted(self.known_parameters()), fields
            )
        if code is None:
            found = waiting(request.user, list(contracts.values_list("pk", flat=True))).order_by("occurred_on", "pk")
        else:
            contract = contracts.filter(code=code).first()
            if contract is None:
                fields = {"contract": [str(_("You verify no delivered work under this contract."))]}
                raise BadQuery(
                    str(_("A parameter of the address cannot be used.")), sorted(self.known_parameters()), fields
                )
            found = to_verify(request.user, ToVerify(contract_id=contract.pk, **asked))
        return found.select_related("member", "contract")

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return beside_records(request, records)

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [record.member for record in records])


class Verify(OfRecord):
    action = "activity.verify"
    takes = NoBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Verify a record that somebody else recorded."""
        one = self.one(request, pk)
        self.body(request)
        operations.verify(activity_id=one.pk, actor=request.user, now=timezone.now())
        return shown(self, request, self.one(request, pk))


class Reject(OfRecord):
    action = "activity.verify"
    takes = Why

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Send a record back to whoever recorded it, with a reason."""
        one = self.one(request, pk)
        given = self.body(request)
        operations.reject(activity_id=one.pk, reason=given["reason"], actor=request.user, now=timezone.now())
        return shown(self, request, self.one(request, pk))


class Wanted(Body):
    contract = serializers.CharField(max_length=60)
    service = serializers.CharField(max_length=60, required=False)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False)
    practitioner = serializers.CharField(max_length=100, required=False)
    answers = serializers.ChoiceField(choices=ANSWERS, required=False)


class BatchShown(serializers.Serializer):
    """A list to verify at once. `sample` are ids of records that are to be looked at before it is confirmed."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    wanted = serializers.JSONField()
    records = serializers.IntegerField()
    seed = serializers.IntegerField()
    sample = serializers.ListField(child=serializers.IntegerField())
    status = serializers.CharField()
    drawn_by = serializers.CharField(source="drawn_by.name")
    drawn_at = serializers.DateTimeField()
    verified = serializers.IntegerField(allow_null=True)
    left_out = serializers.JSONField()


class Batches(ListEndpoint):
    """Records verified by the list, each list with the sample that was looked at first."""

    action = "activity.verification"
    writes = "activity.verify"
    answers = BatchShown
    takes = Wanted
    gives = BatchShown
    created = CREATED

    def rows(self, request: Request, **kwargs: Any) -> Any:
        found = VerificationBatch.objects.visible_to(request.user).select_related("contract", "drawn_by")
        return found.order_by("-drawn_at", "-pk")

    @written_once
    def post(self, request: Request) -> Response:
        """Fix a list of records and draw a random sample of it."""
        given = self.body(request)
        contract = self.visible(request, contracts_to_verify(request.user), code=given.pop("contract"))
        require(pages_request(request), self.writes, contract)
        batch = operations.draw(
            wanted=ToVerify(contract_id=contract.pk, **given),
            seed=secrets.randbelow(MOST_SEED),
            actor=request.user,
            now=timezone.now(),
        )
        return self.given(request, batch)


class Batch(Endpoint):
    """One list with its sample, and what became of it."""

    action = "activity.verification"
    answers = BatchShown

    def get(self, request: Request, pk: int) -> Response:
        rows = VerificationBatch.objects.visible_to(request.user).select_related("contract", "drawn_by")
        return self.answered(request, self.visible(request, rows, pk=pk))


class Confirm(Endpoint):
    action = "activity.verify"
    takes = NoBody
    gives = JobShown
    created = ACCEPTED

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Say that the sample was looked at; the list is verified in the background."""
        rows = VerificationBatch.objects.visible_to(request.user).select_related("contract")
        batch = self.visible(request, rows, pk=pk)
        require(pages_request(request), self.action, batch.contract)
        self.body(request)
        address = reverse("baseline:verification_batch", args=[batch.pk])
        job = operations.confirm(batch_id=batch.pk, url=address, actor=request.user, now=timezone.now())
        return self.given(request, job)


class ClauseShown(serializers.Serializer):
    path = serializers.CharField()
    version = serializers.IntegerField()


class TriggerShown(serializers.Serializer):
    text = serializers.CharField()
    clause = ClauseShown()


class ExpectedShown(serializers.Serializer):
    service = serializers.CharField()
    often = serializers.CharField()
    clause = ClauseShown()


class LevelShown(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    package = ExpectedShown(many=True)


class EpisodeShown(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    costed = serializers.BooleanField()
    price = serializers.CharField()
    triggers = TriggerShown(many=True)
    included_at = serializers.ListField(child=serializers.CharField())


class IncludedShown(serializers.Serializer):
    """Baseline by level and episodes with what has to hold; prices for those who may see money."""

    levels = LevelShown(many=True)
    episodes = EpisodeShown(many=True)


class Included(Endpoint):
    """What one version of a contract includes."""

    action = "contract.view"
    answers = IncludedShown

    def get(self, request: Request, code: str, number: int) -> Response:
        version = _version(self, request, code, number)
        money = may_on(request.user, "cycle.view", version.contract)
        found = queries.included(version.contract, version, document_of(version), money=money)
        return self.answered(request, found)


class ReadingShown(serializers.Serializer):
    version = serializers.IntegerField(source="version.number")
    confirmed_at = serializers.DateTimeField()


class Read(Endpoint):
    action = "included.confirm"
    takes = NoBody
    gives = ReadingShown

    @written_once
    def post(self, request: Request, code: str, number: int) -> Response:
        """Confirm that one has read what a signed version includes."""
        version = _version(self, request, code, number)
        require(pages_request(request), self.action, version.contract)
        self.body(request)
        return self.given(request, reading.confirm_read(version_id=version.pk, actor=request.user, now=timezone.now()))


def _version(view: Endpoint, request: Request, code: str, number: int) -> ContractVersion:
    rows = ContractVersion.objects.visible_to(request.user).select_related("contract")
    found: ContractVersion = view.visible(request, rows, contract__code=code, number=number)
    return found
