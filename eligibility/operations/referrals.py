"""The referral log: received, answered, verified, closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import require_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from contracts.operations.facts import hold_open
from contracts.queries.terms import signed_terms
from eligibility.models import Referral, Source
from eligibility.queries.referrals import hours_on
from eligibility.rules.referrals import response_due

# what becomes of a referral here; a feed may say it in its own words
DISPOSITIONS = {
    "eligible": gettext_lazy("Found eligible"),
    "not_eligible": gettext_lazy("Found not eligible"),
    "redirected": gettext_lazy("Sent on to another service"),
    "declined": gettext_lazy("The person declined"),
    "not_reached": gettext_lazy("The person could not be reached"),
    "duplicate": gettext_lazy("Referred already"),
}


class ReferralKnown(Refused):
    """The contract has a referral with this reference already."""


class NotInTheTerms(Refused):
    """The contract does not know this code, or has no signed terms."""


class OutOfTime(Refused):
    """A time that lies in the future, or a response before the referral."""


class NothingToDo(Refused):
    """The referral is verified, answered or closed already, or the source system keeps it."""


class OwnReferral(Refused):
    """Whoever recorded a referral does not verify it."""


def receive(
    *,
    contract_id: int,
    received_at: datetime,
    referred_by: str,
    urgency: str,
    geography: str,
    actor: User,
    now: datetime,
    referral_ref: str = "",
    cohort: str = "",
    given_name: str = "",
    family_name: str = "",
    birth_date: date | None = None,
    note: str = "",
    member_id: int | None = None,
) -> Referral:
    """Write a referral into the log; its response clock runs from `received_at` by the terms of that day.

    Raises NotAllowed, NotInTheTerms, OutOfTime, ReferralKnown.
    """
    with recording(actor=actor):
        contract = _may(contract_id, "referral.record", actor)
        if received_at > now:
            raise OutOfTime(_("A referral cannot have been received in the future."))
        day = received_at.astimezone(ZoneInfo(contract.timezone)).date()
        _require_codes(contract, day, geography, cohort)
        reference = referral_ref.strip() or f"RF-{uuid4().hex[:8].upper()}"
        if Referral.objects.filter(contract=contract, referral_ref=reference).exists():
            raise ReferralKnown(_("There is a referral %(reference)s already.") % {"reference": reference})
        return Referral.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            referral_ref=reference,
            received_at=received_at,
            referred_by=referred_by.strip(),
            urgency=urgency,
            geography=geography,
            cohort=cohort,
            member_id=member_id,
            given_name=given_name.strip(),
            family_name=family_name.strip(),
            birth_date=birth_date,
            note=note.strip(),
            response_due_at=response_due(received_at, urgency, hours_on(contract.pk, day)),
            origin=Source.PRODUCT,
            recorded_by=actor,
        )


def respond(*, referral_id: int, responded_at: datetime, actor: User, now: datetime) -> Referral:
    """Somebody answered whoever referred. Only the first answer counts. Raises NotAllowed, NothingToDo, OutOfTime."""
    with _changing(referral_id, "referral.record", actor) as referral:
        if referral.first_response_at is not None:
            raise NothingToDo(_("This referral was answered already."))
        if responded_at > now:
            raise OutOfTime(_("The response cannot lie in the future."))
        if responded_at < referral.received_at:
            raise OutOfTime(_("The response cannot lie before the referral was received."))
        referral.first_response_at = responded_at
        referral.save()
        return referral


def dispose(*, referral_id: int, disposition: str, reason: str, actor: User, now: datetime) -> Referral:
    """Close a referral without a determination. Raises NotAllowed, NothingToDo."""
    with _changing(referral_id, "referral.record", actor, reason) as referral:
        if referral.disposition:
            raise NothingToDo(_("This referral is closed already."))
        referral.disposition = disposition
        referral.save()
        return referral


def verify(*, referral_id: int, actor: User, now: datetime) -> Referral:
    """Somebody other than who recorded it vouches that the referral came as the log says.

    Raises NotAllowed, NothingToDo, OwnReferral.
    """
    with _changing(referral_id, "referral.verify", actor) as referral:
        if referral.verified_on is not None:
            raise NothingToDo(_("This referral is verified already."))
        if referral.recorded_by_id == actor.pk:
            raise OwnReferral(_("You recorded this referral; somebody else verifies it."))
        contract = referral.contract
        referral.verified_on = now.astimezone(ZoneInfo(contract.timezone)).date()
        referral.verified_by = actor.name[:200] or actor.email
        referral.verifier = actor
        referral.save()
        return referral


def correct(*, referral_id: int, reason: str, actor: User, now: datetime, **values: Any) -> Referral:
    """Mend what was recorded here: received_at, referred_by, urgency, geography, cohort. It is to be verified again.

    Raises NotAllowed, NothingToDo, NotInTheTerms, OutOfTime.
    """
    with _changing(referral_id, "referral.record", actor, reason) as referral:
        if referral.origin == Source.FEED:
            raise NothingToDo(_("This referral came with a feed. Have the source corrected and sent again."))
        if all(getattr(referral, name) == value for name, value in values.items()):
            raise NothingToDo(_("This is what stands already."))
        for name, value in values.items():
            setattr(referral, name, value)
        contract = referral.contract
        if referral.received_at > now:
            raise OutOfTime(_("A referral cannot have been received in the future."))
        if referral.first_response_at is not None and referral.first_response_at < referral.received_at:
            raise OutOfTime(_("The first response would lie before the referral."))
        day = referral.received_at.astimezone(ZoneInfo(contract.timezone)).date()
        _require_codes(contract, day, referral.geography, referral.cohort)
        referral.response_due_at = response_due(
            referral.received_at, referral.urgency, hours_on(referral.contract_id, day)
        )
        referral.verified_on, referral.verified_by, referral.verifier = None, "", None
        referral.save()
        return referral


@contextmanager
def _changing(referral_id: int, action: str, actor: User, reason: str = "") -> Iterator[Referral]:
    with recording(actor=actor, reason=reason):
        contract_id = Referral.objects.values_list("contract_id", flat=True).get(pk=referral_id)
        _may(contract_id, action, actor)
        yield Referral.objects.select_for_update(of=["self"]).select_related("contract").get(pk=referral_id)


def _may(contract_id: int, action: str, actor: User) -> Contract:
    """A verified referral is a figure of the threshold: whoever writes one holds the contract's facts open."""
    contract = hold_open(contract_id)
    require_on(actor, action, contract, _("Your roles on this contract do not include this."))
    return contract


def _require_codes(contract: Contract, day: date, geography: str, cohort: str) -> None:
    terms = signed_terms(contract.pk)
    if not terms:
        raise NotInTheTerms(_("This contract has no signed terms yet."))
    document = (terms.on(day) or terms.latest).document
    if geography not in {one.code for one in document.geographies}:
        raise NotInTheTerms(_("The contract has no geography %(code)s.") % {"code": geography})
    if cohort and cohort not in {one.code for one in document.cohorts}:
        raise NotInTheTerms(_("The contract has no cohort %(code)s.") % {"code": cohort})
