"""Contracts: what was agreed, version by version; load, align, sign and withdraw."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, NoBody, access, pages_request, written_once
from accounts.doors import require
from contracts.filters import ContractFilter
from contracts.lifecycle import State
from contracts.models import Contract, ContractVersion, Party
from contracts.operations import alignment, documents, signing
from contracts.queries.versions import described, in_order, listed_contracts, local_today, standing, version_lines

CREATED = 201


class ContractShown(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    pilot = serializers.CharField(source="pilot.code")
    commissioner = serializers.CharField(source="commissioner.code")
    provider = serializers.CharField(source="provider.code")
    currency = serializers.CharField()
    timezone = serializers.CharField()
    version = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    open_escalations = serializers.IntegerField(source="waiting")

    def get_version(self, contract: Contract) -> int | None:
        line = standing(contract, self.context["now"])
        return line.number if line else None

    def get_state(self, contract: Contract) -> str | None:
        line = standing(contract, self.context["now"])
        return str(line.state) if line else None


class SignatureShown(serializers.Serializer):
    party = serializers.ChoiceField(choices=Party.choices)
    organisation = serializers.CharField()
    signed_by = serializers.CharField()
    signed_at = serializers.DateTimeField()


class VersionShown(serializers.Serializer):
    """One version; `digest` is what a signature names, so that nobody signs another text than they read."""

    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[str(state) for state in State])
    in_force_from = serializers.DateField()
    digest = serializers.CharField()
    signatures = SignatureShown(many=True)


class LoadedShown(serializers.Serializer):
    contract = serializers.CharField(source="version.contract.code")
    version = serializers.IntegerField(source="version.number")
    digest = serializers.CharField(source="version.digest")
    effect = serializers.ChoiceField(choices=[str(effect) for effect in documents.Effect])
    missing_attachments = serializers.ListField(child=serializers.CharField())


class DocumentShown(serializers.Serializer):
    document = serializers.DictField()


class AlignedShown(serializers.Serializer):
    digest = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    working = serializers.DictField()


class LoadBody(Body):
    document = serializers.CharField(trim_whitespace=False)
    format = serializers.ChoiceField(choices=["yaml", "json"], default="yaml")


class SignBody(Body):
    digest = serializers.CharField(max_length=64)


class WithdrawBody(Body):
    reason = serializers.CharField(max_length=300)


class Contracts(ListEndpoint):
    """Contracts that the person's organisations are party to."""

    action = "contract.view"
    writes = "contract.load"
    answers = ContractShown
    filters = ContractFilter
    takes = LoadBody
    gives = LoadedShown
    created = CREATED
    what = _("Contracts")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        return listed_contracts(request.user).order_by("code")

    def context(self, request: Request, records: Any) -> dict[str, Any]:
        return {"request": request, "now": timezone.now()}

    @written_once
    def post(self, request: Request) -> Response:
        """Check a document, as text, and keep it as a draft. The same content again changes nothing."""
        wanted = self.body(request)
        loaded = documents.load(
            source=wanted["document"].encode(),
            source_format=wanted["format"],
            actor=request.user,
            now=timezone.now(),
        )
        return self.given(request, loaded)


class OneContract(Endpoint):
    """One contract with the version that stands for it."""

    action = "contract.view"
    answers = ContractShown

    def get(self, request: Request, code: str) -> Response:
        contract = self.visible(request, listed_contracts(request.user), code=code)
        return self.answered(request, contract, now=timezone.now())


class Versions(ListEndpoint):
    """Every version of one contract, the latest first."""

    action = "contract.view"
    answers = VersionShown
    what = _("Versions of a contract")

    def rows(self, request: Request, code: str, **kwargs: Any) -> Any:
        contract = self.visible(request, Contract.objects.visible_to(request.user), code=code)
        return [described(line) for line in version_lines(contract, local_today(contract, timezone.now()))]


class OfVersion(Endpoint):
    """What concerns one version."""

    action = "contract.view"

    def version(self, request: Request, code: str, number: int) -> ContractVersion:
        rows = ContractVersion.objects.visible_to(request.user).select_related(
            "contract__commissioner", "contract__provider"
        )
        found: ContractVersion = self.visible(request, rows, contract__code=code, number=number)
        return found

    def allowed(self, request: Request, code: str, number: int) -> ContractVersion:
        """The version, or 403 where the person may not do the endpoint's action on its contract."""
        found = self.version(request, code, number)
        require(pages_request(request), self.action, found.contract)
        return found

    def told(self, request: Request, version: ContractVersion) -> Response:
        """The version as it stands after a write."""
        lines = version_lines(version.contract, local_today(version.contract, timezone.now()))
        return self.given(request, described(next(line for line in lines if line.number == version.number)))


class OneVersion(OfVersion):
    """One version with its signatures."""

    answers = VersionShown

    def get(self, request: Request, code: str, number: int) -> Response:
        version = self.version(request, code, number)
        lines = version_lines(version.contract, local_today(version.contract, timezone.now()))
        return self.answered(request, described(next(line for line in lines if line.number == number)))


class Document(OfVersion):
    """All terms of one version, as its schema names them."""

    answers = DocumentShown

    def get(self, request: Request, code: str, number: int) -> Response:
        version = self.version(request, code, number)
        access(request).note(verb="export", what=f"{code} {version}, json")
        return self.answered(request, {"document": in_order(version)})


class Sign(OfVersion):
    action = "contract.sign"
    step_up = True
    takes = SignBody
    gives = VersionShown

    @written_once
    def post(self, request: Request, code: str, number: int) -> Response:
        """Sign a draft for the person's organisation. `digest` is that of the text that was read."""
        version = self.allowed(request, code, number)
        wanted = self.body(request)
        signing.sign(version_id=version.pk, actor=request.user, now=timezone.now(), digest=wanted["digest"])
        return self.told(request, version)


class Align(OfVersion):
    action = "contract.align"
    takes = NoBody
    gives = AlignedShown
    created = CREATED

    @written_once
    def post(self, request: Request, code: str, number: int) -> Response:
        """Confirm that funding and the safe operating model agree; the working is kept."""
        version = self.allowed(request, code, number)
        self.body(request)
        return self.given(request, alignment.align(version_id=version.pk, actor=request.user, now=timezone.now()))


class Withdraw(OfVersion):
    action = "contract.load"
    takes = WithdrawBody
    gives = VersionShown

    @written_once
    def post(self, request: Request, code: str, number: int) -> Response:
        """Take back a draft: it stays readable, and nobody can sign it any more."""
        version = self.allowed(request, code, number)
        reason = self.body(request)["reason"]
        documents.withdraw(version_id=version.pk, reason=reason, actor=request.user, now=timezone.now())
        return self.told(request, version)
