"""A person's confirmation that funding and the safe operating model agree."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.money import rounded
from contracts.models import Contract, ContractVersion, PlanLine, StaffingAlignment, VersionStatus
from contracts.queries.terms import document_of
from contracts.rules.alignment import Alignment, PlannedQuantity
from contracts.rules.alignment import align as worked_out


class NothingToAlign(Refused):
    """The version states no staffing, or is past signing."""


class FundingTooLow(Refused):
    """No mix of levels pays for safe staffing at the lowest planned number of members."""


def align(*, version_id: int, actor: User, now: datetime) -> StaffingAlignment:
    """Record that safe staffing can be paid for, with the working as it is now.

    The same finding on the same text by the same person is kept once. Raises NothingToAlign, FundingTooLow, NotAllowed.
    """
    with recording(actor=actor, reason=_("Staffing alignment recorded")):
        version = ContractVersion.objects.select_for_update(of=["self"]).select_related("contract").get(pk=version_id)
        require_on(
            actor, "contract.align", version.contract, _("Your roles do not include recording a staffing alignment.")
        )
        if version.status != VersionStatus.DRAFT:
            raise NothingToAlign(
                _("Version %(number)s is %(status)s; an alignment is recorded before signing.")
                % {"number": version.number, "status": version.get_status_display().lower()}
            )
        finding = working_of(version)
        if finding is None:
            raise NothingToAlign(_("Version %(number)s states no staffing to align.") % {"number": version.number})
        if not finding.possible:
            raise FundingTooLow(
                _("The baseline cannot pay for safe staffing at %(members)s members, whatever their levels.")
                % {"members": finding.members},
                shortfall(finding, version.contract),
            )
        working = as_data(finding)
        known = version.alignments.filter(digest=version.digest, recorded_by=actor, working=working).first()
        return known or StaffingAlignment.objects.create(
            version=version, recorded_by=actor, recorded_at=now, digest=version.digest, working=working
        )


def working_of(version: ContractVersion) -> Alignment | None:
    """The finding on the version's text and the plan as it stands; None when no staffing is stated."""
    document = document_of(version)
    if not document.baseline.staffing:
        return None
    planned = (
        PlanLine.objects.filter(contract_id=version.contract_id, service="")
        .exclude(level="")
        .values("level", "cohort", "geography")
        .order_by("level", "cohort", "geography")
        .annotate(quantity=Sum("quantity"))
    )
    return worked_out(document, [PlannedQuantity(**line) for line in planned])


def shortfall(finding: Alignment, contract: Contract) -> list[str]:
    """What is missing, in sentences."""
    money = {
        "needed": rounded(finding.needed, 2),
        "block": rounded(finding.block, 2),
        "members": finding.members,
        "currency": contract.currency,
    }
    reasons = [
        _("Safe staffing, supervision, governance posts and overhead cost %(needed)s %(currency)s a month.") % money,
        _("Block sums bring %(block)s %(currency)s a month.") % money,
    ]
    if finding.required_average is None:
        return [*reasons, _("No member is planned for, so that rates bring nothing.")]
    if finding.dearest is None:
        return [*reasons, _("The version has no rate in force on its first day.")]
    return [
        *reasons,
        _("%(average)s %(currency)s per member and month would be needed; the dearest rate is %(dearest)s.")
        % {**money, "average": rounded(finding.required_average, 2), "dearest": rounded(finding.dearest, 2)},
    ]


def as_data(finding: Alignment) -> dict[str, Any]:
    """The working as JSON values: decimals and dates as text, six places at most."""
    values: dict[str, Any] = _plain(asdict(finding))
    gap = finding.planned_gap
    return {**values, "possible": finding.possible, "planned_gap": None if gap is None else _plain(gap)}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return f"{rounded(value, 6).normalize():f}"
        case date():
            return value.isoformat()
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
    return value
