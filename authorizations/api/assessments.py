"""Assessments, for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.bodies import GuardedJSONParser
from accounts.api.endpoints import Body, Endpoint, ListEndpoint, access, pages_request, written_once
from accounts.doors import require
from authorizations.models import Assessment
from authorizations.operations import assessments as operations
from blended_pilot.kernel.uploads import files_too_large
from contracts.models import Contract
from eligibility.models import Member
from eligibility.operations.evidence import too_large
from eligibility.queries.identities import identified, identity
from eligibility.queries.intake import may_see_staff

CREATED = 201


class AssessmentShown(serializers.Serializer):
    """A score with the level it suggests, and how. One that was withdrawn or replaced counts for nothing."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    member_ref = serializers.SerializerMethodField()
    instrument = serializers.CharField()
    version = serializers.CharField()
    score = serializers.IntegerField()
    flags = serializers.ListField(child=serializers.CharField())
    suggested_level = serializers.CharField()
    working = serializers.JSONField()
    assessed_on = serializers.DateField()
    assessor = serializers.SerializerMethodField()
    recorded_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_reason = serializers.CharField()
    supersedes = serializers.IntegerField(source="supersedes_id", allow_null=True)
    evidence = serializers.SerializerMethodField()

    def get_member_ref(self, row: Assessment) -> str:
        return self.context["shown"][row.member_id].code

    def get_evidence(self, row: Assessment) -> list[int]:
        return [link.evidence_id for link in row.files.all()]

    def get_assessor(self, row: Assessment) -> str | None:
        return row.assessor if row.organisation_id in self.context["own"] else None


class CorrectBody(Body):
    score = serializers.IntegerField()
    flags = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)
    assessed_on = serializers.DateField()
    assessor = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=300)


class WithdrawAssessmentBody(Body):
    reason = serializers.CharField(max_length=300)


class RecordBody(Body):
    """A score; as multipart/form-data it may bring a file of proof."""

    contract = serializers.CharField(max_length=60)
    member = serializers.IntegerField()
    instrument = serializers.CharField(max_length=40)
    score = serializers.IntegerField()
    flags = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)
    assessed_on = serializers.DateField()
    assessor = serializers.CharField(max_length=200)
    file = serializers.FileField(required=False)


class AssessmentQuery(serializers.Serializer):
    member = serializers.IntegerField(required=False, help_text=gettext_lazy("Id of a member"))


def _context(request: Request, rows: Iterable[Assessment]) -> dict[str, Any]:
    rows = list(rows)
    return {
        "shown": identity(request.user, [one.member for one in rows]),
        "own": {one.organisation_id for one in rows if may_see_staff(request.user, one.organisation_id)},
    }


def _visible(request: Request) -> Any:
    rows = Assessment.objects.visible_to(request.user)
    return rows.select_related("contract", "member").prefetch_related("files")


class Assessments(ListEndpoint):
    """Every assessment that the person may read, the latest first."""

    action = "assessment.view"
    writes = "assessment.record"
    answers = AssessmentShown
    query = AssessmentQuery
    takes = RecordBody
    gives = AssessmentShown
    created = CREATED
    parser_classes = (GuardedJSONParser, MultiPartParser)
    upload_limit = settings.EVIDENCE_LARGEST_BYTES
    what = gettext_lazy("Assessments")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        rows = _visible(request)
        asked = self.asked(request) if request.method == "GET" else {}
        if "member" in asked:
            rows = rows.filter(member=asked["member"])
        return rows.order_by("-assessed_on", "-pk")

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return {"request": request, **_context(request, records)}

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [one.member for one in records])

    @written_once
    def post(self, request: Request) -> Response:
        """Record a score; the answer holds the level that it suggests. With a file: multipart/form-data."""
        for name in files_too_large(pages_request(request)).values():
            raise too_large(name)
        wanted = self.body(request)
        file = wanted.pop("file", None)
        contract = self.visible(request, Contract.objects.visible_to(request.user), code=wanted.pop("contract"))
        require(pages_request(request), "assessment.record", contract)
        member = self.visible(request, Member.objects.visible_to(request.user), pk=wanted.pop("member"))
        found = operations.record(
            contract_id=contract.pk,
            member_id=member.pk,
            **wanted,
            actor=request.user,
            now=timezone.now(),
            files=[(file.name or "", file)] if file else [],
        )
        return self.given(request, found, **_context(request, [found]))


class OfAssessment(Endpoint):
    action = "assessment.view"
    answers = AssessmentShown
    gives = AssessmentShown

    def assessment(self, request: Request, pk: int, name: str = "") -> Assessment:
        rows = _visible(request)
        found: Assessment = self.visible(request, rows, pk=pk)
        if name:
            require(pages_request(request), name, found.contract)
        return found

    def told(self, request: Request, pk: int) -> Response:
        row = self.assessment(request, pk)
        note = {"verb": "view", "what": _("Assessment %(number)d") % {"number": pk}, "members": [row.member_id]}
        access(request).note(**note)
        if request.method == "GET":
            return self.answered(request, row, **_context(request, [row]))
        return self.given(request, row, **_context(request, [row]))


class OneAssessment(OfAssessment):
    """One assessment with its working."""

    def get(self, request: Request, pk: int) -> Response:
        return self.told(request, pk)


class Supersede(OfAssessment):
    action = "assessment.record"
    takes = CorrectBody
    created = CREATED

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Put a corrected assessment in the place of a wrong one, with a reason."""
        self.assessment(request, pk, self.action)
        wanted = self.body(request)
        right = operations.supersede(assessment_id=pk, **wanted, actor=request.user, now=timezone.now())
        return self.told(request, right.pk)


class WithdrawAssessment(OfAssessment):
    action = "assessment.record"
    takes = WithdrawAssessmentBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Take an assessment back that was of somebody else or never took place, with a reason."""
        self.assessment(request, pk, self.action)
        operations.withdraw(assessment_id=pk, **self.body(request), actor=request.user, now=timezone.now())
        return self.told(request, pk)
