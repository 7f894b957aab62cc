"""The register and episodes, for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, access, pages_request, written_once
from accounts.api.fields import ExactField
from accounts.doors import require
from accounts.permissions import may_on
from authorizations.api.bodies import VerdictBody
from authorizations.api.shown import EntryShown
from authorizations.models import Decision, Episode, Outcome, RequestKind
from authorizations.operations import corrections
from authorizations.operations.episode_ends import end_early
from authorizations.operations.verdicts import Verdict
from authorizations.queries.episodes import drawn_down, episodes, number_of, over_on
from authorizations.queries.register import register, shown_entry
from blended_pilot.kernel.periods import DAY
from eligibility.queries.identities import identified, identity

REASON_LONGEST = 2000


class EntryOfRegister(EntryShown):
    """`ends_before` is the day after the last one. `replaced_by` is the number of the entry that took its place."""

    contract = serializers.CharField(source="contract.code")
    member = serializers.IntegerField(source="member_id")
    member_ref = serializers.SerializerMethodField()
    request = serializers.IntegerField(source="request_id")
    request_kind = serializers.ChoiceField(choices=RequestKind.choices)
    replaced_by = serializers.IntegerField(source="replaced_no", allow_null=True)
    seal = serializers.IntegerField(source="seal_no", allow_null=True)

    def get_member_ref(self, entry: Decision) -> str:
        return identity(self.context["request"].user, [entry.member])[entry.member_id].code


class OneEntryShown(EntryOfRegister):
    """With the rationale, for those who may read it, and what proves the entry: SHA-256 as it stands and as sealed."""

    necessity = serializers.SerializerMethodField()
    risk = serializers.SerializerMethodField()
    criteria = serializers.SerializerMethodField()
    digest = serializers.SerializerMethodField()
    sealed_digest = serializers.SerializerMethodField()
    head = serializers.SerializerMethodField()

    def get_necessity(self, entry: Decision) -> str | None:
        return self._clinical(entry, entry.necessity)

    def get_risk(self, entry: Decision) -> str | None:
        return self._clinical(entry, entry.risk)

    def get_criteria(self, entry: Decision) -> str | None:
        return self._clinical(entry, entry.criteria)

    def get_digest(self, entry: Decision) -> str:
        return str(self.context["shown"].digest)

    def get_sealed_digest(self, entry: Decision) -> str | None:
        held = self.context["shown"].held
        return held.digest if held else None

    def get_head(self, entry: Decision) -> str | None:
        head = self.context["shown"].head
        return head.digest if head else None

    def _clinical(self, entry: Decision, text: str) -> str | None:
        return text if may_on(self.context["request"].user, "clinical.view", entry.contract) else None


class RegisterQuery(serializers.Serializer):
    contract = serializers.CharField(required=False, help_text=gettext_lazy("Code of a contract"))
    outcome = serializers.ChoiceField(choices=Outcome.choices, required=False)
    request_kind = serializers.ChoiceField(choices=RequestKind.choices, required=False)
    member = serializers.IntegerField(required=False, min_value=1, max_value=2**62)


class Entries(ListEndpoint):
    """Every entry of the registers, the latest first."""

    action = "register.view"
    answers = EntryOfRegister
    query = RegisterQuery
    what = gettext_lazy("Register of decisions")

    def rows(self, request: HttpRequest, **kwargs: Any) -> Any:
        found = register().filter(pk__in=Decision.objects.visible_to(request.user)).order_by("-decided_at", "-pk")
        asked = self.asked(request)
        member = asked.pop("member", None)
        if member is not None:  # under whose reference it was decided, and as whom they live on
            found = found.filter(Q(member=member) | Q(request__member=member))
        return found.filter(**_asked(asked))

    def identified(self, request: HttpRequest, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [record.member for record in records])


class OfEntry(Endpoint):
    def entry(self, request: HttpRequest, pk: int) -> Decision:
        rows = register().filter(pk__in=Decision.objects.visible_to(request.user))
        rows = rows.select_related("replaces", "requested_by", "contract__provider")
        found: Decision = self.visible(request, rows, pk=pk)
        return found

    def told(self, request: HttpRequest, pk: int) -> Response:
        entry = self.entry(request, pk)
        shown = identity(request.user, [entry.member])[entry.member_id]
        if shown.identified:
            access(request).note(verb="view", what=_("Decision"), members=[entry.member_id])
        context = {"request": request, "shown": shown_entry(entry)}
        return Response(OneEntryShown(entry, context=context).data)


class OneEntry(OfEntry):
    """One entry with what proves it."""

    action = "register.view"
    answers = OneEntryShown

    def get(self, request: HttpRequest, pk: int) -> Response:
        return self.told(request, pk)


class SupersedeBody(VerdictBody):
    """What should have been decided, and what was wrong with what was."""

    reason = serializers.CharField(max_length=REASON_LONGEST)


class Supersede(OfEntry):
    action = "register.correct"
    takes = SupersedeBody
    gives = OneEntryShown

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Enter what should have been decided, in the place of a wrong entry. By a second clinical lead."""
        require(pages_request(request), "register.correct", self.entry(request, pk).contract)
        given = self.body(request)
        reason = given.pop("reason")
        entry = corrections.supersede(
            entry_id=pk, verdict=Verdict(**given), reason=reason, actor=request.user, now=timezone.now()
        )
        return self.told(request, entry.pk)


class VoidBody(Body):
    reason = serializers.CharField(max_length=REASON_LONGEST)


class Void(OfEntry):
    action = "register.correct"
    takes = VoidBody
    gives = OneEntryShown

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Say that an entry should not have been made. By a second clinical lead."""
        require(pages_request(request), "register.correct", self.entry(request, pk).contract)
        reason = self.body(request)["reason"]
        entry = corrections.void(entry_id=pk, reason=reason, actor=request.user, now=timezone.now())
        return self.told(request, entry.pk)


class EpisodeShown(serializers.Serializer):
    """An episode with what was delivered on it. `last_day` is that of an early end where there was one."""

    id = serializers.IntegerField()
    number = serializers.SerializerMethodField()
    contract = serializers.CharField(source="contract.code")
    member = serializers.IntegerField(source="member_id")
    member_ref = serializers.SerializerMethodField()
    service = serializers.CharField()
    starts_on = serializers.DateField()
    last_day = serializers.SerializerMethodField()
    ended_early = serializers.SerializerMethodField()
    units = ExactField()
    delivered = serializers.SerializerMethodField()
    left = serializers.SerializerMethodField()
    source = serializers.CharField()
    decision = serializers.IntegerField(source="decision_id", allow_null=True)
    decided_on = serializers.DateField()
    decided_by = serializers.CharField()

    def get_number(self, episode: Episode) -> str:
        return number_of(episode)

    def get_member_ref(self, episode: Episode) -> str:
        return identity(self.context["request"].user, [episode.member])[episode.member_id].code

    def get_last_day(self, episode: Episode) -> str:
        return (over_on(episode) - DAY).isoformat()

    def get_ended_early(self, episode: Episode) -> bool:
        return episode.ended_early_on is not None

    def get_delivered(self, episode: Episode) -> str:
        return f"{self.context['drawn'][episode.pk].used.normalize():f}"

    def get_left(self, episode: Episode) -> str:
        return f"{self.context['drawn'][episode.pk].left.normalize():f}"


class EpisodeQuery(serializers.Serializer):
    contract = serializers.CharField(required=False, help_text=gettext_lazy("Code of a contract"))
    service = serializers.CharField(required=False)
    member = serializers.IntegerField(required=False, min_value=1, max_value=2**62)


class Episodes(ListEndpoint):
    """Every authorised episode, the latest first."""

    action = "episode.view"
    answers = EpisodeShown
    query = EpisodeQuery
    what = gettext_lazy("Episodes")

    def rows(self, request: HttpRequest, **kwargs: Any) -> Any:
        found = episodes().filter(pk__in=Episode.objects.visible_to(request.user)).order_by("-starts_on", "-pk")
        return found.filter(**_asked(self.asked(request)))

    def context(self, request: HttpRequest, records: Sequence[Any]) -> dict[str, Any]:
        return {"request": request, "drawn": drawn_down(records)}

    def identified(self, request: HttpRequest, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [record.member for record in records])


class _OfEpisode(Endpoint):
    def episode(self, request: HttpRequest, pk: int) -> Episode:
        found: Episode = self.visible(
            request, episodes().filter(pk__in=Episode.objects.visible_to(request.user)), pk=pk
        )
        return found

    def told(self, request: HttpRequest, pk: int) -> Response:
        episode = self.episode(request, pk)
        if identity(request.user, [episode.member])[episode.member_id].identified:
            access(request).note(verb="view", what=_("Episode"), members=[episode.member_id])
        return Response(EpisodeShown(episode, context={"request": request, "drawn": drawn_down([episode])}).data)


class OneEpisode(_OfEpisode):
    """One episode."""

    action = "episode.view"
    answers = EpisodeShown

    def get(self, request: HttpRequest, pk: int) -> Response:
        return self.told(request, pk)


class EndBody(Body):
    """`last_day` null: the episode should never have begun."""

    last_day = serializers.DateField(allow_null=True)
    reason = serializers.CharField(max_length=300)


class EndEarly(_OfEpisode):
    action = "episode.end"
    takes = EndBody
    gives = EpisodeShown

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Cut the window of an episode after its last day. Work after it is no longer authorised."""
        require(pages_request(request), "episode.end", self.episode(request, pk).contract)
        end_early(episode_id=pk, **self.body(request), actor=request.user, now=timezone.now())
        return self.told(request, pk)


def _asked(wanted: dict[str, Any]) -> dict[str, Any]:
    return {"contract__code" if name == "contract" else name: value for name, value in wanted.items()}
