"""Decisions in figures and the second look, for programs."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, access, pages_request, written_once
from accounts.api.errors import BadQuery
from accounts.api.fields import MonthField
from accounts.doors import require
from accounts.permissions import may_on
from authorizations.filters import SecondLookFilter
from authorizations.models import Decision, LookedOutcome, SecondLook
from authorizations.operations import second_looks
from authorizations.queries import standing
from authorizations.queries.second_looks import agreement_by_team
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from contracts.queries.versions import local_today


class ShareShown(serializers.Serializer):
    """A share of `of`, with its 95% interval; empty where there is nothing to take a share of."""

    number = serializers.IntegerField()
    of = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class FiguresOfLine(serializers.Serializer):
    """The decisions of one slice. Hours run from receipt to decision."""

    decided = serializers.IntegerField()
    approved = serializers.IntegerField()
    changed = serializers.IntegerField()
    denied = serializers.IntegerField()
    automatic = serializers.IntegerField()
    after_extension = serializers.IntegerField()
    on_reconsideration = serializers.IntegerField()
    approval = ShareShown()
    in_time = ShareShown()
    mean_hours = serializers.FloatField(allow_null=True)
    median_hours = serializers.FloatField(allow_null=True)


class KindLine(serializers.Serializer):
    kind = serializers.CharField()
    urgency = serializers.CharField()
    line = FiguresOfLine()


class TeamLine(serializers.Serializer):
    team = serializers.CharField(allow_blank=True)
    line = FiguresOfLine()


class EscalatingShown(serializers.Serializer):
    """Days from the first trigger that the record met: to the request, and to the decision."""

    upgrades = serializers.IntegerField()
    dated = serializers.IntegerField()
    median_days_to_request = serializers.FloatField(allow_null=True)
    median_days_to_decision = serializers.FloatField(allow_null=True)


class BunchingShown(serializers.Serializer):
    share = ShareShown()
    by_chance = serializers.FloatField()


class LevelsOfTeam(serializers.Serializer):
    """Covered members by the level decided for the day; `team` is empty for those with none."""

    team = serializers.CharField(allow_blank=True)
    members = serializers.IntegerField()
    shares = serializers.DictField(child=ShareShown(), help_text=gettext_lazy("By level"))


class AgreementOfTeam(serializers.Serializer):
    """Second looks of the period's months, and how they differ from what was decided first."""

    team = serializers.CharField(allow_blank=True)
    share = ShareShown()
    approved_denied = serializers.IntegerField()
    denied_approved = serializers.IntegerField()
    another_level = serializers.IntegerField()
    waiting = serializers.IntegerField()


class StandingShown(serializers.Serializer):
    """Both days belong to the period; `left_out` were voided or superseded. Levels as they stand on `levels_on`."""

    contract = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    left_out = serializers.IntegerField()
    all = FiguresOfLine()
    kinds = KindLine(many=True)
    teams = TeamLine(many=True)
    escalating = EscalatingShown()
    bunching = BunchingShown(allow_null=True)
    levels_on = serializers.DateField()
    levels = LevelsOfTeam(many=True)
    agreement = AgreementOfTeam(many=True)


class StandingQuery(serializers.Serializer):
    """Days of decision, in the contract's timezone; both belong to the period."""

    first_day = serializers.DateField()
    last_day = serializers.DateField(help_text=gettext_lazy("No earlier than the first day"))


class Standing(Endpoint):
    """Decisions in figures, of one contract and period."""

    action = "standing.view"
    answers = StandingShown
    query = StandingQuery

    def get(self, request: Request, code: str) -> Response:
        contract: Contract = self.visible(request, Contract.objects.visible_to(request.user), code=code)
        require(pages_request(request), "standing.view", contract)
        asked = self.asked(request)
        first, last = asked["first_day"], asked["last_day"]
        if last < first or last.year > 9000:
            fields = {"last_day": [_("The last day lies before the first, or beyond every contract.")]}
            raise BadQuery(_("A parameter of the address cannot be used."), sorted(self.known_parameters()), fields)
        before = last.fromordinal(last.toordinal() + 1)
        visible = Decision.objects.visible_to(request.user)
        entries = standing.decided(visible, contract, first, before)
        lines = standing.lines(entries)
        on = min(local_today(contract, timezone.now()), before)
        signed = signed_terms(contract.pk)
        levels = [level.code for level in signed.latest.document.levels] if signed else []
        looks = SecondLook.objects.visible_to(request.user).filter(
            contract=contract, round__month__gte=first, round__month__lt=before
        )
        return self.answered(
            request,
            {
                "contract": contract.code,
                "first_day": first,
                "last_day": last,
                "left_out": standing.left_out(visible, contract, first, before),
                "all": lines.total,
                "kinds": [{"kind": one.key[0], "urgency": one.key[1], "line": one.line} for one in lines.kinds],
                "teams": [{"team": one.key[0], "line": one.line} for one in lines.teams],
                "escalating": standing.escalating(entries, contract),
                "bunching": standing.bunched(entries, contract),
                "levels_on": on,
                "levels": standing.level_mix(contract, on, levels),
                "agreement": agreement_by_team(looks),
            },
        )


class SecondLookShown(serializers.Serializer):
    """One drawn case, without the person. `first_*` are empty until the second look is given."""

    id = serializers.IntegerField()
    contract = serializers.CharField(source="contract.code")
    month = MonthField(source="round.month")
    position = serializers.IntegerField()
    request_kind = serializers.CharField(source="decision.request_kind")
    service = serializers.CharField(source="decision.service")
    current_level = serializers.CharField(source="decision.current_level")
    assessed_level = serializers.CharField(source="decision.assessed_level")
    requested_level = serializers.CharField(source="decision.requested_level")
    outcome = serializers.CharField(allow_blank=True)
    level = serializers.CharField(allow_blank=True)
    rationale = serializers.SerializerMethodField()
    looked_at = serializers.DateTimeField(allow_null=True)
    reviewer = serializers.CharField(source="reviewer.name", default="")
    agrees = serializers.BooleanField(allow_null=True)
    first_outcome = serializers.SerializerMethodField()
    first_level = serializers.SerializerMethodField()

    def get_rationale(self, case: SecondLook) -> str:
        """Clinical text: for the care team and clinical leads."""
        return case.rationale if may_on(self.context["request"].user, "clinical.view", case.contract) else ""

    def get_first_outcome(self, case: SecondLook) -> str:
        return case.decision.outcome if case.looked_at else ""

    def get_first_level(self, case: SecondLook) -> str:
        return case.decision.level if case.looked_at else ""


class CaseShown(SecondLookShown):
    """With what lay before the decision: clinical text for those who read it, and no name of a file."""

    urgency = serializers.CharField(source="decision.urgency")
    units = serializers.DecimalField(
        source="decision.requested_units", max_digits=14, decimal_places=4, allow_null=True
    )
    starts_on = serializers.DateField(source="decision.request.starts_on")
    ends_before = serializers.DateField(source="decision.request.ends_before", allow_null=True)
    received_at = serializers.DateTimeField(source="decision.received_at")
    grounds = serializers.SerializerMethodField()
    difference_text = serializers.SerializerMethodField()
    triggers = serializers.SerializerMethodField()
    questions = serializers.SerializerMethodField()
    score = serializers.SerializerMethodField()

    def _reads(self, case: SecondLook) -> bool:
        return may_on(self.context["request"].user, "clinical.view", case.contract)

    def get_grounds(self, case: SecondLook) -> str:
        return case.decision.request.grounds if self._reads(case) else ""

    def get_difference_text(self, case: SecondLook) -> str:
        return case.decision.request.difference_text if self._reads(case) else ""

    def get_triggers(self, case: SecondLook) -> list[dict[str, Any]]:
        told = ("code", "met", "attested", "needed", "found", "since")
        reads = self._reads(case)
        return [
            {**{name: one.get(name) for name in told}, "text": one.get("text", "") if reads else ""}
            for one in case.decision.working.get("triggers", [])
        ]

    def get_questions(self, case: SecondLook) -> list[dict[str, str]]:
        asked = case.decision.working.get("questions", []) if self._reads(case) else []
        return [{"text": one["text"], "answer": one["answer"]} for one in asked]

    def get_score(self, case: SecondLook) -> int | None:
        return (case.decision.working.get("assessment") or {}).get("score")


class SecondLooks(ListEndpoint):
    """Drawn cases, the latest month first."""

    action = "second_look.view"
    answers = SecondLookShown
    filters = SecondLookFilter
    what = gettext_lazy("Second looks")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        return _cases(request).order_by("-round__month", "contract__code", "position", "pk")


class LookBody(Body):
    """`level` is named when a level is approved, and only then."""

    outcome = serializers.ChoiceField(choices=LookedOutcome.choices)
    level = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)
    rationale = serializers.CharField(max_length=4000)


class OneSecondLook(Endpoint):
    """One case: read it, and give the second look."""

    action = "second_look.view"
    writes = "second_look.give"
    answers = CaseShown
    takes = LookBody
    gives = CaseShown

    def get(self, request: Request, pk: int) -> Response:
        case = self.visible(request, _cases(request), pk=pk)
        access(request).note(verb="view", what=_("Second look, without identity"), members=[case.decision.member_id])
        return self.answered(request, case)

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Decide the case again. The answer stays as it is given."""
        case = self.visible(request, _cases(request), pk=pk)
        require(pages_request(request), "second_look.give", case.contract)
        second_looks.look(second_look_id=case.pk, actor=request.user, now=timezone.now(), **self.body(request))
        return self.given(request, _cases(request).get(pk=case.pk))


def _cases(request: Request) -> Any:
    return SecondLook.objects.visible_to(request.user).select_related(
        "contract", "round", "reviewer", "decision__request"
    )
