"""Confirming that one has read what a contract version includes."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import NotAllowed, sides
from baseline.models import BoundaryReading
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import ContractVersion, VersionStatus


class NotSigned(Refused):
    """A draft may still change: nobody confirms it."""


def confirm_read(*, version_id: int, actor: User, now: datetime) -> BoundaryReading:
    """Give one's word once; giving it again changes nothing. Raises NotAllowed, NotSigned."""
    with recording(actor=actor):
        version = ContractVersion.objects.select_related("contract").get(pk=version_id)
        if version.contract.provider_id not in sides(actor, "included.confirm").provider:
            raise NotAllowed(_("Those who deliver the work confirm what they have read."))
        if version.status != VersionStatus.SIGNED:
            raise NotSigned(_("This version is not signed yet and may still change. Confirm it once it is."))
        reading, _new = BoundaryReading.objects.get_or_create(
            version=version,
            user=actor,
            defaults={"organisation_id": version.contract.provider_id, "confirmed_at": now},
        )
        return reading
