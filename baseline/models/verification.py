"""The verification of many records at once: what was drawn, which sample was looked at, and what became of it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from baseline.querysets import VerificationBatchQuerySet, VerificationItemQuerySet
from blended_pilot.kernel.audit import append_only_triggers, history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import RowSecurity
from contracts.models import Contract

USER = settings.AUTH_USER_MODEL


class BatchStatus(models.TextChoices):
    DRAWN = "drawn", _("Sample drawn")
    CONFIRMED = "confirmed", _("Confirmed, being verified")
    DONE = "done", _("Verified")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class VerificationBatch(models.Model):
    """A filtered list of records that one person verifies after looking at a random sample of it.

    drawn → confirmed → done; a drawn one may be withdrawn. `seed` draws the same `sample` from the same items again.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    wanted = models.JSONField(default=dict)  # the filter, as the list's address says it
    seed = models.BigIntegerField()
    sample = ArrayField(models.BigIntegerField())  # ids of the records to be looked at first
    records = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=BatchStatus, default=BatchStatus.DRAWN)
    drawn_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    verified = models.PositiveIntegerField(null=True, blank=True)  # once done
    left_out = models.JSONField(default=dict)  # reason → how many were not verified
    history = history()

    objects = VerificationBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="batch_seen_by_verifiers", action="activity.verification", provider="organisation"),
            models.UniqueConstraint(fields=["organisation", "id"], name="verification_batch_of_organisation"),
            models.CheckConstraint(
                name="verification_batch_done_says_how_many",
                condition=Q(status="done", verified__isnull=False) | ~Q(status="done") & Q(verified=None),
            ),
            models.CheckConstraint(
                name="verification_batch_confirmed_has_a_time",
                condition=Q(status__in=["confirmed", "done"], confirmed_at__isnull=False)
                | Q(status__in=["drawn", "withdrawn"], confirmed_at=None),
            ),
            CompositeForeignKey(
                name="verification_batch_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        triggers = history_triggers()


class VerificationItem(models.Model):
    """One record of a batch, with what it said when the batch was drawn: what changed since is not verified."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    batch = models.ForeignKey(VerificationBatch, on_delete=models.PROTECT, db_constraint=False, related_name="items")
    activity = models.ForeignKey("baseline.Activity", on_delete=models.PROTECT, db_constraint=False, related_name="+")
    position = models.PositiveIntegerField()
    digest = models.CharField(max_length=32)

    objects = VerificationItemQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="batch_item_seen_by_verifiers", action="activity.verification", provider="organisation"),
            models.UniqueConstraint(fields=["batch", "activity"], name="verification_item_once_per_batch"),
            CompositeForeignKey(
                name="verification_item_batch_of_organisation",
                fields=["organisation", "batch"],
                to="baseline.VerificationBatch",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="verification_item_activity_of_organisation",
                fields=["organisation", "activity"],
                to="baseline.Activity",
                to_fields=["organisation", "id"],
            ),
        ]
        triggers = append_only_triggers()
