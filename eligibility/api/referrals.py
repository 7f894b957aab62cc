"""The referral log, for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, NoBody, access, pages_request, written_once
from accounts.doors import require
from accounts.permissions import sides
from contracts.models import Contract
from eligibility.models import Referral, Urgency
from eligibility.operations import referrals
from eligibility.queries.identities import identified, identity
from eligibility.queries.intake import may_see_staff
from eligibility.queries.referrals import with_clock

CREATED = 201


class ReferralShown(serializers.Serializer):
    """One referral. `member_ref` is what the reader may know of the member; `name` is null for who may not see it."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    referral_ref = serializers.CharField()
    received_at = serializers.DateTimeField()
    source = serializers.CharField(source="referred_by")
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    geography = serializers.CharField()
    cohort = serializers.CharField()
    member = serializers.IntegerField(source="member_id", allow_null=True)
    member_ref = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()
    response_due_at = serializers.DateTimeField(allow_null=True)
    first_response_at = serializers.DateTimeField(allow_null=True)
    answered = serializers.CharField(source="clock")
    disposition = serializers.CharField()
    verified_on = serializers.DateField(allow_null=True)
    verified_by = serializers.SerializerMethodField()

    def get_member_ref(self, row: Referral) -> str | None:
        return self.context["shown"][row.member_id].code if row.member_id else None

    def get_name(self, row: Referral) -> str | None:
        if row.organisation_id not in self.context["named"]:
            return None
        return f"{row.given_name} {row.family_name}".strip()

    def get_verified_by(self, row: Referral) -> str | None:
        return row.verified_by if row.verifier_id is None or row.organisation_id in self.context["own"] else None


class ReceiveBody(Body):
    contract = serializers.CharField(max_length=60)
    referral_ref = serializers.CharField(max_length=100, required=False)
    received_at = serializers.DateTimeField()
    source = serializers.CharField(max_length=100)
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    geography = serializers.CharField(max_length=40)
    cohort = serializers.CharField(max_length=40, required=False)
    given_name = serializers.CharField(max_length=100, required=False)
    family_name = serializers.CharField(max_length=100, required=False)
    birth_date = serializers.DateField(required=False)
    note = serializers.CharField(max_length=4000, required=False)


class CorrectReferralBody(Body):
    """What is not given stays as it is."""

    received_at = serializers.DateTimeField(required=False)
    source = serializers.CharField(max_length=100, required=False)
    urgency = serializers.ChoiceField(choices=Urgency.choices, required=False)
    geography = serializers.CharField(max_length=40, required=False)
    cohort = serializers.CharField(max_length=40, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=300)


class RespondBody(Body):
    responded_at = serializers.DateTimeField()


class DisposeBody(Body):
    disposition = serializers.ChoiceField(
        choices=[code for code in referrals.DISPOSITIONS if code not in {"eligible", "not_eligible"}]
    )
    reason = serializers.CharField(max_length=300)


def _referral_context(request: Request, rows: Iterable[Referral]) -> dict[str, Any]:
    user = request.user
    return {
        "shown": identity(user, [one.member for one in rows if one.member]),
        "named": sides(user, "member.identity").provider,
        "own": {one.organisation_id for one in rows if may_see_staff(user, one.organisation_id)},
    }


class Referrals(ListEndpoint):
    """The referral log, the latest first."""

    action = "referral.view"
    writes = "referral.record"
    answers = ReferralShown
    takes = ReceiveBody
    gives = ReferralShown
    created = CREATED
    what = gettext_lazy("Referrals")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        rows = Referral.objects.visible_to(request.user).select_related("contract", "member")
        return with_clock(rows, timezone.now()).order_by("-received_at", "-pk")

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return {"request": request, **_referral_context(request, records)}

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [one.member for one in records if one.member])

    @written_once
    def post(self, request: Request) -> Response:
        """Write a referral into the log; the clock for a first response runs from its receipt."""
        wanted = self.body(request)
        contract = self.visible(request, Contract.objects.visible_to(request.user), code=wanted.pop("contract"))
        require(pages_request(request), "referral.record", contract)
        found = referrals.receive(
            contract_id=contract.pk,
            referred_by=wanted.pop("source"),
            **wanted,
            actor=request.user,
            now=timezone.now(),
        )
        row = self.rows(request).get(pk=found.pk)
        return self.given(request, row, **_referral_context(request, [row]))


class OfReferral(Endpoint):
    action = "referral.view"
    answers = ReferralShown
    gives = ReferralShown

    def referral(self, request: Request, pk: int, name: str = "") -> Referral:
        rows = Referral.objects.visible_to(request.user).select_related("contract", "member")
        found: Referral = self.visible(request, with_clock(rows, timezone.now()), pk=pk)
        if name:
            require(pages_request(request), name, found.contract)
        return found

    def told(self, request: Request, pk: int) -> Response:
        row = self.referral(request, pk)
        told = identified(request.user, [row.member] if row.member else [])
        access(request).note(
            verb="view", what=_("Referral %(reference)s") % {"reference": row.referral_ref}, members=told
        )
        context = _referral_context(request, [row])
        if request.method == "GET":
            return self.answered(request, row, **context)
        return self.given(request, row, **context)


class OneReferral(OfReferral):
    """One referral, with how its response clock stands."""

    def get(self, request: Request, pk: int) -> Response:
        return self.told(request, pk)


class Respond(OfReferral):
    action = "referral.record"
    takes = RespondBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Record when whoever referred was first answered."""
        self.referral(request, pk, self.action)
        wanted = self.body(request)
        referrals.respond(referral_id=pk, **wanted, actor=request.user, now=timezone.now())
        return self.told(request, pk)


class Dispose(OfReferral):
    action = "referral.record"
    takes = DisposeBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Close a referral without a determination."""
        self.referral(request, pk, self.action)
        wanted = self.body(request)
        referrals.dispose(referral_id=pk, **wanted, actor=request.user, now=timezone.now())
        return self.told(request, pk)


class CorrectReferral(OfReferral):
    action = "referral.record"
    takes = CorrectReferralBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Mend what was recorded here, with a reason; the referral waits for verification again."""
        self.referral(request, pk, self.action)
        wanted = self.body(request)
        if "source" in wanted:
            wanted["referred_by"] = wanted.pop("source")
        referrals.correct(referral_id=pk, **wanted, actor=request.user, now=timezone.now())
        return self.told(request, pk)


class VerifyReferral(OfReferral):
    action = "referral.verify"
    takes = NoBody

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Vouch, as somebody other than who recorded it, that the referral came as the log says."""
        self.referral(request, pk, self.action)
        self.body(request)
        referrals.verify(referral_id=pk, actor=request.user, now=timezone.now())
        return self.told(request, pk)
