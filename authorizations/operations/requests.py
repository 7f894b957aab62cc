"""Asking for a level or an episode: draft, change, submit, withdraw. Moves: see `lifecycle`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.files.base import File
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from authorizations import lifecycle
from authorizations.models import Assessment, Request, RequestEvidence, RequestKind, Status, Urgency
from authorizations.operations import clockwork
from authorizations.operations.moves import NotInThisState, locked, require_move
from authorizations.queries.requests import as_it_stands, shortcomings, terms_on
from authorizations.rules.clocks import NoSuchLocalTime, local
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from eligibility.models import Member
from eligibility.operations.evidence import filing, keep


class NotReady(Refused):
    """The request cannot be submitted as it is; every reason is named."""


class OneIsOpen(Refused):
    """A request of this kind is open for the member already."""


class CannotBe(Refused):
    """Units that are none, or a last day before the first: what not even a draft may say."""


class NoSuchMoment(Refused):
    """The time of receipt lies in the future, or does not exist where the contract is."""


@dataclass(frozen=True)
class Wish:
    """What is asked for. Level kinds fill `requested_level`, an episode `service` and `units`."""

    requested_level: str = ""
    service: str = ""
    units: Decimal | None = None
    starts_on: date | None = None
    ends_before: date | None = None
    urgency: str = Urgency.STANDARD
    urgent_start: bool = False
    grounds: str = ""
    assessment_id: int | None = None
    difference_reason: str = ""
    difference_text: str = ""
    attested: Mapping[str, str] = field(default_factory=dict)
    reconsiders_id: int | None = None
    received_at: datetime | None = None  # of what came otherwise, such as on paper; without an offset: contract's time


@dataclass(frozen=True)
class Attached:
    """A file brought with a request, for a trigger or (empty) for the request as a whole."""

    file: "File[bytes]"
    file_name: str
    trigger: str = ""


def draft(
    *,
    contract_id: int,
    member_id: int,
    kind: str,
    wish: Wish,
    actor: User,
    now: datetime,
    files: Sequence[Attached] = (),
) -> Request:
    """Begin a request. It may be incomplete: submitting says what is missing.

    Raises NotAllowed, EvidenceNotTaken, NoSuchMoment, CannotBe.
    """
    with filing(), recording(actor=actor, reason=_("Request drafted")):
        contract = Contract.objects.get(pk=contract_id)
        _require_making(actor, contract)
        Member.objects.get(pk=member_id, organisation_id=contract.provider_id)
        made = Request(
            organisation_id=contract.provider_id,
            contract=contract,
            member_id=member_id,
            number=_next_number(contract_id),
            kind=kind,
            requested_by=actor,
            created_at=now,
            starts_on=wish.starts_on or _today(contract, now),
        )
        _write(made, wish, now)
        made.save()
        _attach(made, files, actor, now)
        return made


def change(*, request_id: int, wish: Wish, actor: User, now: datetime, files: Sequence[Attached] = ()) -> Request:
    """Change a draft. Raises NotAllowed, NotInThisState, EvidenceNotTaken, NoSuchMoment, CannotBe."""
    with filing(), recording(actor=actor, reason=_("Draft changed")):
        found = locked(request_id)
        _require_making(actor, found.contract)
        if found.status != Status.DRAFT:
            raise NotInThisState(_("%(request)s was submitted: it can be withdrawn, not changed.") % {"request": found})
        _write(found, wish, now)
        found.save()
        _attach(found, files, actor, now)
        return found


def attach(*, request_id: int, files: Sequence[Attached], actor: User, now: datetime) -> Request:
    """Bring files with a draft. Raises NotAllowed, NotInThisState, EvidenceNotTaken."""
    with filing(), recording(actor=actor, reason=_("Evidence attached")):
        found = locked(request_id)
        _require_making(actor, found.contract)
        if found.status != Status.DRAFT:
            raise NotInThisState(_("%(request)s was submitted: nothing can be added to it.") % {"request": found})
        _attach(found, files, actor, now)
        return found


def submit(*, request_id: int, actor: User, now: datetime, received_at: datetime | None = None) -> Request:
    """Hand a draft to the clinical leads. The clock starts at `received_at`, or else when the draft says that it came
    in, or else now.

    Evidence of triggers, terms and the member's group are kept as they are at receipt. `received_at` without an offset
    is a local time of the contract. Raises NotAllowed, NotReady (naming everything that is missing), OneIsOpen,
    NoSuchMoment, NotInThisState.
    """
    with recording(actor=actor, reason=_("Request submitted")):
        found = locked(request_id)
        _require_making(actor, found.contract)
        require_move(found, lifecycle.SUBMITTED)
        found.received_at = _received(found.contract, received_at or found.stated_receipt, now)
        if found.urgent_start:
            found.urgency = Urgency.EXPEDITED
        terms = terms_on(found, found.received_at)
        shown = as_it_stands(found, terms, found.received_at)
        missing = shortcomings(found, terms, shown)
        if missing:
            raise NotReady(_("%(request)s cannot be submitted yet.") % {"request": found}, missing)
        found.status = Status.SUBMITTED
        found.requested_by = actor  # who submits answers for it, and may not decide it
        found.terms = terms.as_data()
        found.triggers = [finding.as_data() for finding in shown.findings]
        found.current_level = shown.standing.care_level or shown.standing.provisional
        found.cohort, found.geography = shown.standing.cohort, shown.standing.geography
        found.team_id = shown.team_id
        clockwork.start(found, terms)
        _save_as_the_only_one(found)
        return found


def withdraw(*, request_id: int, reason: str, actor: User, now: datetime) -> Request:
    """Take a request back before it is decided. Raises NotAllowed, NotInThisState."""
    with recording(actor=actor, reason=reason):
        found = locked(request_id)
        _require_making(actor, found.contract)
        require_move(found, lifecycle.WITHDRAWN)
        found.status = Status.WITHDRAWN
        found.withdrawn_at, found.withdrawn_reason = now, reason
        found.watch_at = None
        found.save()
        return found


def _require_making(actor: User, contract: Contract) -> None:
    require_on(actor, "request.make", contract, _("Only the provider's care team asks for levels and episodes."))


def _next_number(contract_id: int) -> int:
    """Under a lock until the transaction ends, so that two drafts never take one number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('authorizations.requests', %s))", [contract_id])
    last = Request.objects.filter(contract_id=contract_id).aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1


def _today(contract: Contract, now: datetime) -> date:
    return now.astimezone(ZoneInfo(contract.timezone)).date()


def _write(request: Request, wish: Wish, now: datetime) -> None:
    request.urgency, request.urgent_start = wish.urgency, wish.urgent_start
    request.requested_level, request.service, request.units = wish.requested_level, wish.service, wish.units
    request.starts_on = wish.starts_on or request.starts_on
    request.ends_before = wish.ends_before
    request.grounds = wish.grounds.strip()
    request.difference_reason = wish.difference_reason
    request.difference_text = wish.difference_text.strip()
    request.attested = {code: text.strip() for code, text in wish.attested.items() if text.strip()}
    if request.units is not None and request.units <= 0:
        raise CannotBe(_("Ask for more than 0 units."))
    if request.ends_before is not None and request.ends_before <= request.starts_on:
        raise CannotBe(_("The last day lies before the first."))
    request.stated_receipt = _received(request.contract, wish.received_at, now) if wish.received_at else None
    request.assessed_level = ""
    request.assessment_id = wish.assessment_id
    if wish.assessment_id is not None:
        of_member = {"contract_id": request.contract_id, "member_id": request.member_id, "withdrawn_at": None}
        of_member["superseded_by"] = None
        request.assessed_level = Assessment.objects.get(pk=wish.assessment_id, **of_member).suggested_level
    if request.kind == RequestKind.RECONSIDERATION:
        _as_it_was_denied(request, wish)


def _as_it_was_denied(request: Request, wish: Wish) -> None:
    """A reconsideration asks again for what was denied."""
    denied = request.contract.decisions.get(pk=wish.reconsiders_id or 0, request__member=request.member_id)
    request.reconsiders = denied
    request.requested_level, request.service = denied.requested_level, denied.service
    request.units = denied.requested_units


def _attach(request: Request, files: Sequence[Attached], actor: User, now: datetime) -> None:
    for each in files:
        evidence = keep(
            contract_id=request.contract_id,
            member_id=request.member_id,
            file=each.file,
            file_name=each.file_name,
            actor=actor,
            now=now,
        )
        RequestEvidence.objects.create(
            organisation_id=request.organisation_id,
            request=request,
            evidence=evidence,
            trigger=each.trigger,
            attached_by=actor,
            attached_at=now,
        )


def _received(contract: Contract, received_at: datetime | None, now: datetime) -> datetime:
    try:
        moment = local(received_at, ZoneInfo(contract.timezone)) if received_at else now
    except NoSuchLocalTime as error:
        raise NoSuchMoment(str(error)) from None
    if moment > now:
        raise NoSuchMoment(_("A request cannot have been received in the future."))
    return moment


def _save_as_the_only_one(request: Request) -> None:
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:
        if "request_one_open_per_member_and_kind" not in str(error):
            raise
        other = (
            Request.objects.waiting()
            .filter(contract=request.contract_id, member=request.member_id, kind=request.kind, service=request.service)
            .get()
        )
        raise OneIsOpen(
            _("%(other)s, received on %(day)s, asks for the same and is still open. Withdraw it first, or wait.")
            % {"other": other, "day": date_format(other.received_at.astimezone(ZoneInfo(request.contract.timezone)))}
        ) from None
