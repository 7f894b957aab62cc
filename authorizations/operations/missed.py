"""Missed escalations: the nightly look for members whose record meets a trigger and for whom nobody has asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from authorizations.models import MissedEscalation, Request, RequestKind
from authorizations.operations.moves import NotInThisState
from authorizations.queries import record as of_record
from authorizations.queries.missed import AtLevel, candidates, care_levels
from authorizations.queries.requests import governing
from authorizations.rules.triggers import Finding, judged
from blended_pilot.kernel.audit import recording
from contracts.models import Contract
from contracts.queries.versions import local_today
from contracts.rules.document import ContractDocument

AT_ONCE = 500


@dataclass(frozen=True)
class Looked:
    """What one look found: members on the list anew, and those that left it."""

    found: int
    ended: int


def look(*, contract_id: int, actor: User, now: datetime) -> Looked:
    """Bring one contract's list up to date. Safe to run twice; a contract without triggers has no list.

    A member stays on the list for as long as the record meets a trigger. Who was asked for since the trigger was first
    met is not missed, nor is who has the highest level; what a person set aside comes back only on newer facts.
    """
    contract = Contract.objects.get(pk=contract_id)
    today = local_today(contract, now)
    document = governing(contract_id, today).document
    with recording(actor=actor, reason=_("Missed escalations looked for")):
        missed = dict(_missed(contract_id, today, document))
        open_ones = {row.member_id: row for row in MissedEscalation.objects.open().filter(contract=contract)}
        ended = [row for pk, row in open_ones.items() if pk not in missed]
        for row in ended:
            row.ended_at = now
        MissedEscalation.objects.bulk_update(ended, ["ended_at"], batch_size=AT_ONCE)
        new = [
            MissedEscalation(
                organisation_id=contract.provider_id,
                contract=contract,
                member_id=pk,
                level=at.level,
                triggers=[finding.as_data() for finding in findings],
                first_met_on=min(finding.since for finding in findings if finding.since),
                found_at=now,
            )
            for pk, (at, findings) in missed.items()
            if pk not in open_ones
        ]
        MissedEscalation.objects.bulk_create(new, batch_size=AT_ONCE)
        return Looked(len(new), len(ended))


def set_aside(*, missed_id: int, reason: str, actor: User, now: datetime) -> MissedEscalation:
    """A clinical lead or supervisor says why nobody needs to ask. Raises NotAllowed, NotInThisState."""
    with recording(actor=actor, reason=reason):
        found = MissedEscalation.objects.select_for_update(of=["self"]).select_related("contract").get(pk=missed_id)
        require_on(
            actor, "escalation.set_aside", found.contract, _("Only a clinical lead or a supervisor sets this aside.")
        )
        if found.ended_at is not None:
            raise NotInThisState(_("This is no longer on the list."))
        found.ended_at, found.set_aside_by, found.reason = now, actor, reason
        found.save()
        return found


def _missed(
    contract_id: int, today: date, document: ContractDocument
) -> Iterable[tuple[int, tuple[AtLevel, list[Finding]]]]:
    authorization = document.authorization
    if authorization is None or authorization.triggers is None:
        return
    ranks = {level.code: level.rank for level in document.levels}
    highest = max(ranks, key=ranks.__getitem__)
    members = candidates(contract_id, today, authorization)
    for first in range(0, len(members), AT_ONCE):
        chunk = members[first : first + AT_ONCE]
        levels = care_levels(contract_id, chunk, today)
        known = of_record.records(contract_id, list(levels), today, authorization, of_record.costed_services(document))
        for pk, at in levels.items():
            met = [finding for finding in judged(authorization.triggers.list_, known[pk], {}) if finding.met]
            if at.level == highest or len(met) < authorization.triggers.minimum:
                continue
            since = min(finding.since for finding in met if finding.since)
            if not _dealt_with(contract_id, pk, since, at):
                yield pk, (at, met)


def _dealt_with(contract_id: int, member_id: int, since: date, at: AtLevel) -> bool:
    """Asked for (or decided otherwise) since the trigger was first met, or set aside on the same facts."""
    if at.since is not None and at.since >= since:
        return True
    asked = Request.objects.filter(
        contract=contract_id,
        member=member_id,
        kind__in=[RequestKind.UPGRADE, RequestKind.RECONSIDERATION],
        received_at__date__gte=since - timedelta(days=1),
    )
    if asked.exclude(status="withdrawn").exists():
        return True
    return MissedEscalation.objects.filter(
        contract=contract_id, member=member_id, set_aside_by__isnull=False, first_met_on__gte=since
    ).exists()
