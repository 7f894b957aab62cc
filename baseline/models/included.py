"""Who has read what a contract version includes."""

from django.conf import settings
from django.db import models

from accounts.models import Organisation
from baseline.querysets import BoundaryReadingQuerySet
from blended_pilot.kernel.audit import append_only_triggers
from blended_pilot.kernel.row_security import RowSecurity
from contracts.models import ContractVersion


class BoundaryReading(models.Model):
    """A person's word, given once for each version, that they have read what is baseline and what is an episode."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="boundary_readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="boundary_readings")
    confirmed_at = models.DateTimeField()

    objects = BoundaryReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="reading_seen_by_its_person_and_overseers",
                action="included.oversee",
                provider="organisation",
                commissioner="organisation",
                own="user",
            ),
            models.UniqueConstraint(fields=["version", "user"], name="boundary_reading_once_per_version"),
        ]
        triggers = append_only_triggers()
