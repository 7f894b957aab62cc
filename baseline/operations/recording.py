"""Record delivered work, correct it, reverse it. Nothing is deleted, and nothing here makes baseline work billable.

A form that is sent twice records once: its token names the records that it made.
"""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import NotAllowed, may_on, require_on
from baseline.models import Activity, Present
from baseline.operations.follow_ups import after_contact
from baseline.queries.activity import corrects
from baseline.queries.templates import TEXT_COLUMNS, fields_of, refuse_value
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from contracts.operations.facts import hold_open
from contracts.queries.terms import signed_terms
from contracts.rules.document import Service
from eligibility.models import Member, Practitioner, Source
from eligibility.queries.profile import today_in

NO_ANSWER, DID_NOT_ATTEND = "no_answer", "did_not_attend"
# what verification looks at: a change of any of it is looked at again
SUBSTANCE = ("service", "member_id", "occurred_on", "units", "amount", "attempted", "criteria_met", "criteria_not_met")


class UnknownService(Refused):
    """The terms of the day do not declare the service, or no terms are in force on it."""


class InTheFuture(Refused):
    """The work is said to have happened after today."""


class UnknownMember(Refused):
    """Not a member of the contract's provider."""


class UnknownPractitioner(Refused):
    """Not a practitioner of the contract's provider, or not the one who records."""


class NotAsTheTemplateAsks(Refused):
    """A field does not belong to the service's record, or its value does not fit."""


class CriteriaUnanswered(Refused):
    """Each criterion of an episodic service is answered met or not met."""


class OneByOne(Refused):
    """Records that need an answer for each member are not made for a group."""


class SentAlready(Refused):
    """The form was sent before and said something else."""


class CorrectedAtItsSource(Refused):
    """The record came with a file."""


class BaselineStaysBaseline(Refused):
    """A baseline record cannot become an episodic one."""


class NotStanding(Refused):
    """The record was reversed, or itself only reverses another."""


@dataclass(frozen=True)
class Entry:
    """What a person says was done. `occurred_at` carries a timezone; `amount` is for services priced as billed only."""

    service: str
    occurred_on: date
    occurred_at: datetime | None = None
    units: Decimal = Decimal(1)
    planned: bool = True
    attempted: bool = False
    practitioner: str = ""
    place: str = ""
    outcome: str = ""
    minutes: int | None = None
    present: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    criteria_met: tuple[str, ...] = ()
    criteria_not_met: tuple[str, ...] = ()
    amount: Decimal | None = None


ENTRY_FIELDS = tuple(one.name for one in fields(Entry))


def record(
    *, contract_id: int, member_ids: Collection[int], entry: Entry, submission: UUID, actor: User, now: datetime
) -> list[Activity]:
    """One record for each member; several are one group session. The same form again gives the same records.

    Raises NotAllowed, UnknownMember, UnknownService, InTheFuture, UnknownPractitioner, NotAsTheTemplateAsks,
    CriteriaUnanswered, OneByOne, SentAlready.
    """
    with recording(actor=actor):
        contract = hold_open(contract_id)
        require_on(actor, "activity.record", contract, _("Only the care team records what was delivered."))
        _one_form_at_a_time(submission)
        made = list(Activity.objects.filter(recorded_by=actor, submission=submission).order_by("pk"))
        if made:
            return _sent_before(made, contract, member_ids, entry)
        members = list(Member.objects.filter(organisation=contract.provider_id, pk__in=member_ids).order_by("pk"))
        if not members or len(members) != len(set(member_ids)):
            raise UnknownMember(_("Choose one or more members of this contract's provider."))
        service = declared(contract=contract, entry=entry, now=now)
        if len(members) > 1 and service.criteria and not entry.attempted:
            raise OneByOne(
                _("%(service)s has criteria that are answered for each member. Record it for one member at a time.")
                % {"service": service.name}
            )
        _check(contract, service, entry, actor)
        records = Activity.objects.bulk_create(
            Activity(
                organisation_id=contract.provider_id,
                contract=contract,
                member=member,
                activity_ref=_reference(submission, member.pk),
                received_on=today_in([contract], now),
                source=Source.PRODUCT,
                recorded_by=actor,
                recorded_at=now,
                submission=submission,
                group_session=submission if len(members) > 1 else None,
                **_values(entry),
            )
            for member in members
        )
        after_contact(contract_id=contract_id, member_ids=[member.pk for member in members])
        return records


def draft(*, contract: Contract, member_id: int, entry: Entry, now: datetime) -> Activity:
    """The record that `record` would make, not stored: for saying beforehand how it will count."""
    return Activity(
        organisation_id=contract.provider_id,
        contract=contract,
        member_id=member_id,
        activity_ref="",
        received_on=today_in([contract], now),
        source=Source.PRODUCT,
        **_values(entry),
    )


def correct(*, activity_id: int, entry: Entry, reason: str, actor: User, now: datetime) -> Activity:
    """Say anew what was done. What changes its substance waits for verification again, and by another person.

    Raises NotAllowed, NotStanding, CorrectedAtItsSource, BaselineStaysBaseline and what `record` raises for an entry.
    """
    with recording(actor=actor, reason=reason):
        one, contract = _locked(activity_id)
        _require_own(one, actor)
        if one.source != Source.PRODUCT:
            raise CorrectedAtItsSource(
                _(
                    "This record came with a file. Correct it in the source system and send it again, or reverse it "
                    "here."
                )
            )
        service = declared(contract=contract, entry=entry, now=now)
        _refuse_billable(one, contract, service)
        _check(contract, service, entry, actor, was=one.practitioner)
        before = {name: getattr(one, name) for name in SUBSTANCE}
        for name, value in _values(entry).items():
            setattr(one, name, value)
        if any(_said(getattr(one, name)) != _said(value) for name, value in before.items()):
            one.verified_on, one.verified_by, one.verifier = None, "", None
            one.corrected_by = actor
        one.rejected_on, one.rejected_by, one.rejection = None, None, ""
        one.save()
        after_contact(contract_id=contract.pk, member_ids=[one.member_id])
        return one


def reverse(*, activity_id: int, reason: str, actor: User, now: datetime) -> Activity:
    """Take a record back by another that cancels it. Returns the cancelling one. Raises NotAllowed, NotStanding."""
    with recording(actor=actor, reason=reason):
        one, contract = _locked(activity_id)
        _require_own(one, actor)
        copied = {name: getattr(one, name) for name in ENTRY_FIELDS if name not in ("details", "present")}
        reversal = Activity.objects.create(
            organisation_id=one.organisation_id,
            contract=contract,
            member_id=one.member_id,
            activity_ref=_reference(UUID(int=one.pk), one.member_id, "reversal"),
            reverses=one.activity_ref,
            received_on=today_in([contract], now),
            source=Source.PRODUCT,
            recorded_by=actor,
            recorded_at=now,
            **copied,
        )
        after_contact(contract_id=contract.pk, member_ids=[one.member_id])
        return reversal


def _locked(activity_id: int) -> tuple[Activity, Contract]:
    """The record and its contract, held open. Raises NotStanding."""
    contract = hold_open(Activity.objects.values_list("contract_id", flat=True).get(pk=activity_id))
    one = Activity.objects.select_for_update().get(pk=activity_id)
    if one.reverses:
        raise NotStanding(_("This record only cancels %(reference)s.") % {"reference": one.reverses})
    reversal = Activity.objects.filter(contract=contract, reverses=one.activity_ref).first()
    if reversal is not None:
        raise NotStanding(
            _("This record was reversed already, by %(reference)s. If it took place after all, record it again.")
            % {"reference": reversal.activity_ref}
        )
    return one, contract


def _require_own(one: Activity, actor: User) -> None:
    if not corrects(actor, one):
        raise NotAllowed(
            _("Records are corrected and reversed by whoever recorded or delivered them, or by a supervisor.")
        )


def _refuse_billable(one: Activity, contract: Contract, service: Service) -> None:
    terms = signed_terms(contract.pk).on(one.occurred_on)
    was = terms.document.service(one.service) if terms else None
    if was is not None and not was.episodic and service.episodic:
        raise BaselineStaysBaseline(
            _("%(service)s is paid by the monthly rates and cannot become an episode. If an episode took place as "
              "well, record it by itself, with its criteria.")
            % {"service": was.name}
        )  # fmt: skip


def declared(*, contract: Contract, entry: Entry, now: datetime) -> Service:
    """The service as the terms of the day have it. Raises InTheFuture, UnknownService."""
    if entry.occurred_on > today_in([contract], now):
        raise InTheFuture(
            _("%(day)s has not come yet. Record work once it is done.") % {"day": date_format(entry.occurred_on)}
        )
    terms = signed_terms(contract.pk).on(entry.occurred_on)
    service = terms.document.service(entry.service) if terms else None
    if service is None:
        known = (each.document.service(entry.service) for each in reversed(signed_terms(contract.pk).versions))
        named = next((found.name for found in known if found), entry.service)
        raise UnknownService(
            _("The terms of %(day)s do not know the service “%(name)s”. Check the date, or choose another service.")
            % {"day": date_format(entry.occurred_on), "name": named}
        )
    return service


def _check(contract: Contract, service: Service, entry: Entry, actor: User, was: str = "") -> None:
    faults = [*_faults_of_figures(service, entry), *_faults_of_fields(service, entry)]
    if faults:
        raise NotAsTheTemplateAsks(
            _("The record does not fit what the contract asks of %(service)s.") % {"service": service.name}, faults
        )
    _check_criteria(service, entry)
    if entry.practitioner not in ("", was):
        known = Practitioner.objects.filter(organisation=contract.provider_id, reference=entry.practitioner)
        if not may_on(actor, "activity.correct_any", contract):
            known = known.filter(user=actor)
        if not known.exists():
            raise UnknownPractitioner(_("You record your own work; a supervisor may record that of others."))


def _faults_of_figures(service: Service, entry: Entry) -> list[str]:
    faults = []
    if entry.units <= 0:
        faults.append(_("Units: more than 0 are needed."))
    if entry.amount is not None and not service.as_billed:
        faults.append(_("Amount: the contract sets the price of this service, or pays it by the monthly rates."))
    if entry.amount is not None and entry.amount < 0:
        faults.append(_("Amount: not below 0."))
    if unknown := set(entry.present) - set(Present.values):
        faults.append(_("Present: %(what)s is not known.") % {"what": ", ".join(sorted(unknown))})
    return faults


def _faults_of_fields(service: Service, entry: Entry) -> list[str]:
    known = {one.code: one for one in fields_of(service)}
    faults = [
        _("%(field)s is not part of this service's record.") % {"field": code}
        for code in sorted(set(entry.details) - (set(known) - TEXT_COLUMNS))
    ]
    for code, value in entry.details.items():
        if code in known and (why := refuse_value(known[code], value)):
            faults.append(why)
    return faults


def _check_criteria(service: Service, entry: Entry) -> None:
    codes = {criterion.code: criterion.text for criterion in service.criteria}
    met, not_met = set(entry.criteria_met), set(entry.criteria_not_met)
    if unknown := (met | not_met) - set(codes):
        raise CriteriaUnanswered(
            _("%(code)s is no criterion of %(service)s.")
            % {"code": ", ".join(sorted(unknown)), "service": service.name}
        )
    if entry.attempted and not met and not not_met:
        return
    missing = [text for code, text in codes.items() if (code in met) == (code in not_met)]
    if missing:
        raise CriteriaUnanswered(_("Answer each criterion: met or not met."), missing)


def _values(entry: Entry) -> dict[str, object]:
    values = {name: getattr(entry, name) for name in ENTRY_FIELDS}
    for name in ("present", "criteria_met", "criteria_not_met"):
        values[name] = sorted(values[name])
    values["details"] = {code: text for code, text in entry.details.items() if text != ""}
    return values


def _sent_before(made: list[Activity], contract: Contract, member_ids: Collection[int], entry: Entry) -> list[Activity]:
    """The records of a form that arrives again; what it says now must be what it said then."""
    wanted = _values(entry)
    same = all(
        one.contract_id == contract.pk and all(_said(getattr(one, name)) == _said(wanted[name]) for name in wanted)
        for one in made
    )
    if same and {one.member_id for one in made} == set(member_ids):
        return made
    raise SentAlready(
        _("This form was sent before and recorded %(reference)s. Correct that record, or begin a new one.")
        % {"reference": ", ".join(one.activity_ref for one in made)}
    )


def _said(value: object) -> object:
    return sorted(value) if isinstance(value, list | tuple) else value


def _one_form_at_a_time(submission: UUID) -> None:
    """A form that arrives twice at once: the second waits here and then finds the records of the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('record'), hashtext(%s))", [str(submission)])


def _reference(token: UUID, member_id: int, kind: str = "record") -> str:
    """The same for the same form and member; in no source system's style."""
    digest = uuid5(token, f"{kind} {member_id}").bytes[:8]
    return "BP-" + base64.b32encode(digest).decode().rstrip("=")
