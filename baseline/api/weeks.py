"""The weekly review for programs: the week of a team, who stands out, what was noted, and the two signatures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Endpoint, ListEndpoint, access, pages_request, written_once
from accounts.doors import require
from accounts.permissions import may_on, sides
from baseline.api.care import AboutMembers, id_of
from baseline.api.weeks_shown import (
    CaseloadShown,
    EpisodicQuery,
    EpisodicShown,
    MemberOfWeekShown,
    MembersQuery,
    MissingQuery,
    MissingWeekShown,
    NoteBody,
    NoteShown,
    NotesQuery,
    WeekShown,
    WeekSignatureShown,
    WeekSignBody,
)
from baseline.filters.reviews import MATCHES
from baseline.models import ReviewNote, SignedPart
from baseline.operations import reviews as operations
from baseline.queries import reviews as queries
from baseline.queries.caseload import OfMember, week
from baseline.rules.weeks import has_ended, parse_week
from contracts.models import Contract
from eligibility.models import Member
from eligibility.queries.identities import identity, identity_of

CREATED = 201


@dataclass(frozen=True)
class Where:
    """The week of a team that an address names."""

    contract: Contract
    monday: date
    team: int
    team_name: str
    today: date

    @property
    def ended(self) -> bool:
        return has_ended(self.monday, self.today)

    @property
    def key(self) -> dict[str, Any]:
        """As the operations take it."""
        return {"contract_id": self.contract.pk, "team": self.team, "monday": self.monday}


def contract_reviewed(view: Endpoint, request: Request, code: str) -> Contract:
    rows = Contract.objects.filter(sides(request.user, "caseload.view").of_contract())
    found: Contract = view.visible(request, rows, code=code)
    return found


class OfWeek(Endpoint):
    """What concerns one week of one team. 404 for a day that begins no week, and for somebody else's team."""

    action = "caseload.view"

    def where(self, request: Request, code: str, monday: str, team: int) -> Where:
        contract = contract_reviewed(self, request, code)
        try:
            day = parse_week(monday)
        except ValueError:
            raise Http404 from None
        teams = queries.teams_of(contract)
        if team not in teams:
            raise Http404
        return Where(contract, day, team, teams[team], queries.local_today(contract, timezone.now()))

    def allowed(self, request: Request, code: str, monday: str, team: int) -> Where:
        """The week, for somebody who may do to it what posting here does."""
        where = self.where(request, code, monday, team)
        require(pages_request(request), self.action_of("POST"), where.contract)
        return where

    def not_past(self, where: Where, day: date | None) -> None:
        if day is not None and day < where.today:
            raise serializers.ValidationError({"due_on": [_("This day has passed.")]})


class CaseloadOfWeek(OfWeek):
    """The figures of the week that begins on a Monday, for one team (0: members without a team)."""

    answers = CaseloadShown

    def get(self, request: Request, code: str, monday: str, team: int) -> Response:
        where = self.where(request, code, monday, team)
        shown = week(where.contract, where.monday, team=team, each_member=False, today=where.today)
        review = queries.review_of(where.contract, team, where.monday)
        return self.answered(request, shown, signed=list(queries.signed(review)))


class Week(OfWeek):
    """One week of one team (0: members without a team): figures, and the two parts with the digests to sign."""

    answers = WeekShown

    def get(self, request: Request, code: str, monday: str, team: int) -> Response:
        where = self.where(request, code, monday, team)
        contract = where.contract
        shown = week(contract, where.monday, team=team, today=where.today)
        records = queries.episodic_records(contract, where.monday, team)
        review = queries.review_of(contract, team, where.monday)
        signed = queries.signed(review)
        parts = [
            _part(
                contract,
                SignedPart.CASELOAD,
                queries.caseload_statement(shown),
                queries.caseload_content(shown),
                signed,
            ),
            _part(
                contract,
                SignedPart.BILLING,
                queries.billing_statement(records),
                queries.billing_content(records),
                signed,
            ),
        ]
        left = len(queries.still_to_look_at(review, shown))
        return self.answered(request, shown, where=where, signed=list(signed), left=left, parts=parts)


def _part(
    contract: Contract, part: SignedPart, statement: str, content: list[dict[str, Any]], signed: Mapping[str, Any]
) -> dict[str, Any]:
    signature = signed.get(part)
    return {
        "part": part,
        "statement": statement,
        "digest": queries.digest_of(content),
        "signature": signature,
        "differences": queries.differences(contract, part, signature.content, content) if signature else [],
    }


@dataclass(frozen=True)
class _Reviewed:
    figures: OfMember
    looked_at: bool

    @property
    def member_id(self) -> int:
        return self.figures.member_id

    @property
    def package(self) -> list[dict[str, Any]]:
        rows = sorted(self.figures.package.items())
        return [{"service": code, "expected": expected, "delivered": done} for code, (expected, done) in rows]


class OfItsMembers(ListEndpoint, OfWeek):
    """Rows that name a member by `member_id` only."""

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        return {"identities": identity_of(request.user, [one.member_id for one in records])}

    def identified(self, request: Request, records: Sequence[Any]) -> Iterable[int]:
        shown = identity_of(request.user, [one.member_id for one in records])
        return [pk for pk, one in shown.items() if one.identified]


class MembersOfWeek(OfItsMembers):
    """Whoever is in the caseload, one by one, with the figures that the week adds up."""

    answers = MemberOfWeekShown
    query = MembersQuery
    what = gettext_lazy("Caseload of a week")

    def rows(self, request: Request, code: str, monday: str, team: int, **kwargs: Any) -> Any:
        where = self.where(request, code, monday, team)
        asked = self.asked(request)
        noted = asked.pop("looked_at", None)
        seen = queries.looked_at(queries.review_of(where.contract, team, where.monday))
        figures = week(where.contract, where.monday, team=team, today=where.today).members
        everybody = Member.objects.visible_to(request.user).filter(pk__in=[one.member_id for one in figures])
        visible = set(everybody.values_list("pk", flat=True))
        return [
            _Reviewed(one, one.member_id in seen)
            for one in figures
            if one.member_id in visible
            and all(MATCHES[name](one, value) for name, value in asked.items())
            and noted in (None, "yes" if one.member_id in seen else "no")
        ]


class EpisodicOfWeek(OfItsMembers):
    """Every episodic record of the week, with what stands against paying for it."""

    answers = EpisodicShown
    query = EpisodicQuery
    what = gettext_lazy("Episodic records of a week")

    def rows(self, request: Request, code: str, monday: str, team: int, **kwargs: Any) -> Any:
        where = self.where(request, code, monday, team)
        wanted = self.asked(request).get("faults")
        found = queries.episodic_records(where.contract, where.monday, team)
        return [one for one in found if wanted in (None, "yes" if one.faults else "no")]


class Notes(AboutMembers, OfWeek):
    """What was noted in the review of the week, the first first."""

    writes = "caseload.review"
    answers = NoteShown
    query = NotesQuery
    takes = NoteBody
    gives = NoteShown
    created = CREATED
    what = gettext_lazy("Notes of a weekly review")

    def rows(self, request: Request, code: str, monday: str, team: int, **kwargs: Any) -> Any:
        where = self.where(request, code, monday, team)
        theirs = ReviewNote.objects.visible_to(request.user).filter(
            review__contract=where.contract, review__team=team or None, review__week=where.monday, **self.asked(request)
        )
        return theirs.select_related("member", "noted_by", "review__contract").order_by("noted_at", "pk")

    def context(self, request: Request, records: Sequence[Any]) -> dict[str, Any]:
        clinical = bool(records) and may_on(request.user, "clinical.view", records[0].review.contract)
        return {**super().context(request, records), "clinical": clinical}

    @written_once
    def post(self, request: Request, code: str, monday: str, team: int) -> Response:
        """Say what was found about a member who stands out and, with `action`, who does what: both or neither."""
        where = self.allowed(request, code, monday, team)
        said = self.body(request)
        self.not_past(where, said["due_on"])
        member = self.visible(request, Member.objects.visible_to(request.user), pk=said["member"])
        made = operations.look_at(
            **where.key,
            member_id=member.pk,
            text=said["text"],
            action=said["action"],
            owner_id=id_of(said["owner"]) if said["owner"] else None,
            due_on=said["due_on"],
            actor=request.user,
            now=timezone.now(),
        )
        access(request).note(verb="view", what=_("Weekly review of a member"), members=[member.pk])
        clinical = may_on(request.user, "clinical.view", where.contract)
        return self.given(request, made, identities=identity(request.user, [member]), clinical=clinical)


class SignCaseload(OfWeek):
    action = "caseload.sign"
    step_up = True
    takes = WeekSignBody
    gives = WeekSignatureShown
    created = CREATED

    @written_once
    def post(self, request: Request, code: str, monday: str, team: int) -> Response:
        """Sign that the caseload was reviewed: the digest is that of the part as it was read."""
        where = self.allowed(request, code, monday, team)
        digest = self.body(request)["digest"]
        made = operations.sign_caseload(
            **where.key,
            digest=digest,
            actor=request.user,
            now=timezone.now(),
        )
        return self.given(request, made)


class SignBilling(OfWeek):
    action = "caseload.sign"
    step_up = True
    takes = WeekSignBody
    gives = WeekSignatureShown
    created = CREATED

    @written_once
    def post(self, request: Request, code: str, monday: str, team: int) -> Response:
        """Sign the statement on activity billing: the digest is that of the part as it was read."""
        where = self.allowed(request, code, monday, team)
        digest = self.body(request)["digest"]
        made = operations.sign_billing(
            **where.key,
            digest=digest,
            actor=request.user,
            now=timezone.now(),
        )
        return self.given(request, made)


class MissingWeeks(ListEndpoint):
    """Weeks that have ended, that the contract asks to be reviewed, and that are not signed."""

    action = "caseload.view"
    answers = MissingWeekShown
    query = MissingQuery
    what = gettext_lazy("Weeks not signed")

    def rows(self, request: Request, code: str, **kwargs: Any) -> Any:
        contract = contract_reviewed(self, request, code)
        asked = self.asked(request)
        first, last = queries.weeks_until(contract, queries.local_today(contract, timezone.now()))
        found = queries.missing_weeks(contract, first=first, last=last) if first <= last else []
        teams = queries.teams_of(contract)
        return [
            {"monday": one.monday, "month": one.month, "team": one.team_id, "team_name": teams[one.team_id]}
            for one in found
            if asked.get("month") in (None, one.month) and asked.get("team") in (None, one.team_id)
        ]
