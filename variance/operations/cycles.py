"""The monthly cycle: opened in order, calculated, prepared by one side, approved by the other, closed.

Every verb freezes the contract first and then locks the cycle, so that two of them never wait for each other the wrong
way round, and so that a calculation sees every fact of one moment.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.permissions import NotAllowed, may_on, sides
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.periods import add_months
from contracts.models import Contract, Party
from contracts.operations.facts import freeze
from contracts.queries.terms import SignedTerms, signed_terms
from contracts.rules.document import ContractDocument
from variance.lifecycle import may_move
from variance.models import Cycle, CycleStatus, Statement
from variance.operations import preview, statements
from variance.queries.calculation import own_terms
from variance.queries.gates import GateFinding, sentence
from variance.rules.terms import closes_from, first_month


class CycleOutOfOrder(Refused):
    """Cycles run one at a time, in order and without gaps, from the term's first month."""


class NotNow(Refused):
    """The cycle is not in a state that allows this."""


class MonthNotOver(Refused):
    """No month closes before it has ended and the contract's closing day is reached."""


class GateHoldsClose(Refused):
    """A gate that holds the close has not passed."""


class PreviewChanged(Refused):
    """What would be posted is no longer what was reviewed; the cycle is open again."""


class SamePerson(Refused):
    """Two people sign."""


class NoTermsSigned(Refused):
    """Without signed terms nothing is owed."""


def open_cycle(*, contract_id: int, month: date, actor: User, now: datetime) -> Cycle:
    """Open the next month's cycle. Raises CycleOutOfOrder, NoTermsSigned, NotAllowed."""
    with recording(actor=actor, reason=_("Cycle opened")):
        contract = freeze(contract_id)
        _require_run(actor, contract)
        signed = _signed(contract)
        _check_order(contract, signed, month)
        return Cycle.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            month=month,
            version_id=own_terms(signed, month).version_id,
            opened_at=now,
            opened_by=actor,
        )


def calculate(*, cycle_id: int, actor: User, now: datetime) -> Cycle:
    """Work out what closing now would post, and keep it as the preview. Raises NotNow, NotAllowed."""
    with recording(actor=actor, reason=_("Cycle calculated")):
        contract, cycle = _locked(cycle_id)
        _require_run(actor, contract)
        _check_move(cycle, CycleStatus.CALCULATED)
        signed = _signed(contract)
        found = preview.write(cycle=cycle, contract=contract, signed=signed)
        cycle.status = CycleStatus.CALCULATED
        cycle.version_id = own_terms(signed, cycle.month).version_id
        cycle.calculated_at, cycle.calculated_by = now, actor
        cycle.digest, cycle.figures = found.digest, found.figures
        cycle.returned_reason = ""
        cycle.save()
        return cycle


def submit_for_review(*, cycle_id: int, actor: User, now: datetime) -> Cycle:
    """Sign as the side that prepares. Raises NotNow, NotAllowed."""
    with recording(actor=actor, reason=_("Cycle sent for review")):
        contract, cycle = _locked(cycle_id)
        return _submit(contract, cycle, actor, now)


def approve(*, cycle_id: int, actor: User, now: datetime) -> Cycle:
    """Sign as the other side. Raises NotNow, NotAllowed, SamePerson."""
    with recording(actor=actor, reason=_("Cycle approved")):
        contract, cycle = _locked(cycle_id)
        return _approve(contract, cycle, actor, now)


def send_back(*, cycle_id: int, actor: User, now: datetime, reason: str) -> Cycle:
    """Back to open, from any state before closed; signatures fall. Raises NotNow, NotAllowed."""
    if not reason.strip():
        raise NotNow(_("Say why the month goes back."))
    with recording(actor=actor, reason=reason.strip()):
        contract, cycle = _locked(cycle_id)
        if not may_on(actor, "cycle.prepare", contract):
            raise NotAllowed(_("Your roles do not include sending a cycle back."))
        _check_move(cycle, CycleStatus.OPEN)
        return _reopen(cycle, reason.strip())


def close(*, cycle_id: int, actor: User, now: datetime) -> Statement:
    """Post exactly what was reviewed, and issue the statement.

    Raises NotNow, NotAllowed, MonthNotOver, GateHoldsClose; and PreviewChanged when calculating again no longer gives
    the reviewed digest: then the cycle is open again, and nothing else was written.
    """
    with recording(actor=actor, reason=_("Cycle closed")):
        contract, cycle = _locked(cycle_id)
        if not may_on(actor, "cycle.run", contract):
            raise NotAllowed(_("Your roles do not include closing a cycle of this contract."))
        statement = _close(contract, cycle, actor, now)
    return _or_changed(statement, cycle)


def close_with_two_signatures(*, cycle_id: int, prepared_by: User, approved_by: User, now: datetime) -> Statement:
    """Submit, approve and close in one go, all or nothing; the statement says that it was done so.

    Signatures that the same people gave before stand. Raises what the three verbs raise.
    """
    with recording(actor=approved_by, reason=_("Cycle closed with both signatures on one command line")):
        contract, cycle = _locked(cycle_id)
        _check_same_signer(cycle.prepared_by, prepared_by)
        _check_same_signer(cycle.approved_by, approved_by)
        cycle.both_on_command_line = True
        if cycle.prepared_by is None:
            _submit(contract, cycle, prepared_by, now)
        if cycle.approved_by is None:
            _approve(contract, cycle, approved_by, now)
        statement = _close(contract, cycle, approved_by, now)
    return _or_changed(statement, cycle)


def _submit(contract: Contract, cycle: Cycle, actor: User, now: datetime) -> Cycle:
    organisation = _organisation(contract, _preparing_side(contract, cycle))
    _require_side(actor, "cycle.prepare", contract, organisation)
    _check_move(cycle, CycleStatus.IN_REVIEW)
    cycle.status = CycleStatus.IN_REVIEW
    cycle.prepared_by, cycle.prepared_organisation, cycle.prepared_at = actor, organisation, now
    cycle.save()
    return cycle


def _approve(contract: Contract, cycle: Cycle, actor: User, now: datetime) -> Cycle:
    preparing = _preparing_side(contract, cycle)
    organisation = _organisation(contract, Party.COMMISSIONER if preparing == Party.PROVIDER else Party.PROVIDER)
    _require_side(actor, "cycle.approve", contract, organisation)
    _check_move(cycle, CycleStatus.APPROVED)
    if cycle.prepared_by_id == actor.pk:
        raise SamePerson(_("You prepared this month. Somebody else approves it."))
    cycle.status = CycleStatus.APPROVED
    cycle.approved_by, cycle.approved_organisation, cycle.approved_at = actor, organisation, now
    cycle.save()
    return cycle


def _close(contract: Contract, cycle: Cycle, actor: User, now: datetime) -> Statement | None:
    """None when the preview has changed and the cycle went back to open."""
    _check_move(cycle, CycleStatus.CLOSED)
    signed = _signed(contract)
    document = own_terms(signed, cycle.month).document
    _check_over(contract, cycle, document, now)
    reviewed = cycle.digest
    found = preview.write(cycle=cycle, contract=contract, signed=signed)
    _check_gates(found.gates, cycle)
    if found.digest != reviewed:
        cycle.digest, cycle.figures = found.digest, found.figures
        _reopen(cycle, _("What would be posted has changed since it was reviewed."))
        return None
    cycle.status = CycleStatus.CLOSED
    cycle.closed_at, cycle.closed_by, cycle.frozen_at = now, actor, _database_clock()
    cycle.save()
    return statements.issue(cycle=cycle, document=document, signed=signed, now=now)


def _or_changed(statement: Statement | None, cycle: Cycle) -> Statement:
    if statement is None:
        raise PreviewChanged(
            _(
                "%(month)s was not closed: what would be posted has changed since it was reviewed. "
                "The month is open again."
            )
            % {"month": _month(cycle.month)},
            [_("Calculate it again, and send the new preview for review.")],
        )
    return statement


def _reopen(cycle: Cycle, reason: str) -> Cycle:
    cycle.status = CycleStatus.OPEN
    cycle.prepared_by = cycle.prepared_organisation = cycle.prepared_at = None
    cycle.approved_by = cycle.approved_organisation = cycle.approved_at = None
    cycle.both_on_command_line = False
    cycle.returned_reason = reason
    cycle.save()
    return cycle


def _locked(cycle_id: int) -> tuple[Contract, Cycle]:
    contract = freeze(Cycle.objects.values_list("contract_id", flat=True).get(pk=cycle_id))
    cycle = Cycle.objects.select_for_update(of=["self"]).select_related("prepared_by", "approved_by").get(pk=cycle_id)
    cycle.contract = contract
    return contract, cycle


def _signed(contract: Contract) -> SignedTerms:
    signed = signed_terms(contract.pk)
    if not signed:
        raise NoTermsSigned(_("%(contract)s has no signed version yet.") % {"contract": contract.code})
    return signed


def _check_order(contract: Contract, signed: SignedTerms, month: date) -> None:
    latest = Cycle.objects.filter(contract=contract).order_by("-month").first()
    if latest is None:
        due = first_month(signed.versions)
        if due is None:
            raise CycleOutOfOrder(_("The signed terms hold no day that they govern."))
    elif latest.status == CycleStatus.CLOSED:
        due = add_months(latest.month, 1)
    else:
        raise CycleOutOfOrder(
            _("%(month)s is still %(status)s. Close it before you open another month.")
            % {"month": _month(latest.month), "status": latest.get_status_display().lower()}
        )
    if month != due:
        raise CycleOutOfOrder(
            _("%(month)s is not next: cycles run in order and without gaps, and %(due)s is due.")
            % {"month": _month(month), "due": _month(due)}
        )


def _check_move(cycle: Cycle, there: str) -> None:
    if cycle.closed_at is not None:
        raise NotNow(
            _("%(month)s was closed by %(name)s on %(when)s. Post what is missing in a later cycle.")
            % {
                "month": _month(cycle.month),
                "name": cycle.closed_by,
                "when": date_format(_local(cycle.closed_at, cycle.contract), "DATETIME_FORMAT"),
            }
        )
    if not may_move(cycle.status, there):
        raise NotNow(
            _("%(month)s is %(status)s and cannot become %(there)s now.")
            % {
                "month": _month(cycle.month),
                "status": cycle.get_status_display().lower(),
                "there": CycleStatus(there).label.lower(),
            }
        )


def _check_over(contract: Contract, cycle: Cycle, document: ContractDocument, now: datetime) -> None:
    first = closes_from(document, cycle.month)
    if _local(now, contract).date() < first:
        raise MonthNotOver(
            _("%(month)s cannot close before %(day)s.")
            % {"month": _month(cycle.month), "day": date_format(first, "DATE_FORMAT")}
        )


def _check_gates(findings: list[GateFinding], cycle: Cycle) -> None:
    closed_by = [
        finding
        for finding in findings
        if finding.holds == "close" and not finding.passed and finding.service_month == cycle.month
    ]
    if closed_by:
        raise GateHoldsClose(
            _("%(month)s cannot close: a gate holds it.") % {"month": _month(cycle.month)},
            [sentence(finding) for finding in closed_by],
        )


def _check_same_signer(given: User | None, named: User) -> None:
    if given is not None and given.pk != named.pk:
        raise NotNow(_("%(name)s has signed this month already.") % {"name": given.name})


def _preparing_side(contract: Contract, cycle: Cycle) -> str:
    return own_terms(_signed(contract), cycle.month).document.settlement.prepared_by


def _organisation(contract: Contract, side: str) -> Organisation:
    return contract.provider if side == Party.PROVIDER else contract.commissioner


def _require_run(actor: User, contract: Contract) -> None:
    if not actor.is_system and not may_on(actor, "cycle.run", contract):
        raise NotAllowed(_("Your roles do not include running cycles of this contract."))


def _require_side(actor: User, action: str, contract: Contract, organisation: Organisation) -> None:
    where = sides(actor, action)
    own = where.provider if organisation.pk == contract.provider_id else where.commissioner
    if organisation.pk not in own:
        raise NotAllowed(
            _("This signature needs the finance or commissioner role at %(organisation)s; %(name)s has none there.")
            % {"organisation": organisation.name, "name": actor.name}
        )


def _database_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _local(moment: datetime, contract: Contract) -> datetime:
    return moment.astimezone(ZoneInfo(contract.timezone))


def _month(month: date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")
