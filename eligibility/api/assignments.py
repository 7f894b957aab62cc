"""Who looks after a member: read, assign, arrange cover, end and take back."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, Endpoint, ListEndpoint, access, pages_request, written_once
from accounts.doors import require_at
from accounts.permissions import sides
from eligibility.models import Assignment, AssignmentKind, Member, Practitioner, Team
from eligibility.operations import assignments as operations
from eligibility.queries.assignments import of_member

CREATED = 201


class AssignmentShown(serializers.Serializer):
    """Looked after by a practitioner, a team or both, for [starts_on, ends_before)."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=AssignmentKind.choices)
    practitioner = serializers.SerializerMethodField()
    practitioner_ref = serializers.CharField(source="practitioner.reference", default=None, allow_null=True)
    team = serializers.CharField(source="team.name", default=None, allow_null=True)
    starts_on = serializers.DateField()
    ends_before = serializers.DateField(allow_null=True)

    def get_practitioner(self, row: Any) -> str | None:
        return str(row.practitioner) if row.practitioner else None


class AssignBody(Body):
    """A lead from a day on, or (`ends_before` given) somebody who stands in beside the lead until then."""

    practitioner_ref = serializers.CharField(max_length=100, required=False)
    team = serializers.CharField(max_length=100, required=False)
    starts_on = serializers.DateField()
    ends_before = serializers.DateField(required=False)
    reason = serializers.CharField(max_length=300)

    def validate(self, body: dict[str, Any]) -> dict[str, Any]:
        ends: date | None = body.get("ends_before")
        if ends is not None and ends <= body["starts_on"]:
            raise serializers.ValidationError({"ends_before": [_("It cannot end before it starts.")]})
        if ends is not None and "practitioner_ref" not in body:
            raise serializers.ValidationError({"practitioner_ref": [_("Cover names who stands in.")]})
        return body


class EndBody(Body):
    ends_before = serializers.DateField()
    reason = serializers.CharField(max_length=300)


class TakeBackBody(Body):
    reopen = serializers.BooleanField(
        default=False, help_text=gettext_lazy("Let the assignment before it go on where this one began")
    )
    reason = serializers.CharField(max_length=300)


class Assignments(ListEndpoint):
    """Everybody who looked, looks or will look after one member."""

    action = "team.view"
    writes = "member.assign"
    answers = AssignmentShown
    takes = AssignBody
    gives = AssignmentShown
    created = CREATED
    what = gettext_lazy("Assignments of a member")

    def rows(self, request: Request, pk: int, **kwargs: Any) -> Any:
        self.member = self.visible(request, Member.objects.visible_to(request.user), pk=pk)
        where = sides(request.user, "team.view")
        if self.member.organisation_id not in where.provider and not where.commissioner:
            raise Http404  # who works for a provider is not the other side's to see
        found = of_member(self.member.pk)
        return found.filter(pk__in=found.model.objects.visible_to(request.user).values("pk"))

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        return [self.member.pk]  # their history of care is theirs, whatever name stands beside it

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Make somebody the lead from a day on, which ends the lead before; with `ends_before`, arrange cover."""
        member = self.visible(request, Member.objects.visible_to(request.user), pk=pk)
        require_at(pages_request(request), "member.assign", member.organisation_id)
        wanted = self.body(request)
        access(request).note(verb="view", what=str(self.what), members=[member.pk])
        chosen = {
            "member_id": member.pk,
            "practitioner_id": _colleague(request, member, wanted.get("practitioner_ref")),
            "team_id": _team(request, member, wanted.get("team")),
            "starts_on": wanted["starts_on"],
            "reason": wanted["reason"],
            "actor": request.user,
            "now": timezone.now(),
        }
        if "ends_before" in wanted:
            made = operations.cover(**chosen, ends_before=wanted["ends_before"])
        else:
            made = operations.assign(**chosen)
        return self.given(request, made)


def _colleague(request: Request, member: Member, reference: str | None) -> int | None:
    rows = Practitioner.objects.visible_to(request.user).filter(organisation=member.organisation_id)
    return _named(rows.filter(reference=reference), "practitioner_ref", reference)


def _team(request: Request, member: Member, name: str | None) -> int | None:
    rows = Team.objects.visible_to(request.user).filter(organisation=member.organisation_id)
    return _named(rows.filter(name=name), "team", name)


def _named(rows: Any, field: str, name: str | None) -> int | None:
    """The id of the one row, None where the body names none. Raises ValidationError where there is none of the name."""
    if name is None:
        return None
    found: int | None = rows.values_list("pk", flat=True).first()
    if found is None:
        raise serializers.ValidationError({field: [_("The member's provider has none of this name.")]})
    return found


class OfAssignment(Endpoint):
    """What concerns one assignment."""

    action = "member.assign"

    def assignment(self, request: Request, pk: int) -> Assignment:
        rows = Assignment.objects.visible_to(request.user).select_related("member", "practitioner", "team")
        found: Assignment = self.visible(request, rows, pk=pk)
        require_at(pages_request(request), self.action, found.organisation_id)
        access(request).note(verb="view", what=_("Assignment of a member"), members=[found.member_id])
        return found


class EndAssignment(OfAssignment):
    takes = EndBody
    gives = AssignmentShown

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Let it end; `ends_before` is the first day that is not covered by it any more."""
        found = self.assignment(request, pk)
        ended = operations.end_assignment(
            assignment_id=found.pk, **self.body(request), actor=request.user, now=timezone.now()
        )
        return self.given(request, ended)


class Withdrawn(serializers.Serializer):
    id = serializers.IntegerField()
    withdrawn = serializers.BooleanField()


class WithdrawAssignment(OfAssignment):
    takes = TakeBackBody
    gives = Withdrawn

    @written_once
    def post(self, request: Request, pk: int) -> Response:
        """Take back a mistake, as if it had never been. Its history stays."""
        found = self.assignment(request, pk)
        operations.withdraw_assignment(
            assignment_id=found.pk, **self.body(request), actor=request.user, now=timezone.now()
        )
        return self.given(request, {"id": pk, "withdrawn": True})
