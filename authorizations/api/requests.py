"""Asking for levels and episodes, the queue, and deciding, for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from accounts.api.endpoints import Endpoint, ListEndpoint, NoBody, access, pages_request, written_once
from accounts.doors import require
from accounts.models import User
from authorizations.api.bodies import (
    AssignBody,
    ChangeBody,
    EvidenceBody,
    ReasonBody,
    SubmitBody,
    TextBody,
    VerdictBody,
    WishBody,
)
from authorizations.api.shown import RequestDetail, RequestShown
from authorizations.models import Request, RequestKind
from authorizations.operations import questions, queue
from authorizations.operations import requests as operations
from authorizations.operations.decisions import decide
from authorizations.operations.verdicts import Verdict
from authorizations.queries import queue as queries
from blended_pilot.kernel.uploads import files_too_large
from contracts.models import Contract
from eligibility.models import Member
from eligibility.operations.evidence import too_large
from eligibility.queries.identities import identified

CREATED = 201
ROWS = ("contract", "member", "requested_by", "assigned_to", "team", "assessment", "reconsiders")


class RequestQuery(serializers.Serializer):
    contract = serializers.CharField(required=False)
    kind = serializers.ChoiceField(choices=RequestKind.choices, required=False)
    status = serializers.CharField(required=False)
    member = serializers.IntegerField(required=False)
    requested_level = serializers.CharField(required=False)


class QueueQuery(RequestQuery):
    due = serializers.ChoiceField(
        choices=["overdue", "soon", "stands"], required=False, help_text=gettext_lazy("soon: within 24 hours")
    )
    whose = serializers.ChoiceField(
        choices=["mine", "nobody"], required=False, help_text=gettext_lazy("mine: also of those whose deputy one is")
    )
    team = serializers.IntegerField(required=False, help_text=gettext_lazy("Id of a team"))
    cohort = serializers.CharField(required=False)
    geography = serializers.CharField(required=False)


class _Listed(ListEndpoint):
    answers = RequestShown
    query = RequestQuery

    def narrowed(self, asked: dict[str, Any], rows: Any) -> Any:
        code = asked.pop("contract", None)
        if code is not None:
            rows = rows.filter(contract__code=code)
        return rows.filter(**asked)

    def identified(self, request: HttpRequest, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [record.member for record in records])


class Requests(_Listed):
    """Levels and episodes that were asked for, the latest first."""

    action = "request.view"
    writes = "request.make"
    takes = WishBody
    gives = RequestDetail
    created = CREATED
    what = gettext_lazy("Requests")

    def rows(self, request: HttpRequest, **kwargs: Any) -> Any:
        rows = Request.objects.visible_to(request.user).select_related(*ROWS)
        return self.narrowed(self.asked(request), rows.order_by("-created_at", "-pk"))

    @written_once
    def post(self, request: HttpRequest) -> Response:
        """Draft a request. Attach evidence to it if it needs some, then submit it."""
        wanted = self.body(request)
        member = self.visible(request, Member.objects.visible_to(request.user), pk=wanted["member"])
        contracts = Contract.objects.visible_to(request.user).filter(provider=member.organisation_id)
        contract = self.visible(request, contracts, code=wanted["contract"])
        require(pages_request(request), "request.make", contract)
        _known(wanted, contract, member)
        made = operations.draft(
            contract_id=contract.pk,
            member_id=member.pk,
            kind=wanted["kind"],
            wish=_wish(wanted),
            actor=request.user,
            now=timezone.now(),
        )
        access(request).note(verb="view", what=_("Request"), members=[member.pk])
        return self.given(request, made)


def _known(wanted: dict[str, Any], contract: Contract, member: Member) -> None:
    """Whatever the body names belongs to this member under this contract; the other's is not found."""
    named = {
        "assessment": contract.assessments.filter(member=member),
        "reconsiders": contract.decisions.filter(request__member=member),
    }
    for name, rows in named.items():
        if wanted.get(name) is not None and not rows.filter(pk=wanted[name]).exists():
            raise Http404
    if wanted["kind"] == RequestKind.RECONSIDERATION and wanted.get("reconsiders") is None:
        raise serializers.ValidationError({"reconsiders": [_("Name the denial that is to be reconsidered.")]})
    if wanted["kind"] == RequestKind.EPISODE and (not wanted.get("service") or not wanted.get("units")):
        raise serializers.ValidationError({"units": [_("An episode needs a service and units.")]})
    if wanted["kind"] not in (RequestKind.EPISODE, RequestKind.RECONSIDERATION) and not wanted.get("requested_level"):
        raise serializers.ValidationError({"requested_level": [_("Name the level that is asked for.")]})


def _wish(wanted: dict[str, Any]) -> operations.Wish:
    episode = wanted["kind"] == RequestKind.EPISODE
    given = {
        name: wanted[name]
        for name in ("starts_on", "ends_before", "urgency", "urgent_start", "grounds", "attested", "received_at")
        if name in wanted
    }
    given |= {name: wanted.get(name, "") for name in ("difference_reason", "difference_text")}
    return operations.Wish(
        requested_level="" if episode else wanted.get("requested_level", ""),
        service=wanted.get("service", "") if episode else "",
        units=wanted.get("units") if episode else None,
        assessment_id=wanted.get("assessment"),
        reconsiders_id=wanted.get("reconsiders"),
        **given,
    )


class Queue(_Listed):
    """What waits for a clinical lead, by due time."""

    action = "queue.view"
    query = QueueQuery
    what = gettext_lazy("Queue")

    def rows(self, request: HttpRequest, **kwargs: Any) -> Any:
        asked, now = self.asked(request), timezone.now()
        rows = queries.queue(request.user)
        if due := asked.pop("due", None):
            rows = rows.filter(queries.of_due(due, now))
        if whose := asked.pop("whose", None):
            rows = rows.filter(queries.of_holder(whose, request.user, now))
        return self.narrowed(asked, rows)


class OfRequest(Endpoint):
    """What concerns one request. `needs` is what its contract has to allow the person."""

    action = "request.view"
    gives = RequestDetail

    def found(self, request: HttpRequest, pk: int) -> Request:
        rows = Request.objects.visible_to(request.user).select_related(*ROWS)
        found: Request = self.visible(request, rows, pk=pk)
        return found

    def allowed(self, request: HttpRequest, pk: int) -> Request:
        found = self.found(request, pk)
        require(pages_request(request), self.action, found.contract)
        return found

    def told(self, request: HttpRequest, pk: int) -> Response:
        """The request as it stands now."""
        found = self.found(request, pk)
        self._note(request, found)
        return self.given(request, found)

    def _note(self, request: HttpRequest, found: Request) -> None:
        seen = identified(request.user, [found.member])
        access(request).note(verb="view", what=_("Request"), members=seen)


class OneRequest(OfRequest):
    """One request: what it asks for and on what, its clock, questions and decisions."""

    answers = RequestDetail

    def get(self, request: HttpRequest, pk: int) -> Response:
        found = self.found(request, pk)
        self._note(request, found)
        return self.answered(request, found)


class Change(OfRequest):
    action = "request.make"
    takes = ChangeBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Change a draft: everything that it asks for, as a new one would be drafted."""
        found = self.allowed(request, pk)
        wanted = {**self.body(request), "kind": found.kind}
        _known(wanted, found.contract, found.member)
        operations.change(request_id=pk, wish=_wish(wanted), actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Evidence(OfRequest):
    action = "request.make"
    takes = EvidenceBody
    parser_classes = (MultiPartParser,)
    upload_limit = settings.EVIDENCE_LARGEST_BYTES

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Attach a file to a draft, for an attested trigger or for the request as a whole (multipart/form-data)."""
        self.allowed(request, pk)
        for name in files_too_large(pages_request(request)).values():
            raise too_large(name)
        wanted = self.body(request)
        file = wanted["file"]
        attached = operations.Attached(file, file.name or "", wanted["trigger"])
        operations.attach(request_id=pk, files=[attached], actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Submit(OfRequest):
    action = "request.make"
    takes = SubmitBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Hand a draft to the clinical leads: the clock starts at receipt. What is missing comes back as reasons."""
        self.allowed(request, pk)
        received_at = self.body(request).get("received_at")
        operations.submit(request_id=pk, received_at=received_at, actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Withdraw(OfRequest):
    action = "request.make"
    takes = ReasonBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Take a request back before it is decided."""
        self.allowed(request, pk)
        operations.withdraw(request_id=pk, reason=self.body(request)["reason"], actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Answer(OfRequest):
    action = "request.make"
    takes = TextBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Answer the open question; a clock that stood goes on."""
        self.allowed(request, pk)
        questions.answer(request_id=pk, text=self.body(request)["text"], actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Ask(OfRequest):
    action = "request.decide"
    takes = TextBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Ask the requester. The terms say what that does to the clock."""
        self.allowed(request, pk)
        questions.ask(request_id=pk, text=self.body(request)["text"], actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Claim(OfRequest):
    action = "request.decide"
    takes = NoBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Take a request that nobody has."""
        self.allowed(request, pk)
        self.body(request)
        queue.claim(request_id=pk, actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Release(OfRequest):
    action = "request.assign"
    takes = ReasonBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Put a request back for anybody."""
        self.allowed(request, pk)
        queue.release(request_id=pk, reason=self.body(request)["reason"], actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Assign(OfRequest):
    action = "request.assign"
    takes = AssignBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Give a request to a clinical lead."""
        self.allowed(request, pk)
        wanted = self.body(request)
        to = User.objects.filter(email__iexact=wanted["to"]).values_list("pk", flat=True).first()
        queue.assign(request_id=pk, to_id=to or 0, reason=wanted["reason"], actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Conflict(OfRequest):
    action = "request.decide"
    takes = ReasonBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Declare a conflict of interest: the person keeps away from the request for good."""
        self.allowed(request, pk)
        queue.declare_conflict(
            request_id=pk, reason=self.body(request)["reason"], actor=request.user, now=timezone.now()
        )
        return self.told(request, pk)


class Decide(OfRequest):
    action = "request.decide"
    takes = VerdictBody

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Approve, approve otherwise, or deny; of an automatic outcome, confirm or replace it. One at a time."""
        self.allowed(request, pk)
        verdict = Verdict(**self.body(request))
        decide(request_id=pk, verdict=verdict, actor=request.user, now=timezone.now())
        return self.told(request, pk)
