"""Determinations and their evidence, for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.bodies import GuardedJSONParser
from accounts.api.endpoints import Body, Endpoint, ListEndpoint, NoBody, access, pages_request, written_once
from accounts.doors import require
from accounts.permissions import sides
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.templatetags.kit import percent
from blended_pilot.kernel.uploads import files_too_large
from contracts.models import Contract
from eligibility.exports.evidence import download
from eligibility.filters import DeterminationFilter
from eligibility.models import Answer, AnswerChoice, Determination, Evidence, Member, Referral
from eligibility.operations import determinations
from eligibility.operations.determinations import GivenAnswer, PossibleDuplicates
from eligibility.operations.evidence import too_large
from eligibility.queries.determinations import answers_of
from eligibility.queries.duplicates import SAME_REFERENCE, Alike
from eligibility.queries.evidence import members_of
from eligibility.queries.identities import identified, identity

CREATED = 201


class DetermineBody(Body):
    """Who it is: `member`, or a person of whom `not_a_duplicate` says why they are nobody who is written alike."""

    member = serializers.IntegerField(required=False)
    reference = serializers.CharField(max_length=60, required=False)
    given_name = serializers.CharField(max_length=100, required=False)
    family_name = serializers.CharField(max_length=100, required=False)
    birth_date = serializers.DateField(required=False)
    sex = serializers.CharField(max_length=40, required=False)
    ethnicity = serializers.CharField(max_length=60, required=False)
    language = serializers.CharField(max_length=40, required=False)
    disability = serializers.CharField(max_length=60, required=False)
    not_a_duplicate = serializers.CharField(max_length=500, required=False)


class FileShown(serializers.Serializer):
    id = serializers.IntegerField()
    file_name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    uploaded_at = serializers.DateTimeField()


class AnswerShown(serializers.Serializer):
    criterion = serializers.CharField(source="answer.criterion")
    text = serializers.CharField(source="answer.text")
    decides = serializers.BooleanField(source="answer.decides")
    needs_evidence = serializers.BooleanField(source="answer.needs_evidence")
    answer = serializers.CharField(source="answer.answer")
    reason = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField()

    def get_reason(self, shown: Any) -> str | None:
        return shown.answer.reason if self.context["reads"] else None

    def get_evidence(self, shown: Any) -> list[int]:
        return [link.evidence_id for link in shown.files]


class DeterminationShown(serializers.Serializer):
    """Whether one person is let in. `explanation` and reasons are null for whoever may not read clinical text."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    referral = serializers.CharField(source="referral.referral_ref", default=None, allow_null=True)
    member = serializers.IntegerField(source="member_id", allow_null=True)
    member_ref = serializers.SerializerMethodField()
    status = serializers.CharField()
    outcome = serializers.CharField()
    effective_on = serializers.DateField(allow_null=True)
    cohort = serializers.CharField()
    geography = serializers.CharField()
    begun_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)

    def get_member_ref(self, row: Determination) -> str | None:
        return self.context["shown"][row.member_id].code if row.member_id else None


class DeterminationDetail(DeterminationShown):
    terms = serializers.JSONField()
    explanation = serializers.SerializerMethodField()
    answers = serializers.SerializerMethodField()

    def get_explanation(self, row: Determination) -> str | None:
        return row.explanation if self.context["reads"] else None

    def get_answers(self, row: Determination) -> list[dict[str, Any]]:
        return list(AnswerShown(answers_of(row), many=True, context=self.context).data)


class GivenAnswerBody(Body):
    criterion = serializers.CharField(max_length=60)
    answer = serializers.ChoiceField(choices=AnswerChoice.choices)
    reason = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)


class AnswersBody(Body):
    """What is not given stays as it is."""

    answers = GivenAnswerBody(many=True, required=False, default=list)
    cohort = serializers.CharField(max_length=40, required=False)
    geography = serializers.CharField(max_length=40, required=False)
    effective_on = serializers.DateField(required=False)
    explanation = serializers.CharField(max_length=4000, required=False)


class EvidenceBody(Body):
    criterion = serializers.CharField(max_length=60)
    file = serializers.FileField()


class ReasonBody(Body):
    reason = serializers.CharField(max_length=300)


def _determination_context(request: Request, rows: Iterable[Determination]) -> dict[str, Any]:
    return {"shown": identity(request.user, [one.member for one in rows if one.member])}


class Determinations(ListEndpoint):
    """Who was let in and who was not, the latest first."""

    action = "determination.view"
    answers = DeterminationShown
    filters = DeterminationFilter
    what = gettext_lazy("Determinations")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        rows = Determination.objects.visible_to(request.user).select_related("contract", "member", "referral")
        return rows.order_by("-begun_at", "-pk")

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return {"request": request, **_determination_context(request, records)}

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [one.member for one in records if one.member])


class OfDetermination(Endpoint):
    action = "determination.view"
    answers = DeterminationDetail
    gives = DeterminationDetail

    def determination(self, request: Request, pk: int, name: str = "") -> Determination:
        rows = Determination.objects.visible_to(request.user).select_related("contract", "member", "referral")
        found: Determination = self.visible(request, rows, pk=pk)
        if name:
            require(pages_request(request), name, found.contract)
        return found

    def told(self, request: Request, pk: int) -> Response:
        row = self.determination(request, pk)
        told = identified(request.user, [row.member] if row.member else [])
        access(request).note(verb="view", what=_("Determination %(number)d") % {"number": pk}, members=told)
        clinical = sides(request.user, "clinical.view")
        reads = row.organisation_id in clinical.provider or row.contract.commissioner_id in clinical.commissioner
        context = {**_determination_context(request, [row]), "reads": reads}
        if request.method == "GET":
            return self.answered(request, row, **context)
        return self.given(request, row, **context)


class OneDetermination(OfDetermination):
    """One determination with its criteria, answers and the ids of its files."""

    def get(self, request: Request, pk: int) -> Response:
        return self.told(request, pk)


class Determine(OfDetermination):
    action = "determination.make"
    takes = DetermineBody
    created = CREATED

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Begin to determine whom a referral is about. Refused while members are written alike and none is chosen."""
        rows = Referral.objects.visible_to(request.user).select_related("contract")
        referral: Referral = self.visible(request, rows, pk=pk)
        require(pages_request(request), self.action, referral.contract)
        wanted = self.body(request)
        member_id = wanted.pop("member", referral.member_id)
        if member_id is not None:
            self.visible(request, Member.objects.visible_to(request.user), pk=member_id)
        try:
            found = determinations.begin(
                contract_id=referral.contract_id,
                referral_id=pk,
                member_id=member_id,
                not_a_duplicate=wanted.pop("not_a_duplicate", ""),
                person=wanted,
                actor=request.user,
                now=timezone.now(),
            )
        except PossibleDuplicates as error:
            shown = identity(request.user, [one.member for one in error.alike])
            what = _("Possible duplicates of referral %(reference)s") % {"reference": referral.referral_ref}
            told = [pk for pk, one in shown.items() if one.identified]
            access(request).note(verb="search", what=what, members=told)
            raise Refused(error.sentence, [_alike(one, shown[one.member.pk].code) for one in error.alike]) from None
        return self.told(request, found.pk)


def _alike(one: Alike, code: str) -> str:
    """A member who may be the same person, with the id by which they are chosen, and what speaks for it."""
    speaks = [
        *([_("name %(alike)s alike") % {"alike": percent(one.name, 0)}] if one.name else []),
        *([_("same date of birth")] if one.born_alike else []),
        *([_("day and month exchanged")] if one.born_exchanged else []),
        *([_("reference alike")] if one.reference >= SAME_REFERENCE else []),
    ]
    return _("Member %(id)d (%(code)s): %(speaks)s") % {"id": one.member.pk, "code": code, "speaks": ", ".join(speaks)}


class AgainBody(Body):
    contract = serializers.CharField(max_length=60)


class DetermineAgain(OfDetermination):
    action = "determination.make"
    takes = AgainBody
    created = CREATED

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Begin to determine a member anew."""
        self.visible(request, Member.objects.visible_to(request.user), pk=pk)
        code = self.body(request)["contract"]
        contract: Contract = self.visible(request, Contract.objects.visible_to(request.user), code=code)
        require(pages_request(request), self.action, contract)
        found = determinations.begin(contract_id=contract.pk, member_id=pk, actor=request.user, now=timezone.now())
        return self.told(request, found.pk)


class Answers(OfDetermination):
    action = "determination.make"
    takes = AnswersBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Keep answers in a draft."""
        found = self.determination(request, pk, self.action)
        wanted = self.body(request)
        given = {one["criterion"]: GivenAnswer(one["answer"], one["reason"]) for one in wanted.pop("answers")}
        _require_known(found, given)
        determinations.answer(determination_id=pk, answers=given, **wanted, actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Attach(OfDetermination):
    action = "determination.make"
    takes = EvidenceBody
    parser_classes = (MultiPartParser, GuardedJSONParser)
    upload_limit = settings.EVIDENCE_LARGEST_BYTES

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Bring a file for a criterion that is answered, as multipart/form-data."""
        found = self.determination(request, pk, self.action)
        for name in files_too_large(pages_request(request)).values():
            raise too_large(name)
        wanted = self.body(request)
        _require_known(found, [wanted["criterion"]])
        stands = Answer.objects.get(determination=found, criterion=wanted["criterion"])
        file = wanted["file"]
        given = GivenAnswer(stands.answer, stands.reason, ((file.name or "", file),))
        determinations.answer(
            determination_id=pk, answers={stands.criterion: given}, actor=request.user, now=timezone.now()
        )
        return self.told(request, pk)


class Complete(OfDetermination):
    action = "determination.make"
    takes = NoBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Judge the answers: eligible covers the person from a day, not eligible says why."""
        self.determination(request, pk, self.action)
        self.body(request)
        determinations.complete(determination_id=pk, actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Abandon(OfDetermination):
    action = "determination.make"
    takes = ReasonBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Stop without an outcome."""
        self.determination(request, pk, self.action)
        wanted = self.body(request)
        determinations.abandon(determination_id=pk, **wanted, actor=request.user, now=timezone.now())
        return self.told(request, pk)


class OneEvidence(Endpoint):
    """What is known of one file of proof; its content is at `content/`."""

    action = "evidence.view"
    answers = FileShown

    def get(self, request: Request, pk: int) -> Response:
        return self.answered(request, self.visible(request, Evidence.objects.visible_to(request.user), pk=pk))


class Content(Endpoint):
    """The file itself, as a download of unknown type."""

    action = "evidence.view"

    def get(self, request: Request, pk: int) -> HttpResponseBase:
        found: Evidence = self.visible(request, Evidence.objects.visible_to(request.user), pk=pk)
        access(request).note(
            verb="view",
            what=_("Evidence %(number)d") % {"number": pk},
            members=members_of(found),
            organisation_id=found.organisation_id,
        )
        return download(found)


def _require_known(found: Determination, criteria: Iterable[str]) -> None:
    known = set(Answer.objects.filter(determination=found).values_list("criterion", flat=True))
    for code in criteria:
        if code not in known:
            sentence = _("The contract has no criterion %(code)s; it has %(known)s.")
            raise serializers.ValidationError(
                {"criterion": [sentence % {"code": code, "known": ", ".join(sorted(known))}]}
            )
