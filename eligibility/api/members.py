"""Members as the reader may know them, with what is in force on a day."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Endpoint, ListEndpoint, access
from accounts.api.errors import BadQuery
from eligibility.models import Member
from eligibility.queries.identities import Shown, identified, identity
from eligibility.queries.members import Wanted, contracts_of, in_order, narrowed, rows
from eligibility.queries.profile import Profile, profile, today_in


class CoverageShown(serializers.Serializer):
    """Covered for [starts_on, ends_before)."""

    contract = serializers.SerializerMethodField()
    cohort = serializers.CharField()
    geography = serializers.CharField()
    starts_on = serializers.DateField()
    ends_before = serializers.DateField(allow_null=True)

    def get_contract(self, span: Any) -> str:
        return self.context["contracts"][span.contract_id]


class CoveredShown(serializers.Serializer):
    """Cover under one contract on the day asked for, unbroken `since`, for [starts_on, ends_before) in this group.

    `level` is the one that is paid, and `origin` says whether it was decided, or is the provisional or lapsed one of
    the terms. Care and what is expected follow `care_level`, which stands until the next decision.
    """

    contract = serializers.SerializerMethodField()
    cohort = serializers.CharField(source="span.cohort")
    geography = serializers.CharField(source="span.geography")
    starts_on = serializers.DateField(source="span.starts_on")
    ends_before = serializers.DateField(source="span.ends_before", allow_null=True)
    since = serializers.DateField()
    level = serializers.CharField(allow_null=True)
    origin = serializers.ChoiceField(choices=["decided", "provisional", "lapsed"])
    care_level = serializers.CharField(source="care", allow_null=True)

    def get_contract(self, covered: Any) -> str:
        return self.context["contracts"][covered.span.contract_id]


class CarerShown(serializers.Serializer):
    practitioner = serializers.CharField()
    team = serializers.CharField()


class IdentityShown(serializers.Serializer):
    """What the reader's roles allow: `reference` and `name` are null where they do not."""

    id = serializers.IntegerField(source="shown.member_id")
    member_ref = serializers.CharField(source="shown.code")
    pseudonym = serializers.CharField(source="shown.pseudonym")
    reference = serializers.CharField(source="shown.reference", allow_null=True)
    name = serializers.CharField(source="shown.name", allow_null=True)


class MemberShown(IdentityShown):
    covered = CoveredShown(many=True)
    carer = CarerShown(allow_null=True)


class DemographicsShown(serializers.Serializer):
    birth_date = serializers.DateField(allow_null=True)
    sex = serializers.CharField()
    ethnicity = serializers.CharField()
    language = serializers.CharField()
    disability = serializers.CharField()


class LevelStretch(serializers.Serializer):
    starts_on = serializers.DateField()
    ends_before = serializers.DateField(allow_null=True)
    level = serializers.CharField(allow_null=True)
    origin = serializers.ChoiceField(choices=["decided", "provisional", "lapsed"])


class UnderContractShown(serializers.Serializer):
    """A member's time under one contract: every span, and the level at which each stretch counts."""

    contract = serializers.CharField(source="contract.code")
    covered_since = serializers.DateField(allow_null=True)
    coverage = CoverageShown(many=True)
    levels = LevelStretch(many=True, source="counted")


class MemberDetail(IdentityShown):
    demographics = DemographicsShown(source="shown.demographics", allow_null=True)
    contracts = UnderContractShown(many=True)


class MemberQuery(serializers.Serializer):
    """All of it as it stands on the day `on` (today)."""

    text = serializers.CharField(required=False, help_text=gettext_lazy("Beginning of a name, reference or pseudonym"))
    on = serializers.DateField(required=False)
    contract = serializers.CharField(required=False, help_text=gettext_lazy("Code of a contract"))
    covered = serializers.ChoiceField(choices=["yes", "no"], required=False)
    cohort = serializers.CharField(required=False)
    geography = serializers.CharField(required=False)
    level = serializers.CharField(required=False, help_text=gettext_lazy("A code, or none: no level decided"))
    practitioner = serializers.RegexField(r"^([0-9]{1,18}|none)$", required=False)
    team = serializers.RegexField(r"^([0-9]{1,18}|none)$", required=False)


class Members(ListEndpoint):
    """Members whom the person may see, with what is in force on the day asked for."""

    action = "member.view"
    answers = MemberShown
    query = MemberQuery
    what = gettext_lazy("Members")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        contracts = {one.code: one for one in contracts_of(request.user)}
        asked = self.asked(request)
        self.on = asked.pop("on", None) or today_in(list(contracts.values())[:1], timezone.now())
        self.codes = {one.pk: code for code, one in contracts.items()}
        code = asked.pop("contract", None)
        if code is not None and code not in contracts:
            fields = {"contract": [_("You see no members under this contract.")]}
            raise BadQuery(_("A parameter of the address cannot be used."), sorted(self.known_parameters()), fields)
        wanted = Wanted(on=self.on, contract_id=contracts[code].pk if code else None, **asked)
        visible = Member.objects.visible_to(request.user)
        return in_order(request.user, narrowed(request.user, visible, wanted), "code")

    def shown(self, request: Request, records: Sequence[Any], **kwargs: Any) -> Sequence[Any]:
        found = rows(request.user, records, self.on)
        return MemberShown(found, many=True, context={"contracts": self.codes}).data

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, records)


class OneMember(Endpoint):
    """One member: who they are as far as the reader may know, and their time under each contract."""

    action = "member.view"
    answers = MemberDetail

    def get(self, request: Request, pk: int) -> Response:
        member = self.visible(request, Member.objects.visible_to(request.user), pk=pk)
        access(request).note(verb="view", what=_("Member page"), members=[member.pk])
        found = profile(request.user, member, timezone.now())
        return self.answered(
            request,
            {"shown": _shown(request, member), "contracts": found.contracts},
            contracts=_codes(found),
        )


def _shown(request: Request, member: Member) -> Shown:
    return identity(request.user, [member])[member.pk]


def _codes(found: Profile) -> dict[int, str]:
    return {under.contract.pk: under.contract.code for under in found.contracts}
