"""The weekly review: open a week, note what stands out, assign actions, sign both parts.

open → one part signed → both parts signed (locked)

What is signed is kept with the signature and never edited; what is recorded about the week afterwards shows as a
difference against it.
"""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, User
from accounts.permissions import NotAllowed, require_on
from baseline.models import (
    ActionStatus,
    CaseloadReview,
    ReviewAction,
    ReviewNote,
    ReviewSignature,
    SignedPart,
)
from baseline.queries import reviews as queries
from baseline.queries.caseload import week
from baseline.rules.weeks import has_ended
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract


class WeekNotOver(Refused):
    """The week has not ended."""


class WeekLocked(Refused):
    """Both parts of the week are signed."""


class AlreadySigned(Refused):
    """This part of the week is signed."""


class NotLookedAt(Refused):
    """Members stand out about whom nothing is noted."""


class ChangedMeanwhile(Refused):
    """What would be signed is no longer what was on the screen."""


class NotOfThisCaseload(Refused):
    """The member is not in the caseload, or the owner not one of the provider's people."""


class AlreadyDone(Refused):
    """The action is done."""


def note(
    *, contract_id: int, team: int, monday: date, member_id: int, text: str, actor: User, now: datetime
) -> ReviewNote:
    """Write down what was found about a member who stands out; they count as looked at.

    Raises NotAllowed, WeekLocked, NotOfThisCaseload.
    """
    with recording(actor=actor, reason=_("weekly review")):
        review = _opened(contract_id, team, monday, actor, now)
        _require_in_caseload(review, team, member_id)
        return ReviewNote.objects.create(
            organisation_id=review.organisation_id,
            review=review,
            member_id=member_id,
            text=text,
            noted_by=actor,
            noted_at=now,
        )


def assign_action(
    *,
    contract_id: int,
    team: int,
    monday: date,
    member_id: int | None,
    text: str,
    owner_id: int,
    due_on: date,
    actor: User,
    now: datetime,
) -> ReviewAction:
    """Give somebody of the provider something to do by a day. Raises NotAllowed, WeekLocked, NotOfThisCaseload."""
    with recording(actor=actor, reason=_("weekly review")):
        review = _opened(contract_id, team, monday, actor, now)
        if member_id is not None:
            _require_in_caseload(review, team, member_id)
        people = Membership.objects.filter(organisation=review.organisation_id, user__is_active=True)
        if not people.filter(user=owner_id).exists():
            raise NotOfThisCaseload(_("The owner of an action is one of the provider's own people."))
        return ReviewAction.objects.create(
            organisation_id=review.organisation_id,
            review=review,
            member_id=member_id,
            text=text,
            owner_id=owner_id,
            due_on=due_on,
            assigned_by=actor,
            assigned_at=now,
        )


def look_at(
    *,
    contract_id: int,
    team: int,
    monday: date,
    member_id: int,
    text: str,
    action: str,
    owner_id: int | None,
    due_on: date | None,
    actor: User,
    now: datetime,
) -> ReviewNote:
    """Note what was found and, where `action` says something, give it to its owner: both or neither.

    Raises NotAllowed, WeekLocked, NotOfThisCaseload.
    """
    with recording(actor=actor, reason=_("weekly review")):
        whose: dict[str, Any] = {"contract_id": contract_id, "team": team, "monday": monday, "member_id": member_id}
        if action:
            if owner_id is None or due_on is None:
                raise NotOfThisCaseload(_("An action names who does it, and by which day."))
            assign_action(**whose, text=action, owner_id=owner_id, due_on=due_on, actor=actor, now=now)
        return note(**whose, text=text, actor=actor, now=now)


def complete_action(*, action_id: int, outcome: str, actor: User, now: datetime) -> ReviewAction:
    """Say what came of an action. Its owner or a supervisor may. Raises NotAllowed, AlreadyDone."""
    with recording(actor=actor, reason=outcome[:300]):
        action = (
            ReviewAction.objects.select_for_update(of=["self"]).select_related("review__contract").get(pk=action_id)
        )
        if action.owner_id != actor.pk:
            require_on(
                actor,
                "caseload.review",
                action.review.contract,
                _("Only the owner of an action or a supervisor may close it."),
            )
        if action.status == ActionStatus.DONE:
            raise AlreadyDone(_("This action is done already."))
        action.status, action.outcome, action.done_at = ActionStatus.DONE, outcome, now
        action.save(update_fields=["status", "outcome", "done_at"])
        return action


def sign_caseload(
    *, contract_id: int, team: int, monday: date, digest: str, actor: User, now: datetime
) -> ReviewSignature:
    """Sign that the caseload was reviewed: every member who stands out one by one, all others by this signature.

    `digest` is that of the rows on the screen. Raises NotAllowed, WeekNotOver, AlreadySigned, NotLookedAt,
    ChangedMeanwhile.
    """
    with recording(actor=actor, reason=_("weekly review signed")):
        review = _to_sign(contract_id, team, monday, actor, now)
        shown = week(review.contract, monday, team=team)
        content = queries.caseload_content(shown)
        left = queries.still_to_look_at(review, shown)
        if left:
            raise NotLookedAt(
                ngettext(
                    "%(number)s member stands out and was not looked at. Open them one by one first.",
                    "%(number)s members stand out and were not looked at. Open them one by one first.",
                    len(left),
                )
                % {"number": len(left)}
            )
        statement = queries.caseload_statement(shown)
        return _sign(
            review, SignedPart.CASELOAD, statement=statement, content=content, digest=digest, actor=actor, now=now
        )


def sign_billing(
    *, contract_id: int, team: int, monday: date, digest: str, actor: User, now: datetime
) -> ReviewSignature:
    """Sign the statement on activity billing. Raises NotAllowed, WeekNotOver, AlreadySigned, ChangedMeanwhile."""
    with recording(actor=actor, reason=_("activity billing signed")):
        review = _to_sign(contract_id, team, monday, actor, now)
        records = queries.episodic_records(review.contract, monday, team)
        statement = queries.billing_statement(records)
        content = queries.billing_content(records)
        return _sign(
            review, SignedPart.BILLING, statement=statement, content=content, digest=digest, actor=actor, now=now
        )


def _opened(contract_id: int, team: int, monday: date, actor: User, now: datetime) -> CaseloadReview:
    """The week's review, made when it is the first thing done in it; locked for the rest of the transaction."""
    contract = Contract.objects.get(pk=contract_id)
    require_on(
        actor, "caseload.review", contract, _("Only a supervisor or clinical lead of the provider reviews caseloads.")
    )
    review = _locked(contract, team, monday, actor, now)
    if review.signatures.count() == len(SignedPart.values):
        raise WeekLocked(_("This week is signed and locked. What changed since then is shown as a difference."))
    return review


def _to_sign(contract_id: int, team: int, monday: date, actor: User, now: datetime) -> CaseloadReview:
    contract = Contract.objects.get(pk=contract_id)
    require_on(actor, "caseload.sign", contract, _("Only a supervisor of the provider signs a week."))
    if not has_ended(monday, queries.local_today(contract, now)):
        raise WeekNotOver(_("This week has not ended. It can be signed from its Monday after on."))
    return _locked(contract, team, monday, actor, now)


def _locked(contract: Contract, team: int, monday: date, actor: User, now: datetime) -> CaseloadReview:
    if team and team not in queries.teams_of(contract):
        raise NotAllowed(_("This team does not belong to the provider of this contract."))
    key = {"contract": contract, "team_id": team or None, "week": monday}
    if not CaseloadReview.objects.filter(**key).exists():
        try:
            with transaction.atomic():
                CaseloadReview.objects.create(
                    organisation_id=contract.provider_id, opened_by=actor, opened_at=now, **key
                )
        except IntegrityError:
            pass  # somebody opened it at the same moment; it is the same week
    return CaseloadReview.objects.select_for_update(of=["self"]).select_related("contract").get(**key)


def _require_in_caseload(review: CaseloadReview, team: int, member_id: int) -> None:
    if not queries.in_caseload(review.contract, team, review.week, member_id):
        raise NotOfThisCaseload(_("This member is not in the caseload of that week."))


def _sign(
    review: CaseloadReview,
    part: SignedPart,
    *,
    statement: str,
    content: list[dict[str, Any]],
    digest: str,
    actor: User,
    now: datetime,
) -> ReviewSignature:
    before = ReviewSignature.objects.filter(review=review, part=part).select_related("signed_by").first()
    if before is not None:
        raise AlreadySigned(_("%(who)s has signed this part already.") % {"who": before.signed_by.name})
    if queries.digest_of(content) != digest:
        raise ChangedMeanwhile(_("The records have changed since this page was opened. Look at it again, then sign."))
    return ReviewSignature.objects.create(
        organisation_id=review.organisation_id,
        review=review,
        part=part,
        statement=statement,
        content=content,
        digest=digest,
        signed_by=actor,
        signed_at=now,
    )
