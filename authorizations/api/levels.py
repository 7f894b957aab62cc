"""Levels that need a decision, and members for whom nobody has asked, for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, access, pages_request, written_once
from accounts.doors import require
from authorizations.api.shown import LevelShown, MissedShown
from authorizations.models import MissedEscalation
from authorizations.operations import missed as operations
from authorizations.queries import levels as queries
from eligibility.queries.identities import identified
from eligibility.queries.members import contracts_of
from eligibility.queries.profile import today_in


class _Levels(ListEndpoint):
    action = "request.view"
    answers = LevelShown
    what = gettext_lazy("Levels to decide")

    def identified(self, request: HttpRequest, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [record.member for record in records])

    def today(self, request: HttpRequest) -> Any:
        return today_in(list(contracts_of(request.user)[:1]), timezone.now())


class ReviewDue(_Levels):
    """Levels in force whose review is due, or that end within two weeks."""

    def rows(self, request: HttpRequest, **kwargs: Any) -> Any:
        return queries.review_due(request.user, self.today(request))


class Lapsed(_Levels):
    """Levels that have ended without a decision: an overdue decision each."""

    def rows(self, request: HttpRequest, **kwargs: Any) -> Any:
        return queries.lapsed(request.user, self.today(request))


class MissedEscalations(ListEndpoint):
    """Members whose record meets a trigger and for whom nobody has asked, the longest waiting first."""

    action = "escalation.missed"
    answers = MissedShown
    what = gettext_lazy("Missed escalations")

    def rows(self, request: HttpRequest, **kwargs: Any) -> Any:
        open_ones = MissedEscalation.objects.visible_to(request.user).filter(ended_at=None)
        return open_ones.select_related("contract", "member").order_by("first_met_on", "pk")

    def identified(self, request: HttpRequest, records: Sequence[Any]) -> Iterable[int]:
        return identified(request.user, [record.member for record in records])


class SetAsideBody(Body):
    reason = serializers.CharField(max_length=300)


class SetAside(Endpoint):
    action = "escalation.set_aside"
    takes = SetAsideBody
    gives = MissedShown

    @written_once
    def post(self, request: HttpRequest, pk: int) -> Response:
        """Say why nobody needs to ask for more. It comes back when newer facts meet a trigger."""
        rows = MissedEscalation.objects.visible_to(request.user).select_related("contract", "member")
        found = self.visible(request, rows, pk=pk)
        require(pages_request(request), self.action, found.contract)
        reason = self.body(request)["reason"]
        operations.set_aside(missed_id=pk, reason=reason, actor=request.user, now=timezone.now())
        seen = identified(request.user, [found.member])
        access(request).note(verb="view", what=_("Missed escalation"), members=seen)
        return self.given(request, rows.get(pk=pk))
