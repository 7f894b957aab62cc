"""What was delivered."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from baseline.querysets import ActivityQuerySet
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from contracts.models import Contract, FeedRun
from eligibility.models import Member, Source

USER = settings.AUTH_USER_MODEL


class Activity(models.Model):
    """One record of delivered work, baseline or episodic. Corrected with history, reversed by another, never deleted.

    `id` grows in order of arrival and, inside a file, in file order: a duplicate is the later of two.
    """

    # implied by the key to the contract, which holds its provider: checked once per record, not twice
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="activity")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="activity")
    activity_ref = models.CharField(max_length=100)
    service = models.CharField(max_length=60)
    occurred_on = models.DateField()  # in the contract's timezone
    occurred_at = models.DateTimeField(null=True, blank=True)  # where the time is known
    units = models.DecimalField(max_digits=14, decimal_places=4)
    planned = models.BooleanField(default=True)
    attempted = models.BooleanField(default=False)  # tried, not delivered
    practitioner = models.CharField(max_length=100, blank=True)
    place = models.CharField(max_length=100, blank=True)
    outcome = models.CharField(max_length=100, blank=True)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    criteria_not_met = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)  # as billed, the row's total
    received_on = models.DateField()
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.CharField(max_length=200, blank=True)
    reverses = models.CharField(max_length=100, blank=True)  # activity_ref of the record that this one cancels
    source = models.CharField(max_length=10, choices=Source, default=Source.FEED)
    feed_run = models.ForeignKey(FeedRun, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    feed_row = models.BigIntegerField(null=True, blank=True)
    recorded_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # a record's history is found by the record: an index for each key would cost a feed more than writing the rows
    history = history(unindexed=("organisation", "contract", "member", "feed_run", "recorded_by"))

    objects = ActivityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "activity_ref"], name="activity_reference_once"),
            models.UniqueConstraint(fields=["organisation", "id"], name="activity_of_organisation"),
            models.CheckConstraint(name="activity_units_positive", condition=Q(units__gt=0)),
            models.CheckConstraint(name="activity_amount_not_negative", condition=Q(amount=None) | Q(amount__gte=0)),
            models.CheckConstraint(
                name="activity_verified_by_somebody",
                condition=Q(verified_on=None, verified_by="") | Q(verified_on__isnull=False) & ~Q(verified_by=""),
                violation_error_message=_("A verified record names who verified it, and when."),
            ),
            CompositeForeignKey(
                name="activity_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="activity_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "occurred_on"], name="activity_by_day"),
            models.Index(fields=["member", "-occurred_on"], name="activity_of_member"),
            models.Index(fields=["contract", "reverses"], name="activity_reversals", condition=~Q(reverses="")),
        ]
        triggers = history_triggers()
