"""Complaints and safety signals: recorded, given to somebody, closed with what was learned."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.permissions import may_on, require_on
from baseline.models import Event
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from eligibility.models import Assignment, AssignmentKind, CoverageSpan, Source


class NotOfThisContract(Refused):
    """The member was never covered under the contract, or the owner is nobody of the provider."""


class EventClosed(Refused):
    """The event is closed."""


class NotYetHappened(Refused):
    """The day lies in the future, or the closing before the event."""


class NotClosed(Refused):
    """The event is open."""


class OfItsFeed(Refused):
    """What a file said is corrected where the file comes from."""


class NotForYou(Refused):
    """Safeguarding text is written and read by the care team and the clinical lead alone."""


def record(
    *,
    contract_id: int,
    member_id: int,
    kind: str,
    severity: str,
    category: str,
    occurred_on: date,
    description: str,
    safeguarding: str,
    owner_id: int | None,
    due_on: date | None,
    today: date,
    actor: User,
    now: datetime,
) -> Event:
    """Write down a complaint or safety signal. `today` is the day in the contract's timezone.

    Raises NotAllowed, NotOfThisContract, NotYetHappened, NotForYou.
    """
    with recording(actor=actor, reason=_("recorded")):
        contract = Contract.objects.get(pk=contract_id)
        require_on(actor, "event.record", contract, _("Only the provider's care team and quality staff record these."))
        _require_possible(contract, member_id, occurred_on, today)
        _require_owner(contract, owner_id)
        if safeguarding:
            _require_care_team(actor, contract)
        return Event.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            member_id=member_id,
            event_ref=f"BP-{uuid4().hex[:12].upper()}",
            kind=kind,
            severity=severity,
            category=category,
            occurred_on=occurred_on,
            description=description,
            safeguarding=safeguarding,
            owner_id=owner_id,
            due_on=due_on,
            team_id=_team_on(member_id, occurred_on),
            source=Source.PRODUCT,
            recorded_by=actor,
        )


def take_up(
    *,
    event_id: int,
    owner_id: int | None,
    due_on: date | None,
    category: str,
    severity: str,
    actor: User,
    now: datetime,
) -> Event:
    """Say who deals with an open event, by when, and how grave it is.

    Raises NotAllowed, EventClosed, NotOfThisContract.

    Severity and category of a fed event follow its feed again with the next file that states them.
    """
    with recording(actor=actor, reason=_("taken up")):
        event = _open(event_id, actor)
        _require_owner(event.contract, owner_id)
        event.owner_id, event.due_on, event.category, event.severity = owner_id, due_on, category, severity
        event.save(update_fields=["owner", "due_on", "category", "severity"])
        return event


def write_safeguarding(*, event_id: int, text: str, actor: User, now: datetime) -> Event:
    """Write down what concerns safeguarding. Raises NotForYou, EventClosed."""
    with recording(actor=actor, reason=_("safeguarding")):
        event = _open(event_id, actor, action="event.record")
        _require_care_team(actor, event.contract)
        event.safeguarding = text
        event.save(update_fields=["safeguarding"])
        return event


def close(*, event_id: int, learning: str, closed_on: date, today: date, actor: User, now: datetime) -> Event:
    """Close an event with what was learned. Raises NotAllowed, EventClosed, NotYetHappened."""
    with recording(actor=actor, reason=_("closed")):
        event = _open(event_id, actor)
        if closed_on > today:
            raise NotYetHappened(_("The day lies in the future."))
        if closed_on < event.occurred_on:
            raise NotYetHappened(_("It cannot have been closed before it occurred."))
        event.learning, event.closed_on, event.closed_by = learning, closed_on, actor
        event.save(update_fields=["learning", "closed_on", "closed_by"])
        return event


def correct(
    *,
    event_id: int,
    member_id: int,
    kind: str,
    occurred_on: date,
    description: str,
    reason: str,
    today: date,
    actor: User,
    now: datetime,
) -> Event:
    """Put right what an open event says: whom, what kind, which day, what happened. The team follows member and day.

    Raises NotAllowed, EventClosed, OfItsFeed, NotYetHappened, NotOfThisContract.
    """
    with recording(actor=actor, reason=reason):
        event = _open(event_id, actor)
        if event.source == Source.FEED:
            raise OfItsFeed(_("It came with a file. Correct it in its source system; the next file changes it here."))
        _require_possible(event.contract, member_id, occurred_on, today)
        event.member_id, event.kind, event.occurred_on = member_id, kind, occurred_on
        event.description, event.team_id = description, _team_on(member_id, occurred_on)
        event.save(update_fields=["member", "kind", "occurred_on", "description", "team"])
        return event


def reopen(*, event_id: int, reason: str, actor: User, now: datetime) -> Event:
    """Open again what was closed here. What was learned stays, to be added to.

    Raises NotAllowed, NotClosed, OfItsFeed.
    """
    with recording(actor=actor, reason=reason):
        event = _locked(event_id, actor)
        if event.closed_on is None:
            raise NotClosed(_("This is open already."))
        if event.closed_by_id is None:
            raise OfItsFeed(_("Its source system closed it. Open it again there; the next file opens it here."))
        event.closed_on = event.closed_by = None
        event.save(update_fields=["closed_on", "closed_by"])
        return event


def _open(event_id: int, actor: User, action: str = "event.close") -> Event:
    event = _locked(event_id, actor, action)
    if event.closed_on is not None:
        raise EventClosed(_("This is closed already."))
    return event


def _locked(event_id: int, actor: User, action: str = "event.close") -> Event:
    event: Event = Event.objects.select_for_update(of=["self"]).select_related("contract").get(pk=event_id)
    require_on(
        actor, action, event.contract, _("Only a supervisor, clinical lead or quality staff of the provider may.")
    )
    return event


def _require_possible(contract: Contract, member_id: int, occurred_on: date, today: date) -> None:
    if occurred_on > today:
        raise NotYetHappened(_("The day lies in the future."))
    if not CoverageSpan.objects.filter(contract=contract, member=member_id).exists():
        raise NotOfThisContract(_("This member is not covered under the contract."))


def _require_owner(contract: Contract, owner_id: int | None) -> None:
    if (
        owner_id is not None
        and not Membership.objects.filter(user=owner_id, organisation=contract.provider_id).exists()
    ):
        raise NotOfThisContract(_("Whoever deals with it is one of the provider's own people."))


def _require_care_team(actor: Any, contract: Contract) -> None:
    if not may_on(actor, "safeguarding.view", contract):
        raise NotForYou(_("Safeguarding is written down by the care team and the clinical lead alone."))


def _team_on(member_id: int, day: date) -> int | None:
    lead = Assignment.objects.on(day).filter(member=member_id, kind=AssignmentKind.LEAD).first()
    return lead.team_id if lead else None
