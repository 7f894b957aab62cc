"""What was delivered."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from baseline.querysets import ActivityQuerySet
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import of_both_sides
from contracts.models import Contract, FeedRun
from eligibility.models import Member, Source

USER = settings.AUTH_USER_MODEL


class Present(models.TextChoices):
    """Who was there besides the person who recorded it."""

    MEMBER = "member", _("Member")
    FAMILY = "family", _("Family or carer")
    COLLEAGUE = "colleague", _("Colleague")
    OTHER_SERVICE = "other_service", _("Another service")
    INTERPRETER = "interpreter", _("Interpreter")


def acting_person() -> Any:
    """Who did something to a record; no list is asked by them, and an index for each would slow down every feed."""
    return models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)


def codes_field(longest: int) -> Any:
    """A list of codes, empty where a feed says nothing of it."""
    kind = ArrayField(models.CharField(max_length=longest))
    empty = Func(template=f"'{{}}'::varchar({longest})[]", output_field=kind)
    return ArrayField(models.CharField(max_length=longest), default=list, db_default=empty, blank=True)


class Activity(models.Model):
    """One record of delivered work, baseline or episodic. Corrected with history, reversed by another, never deleted.

    An episodic record waits → is verified, or is rejected → corrected → waits again. Verified at source: `verified_on`
    without a `verifier`. Whoever recorded or corrected it does not verify it.

    `id` grows in order of arrival and, inside a file, in file order: a duplicate is the later of two.
    """

    moves_with_member = True  # a merge of two members takes it along: eligibility.operations.merges

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
    recorded_at = models.DateTimeField(null=True, blank=True)  # in the product
    corrected_by = acting_person()  # last
    present = codes_field(40)  # codes of Present
    details = models.JSONField(  # the service's template beyond the columns above, by the codes of its fields
        default=dict, db_default=Value({}, output_field=models.JSONField()), blank=True
    )
    criteria_met = codes_field(60)  # answered here; a criterion in neither list was not answered
    group_session = models.UUIDField(null=True, blank=True)  # shared by the records of one session with several members
    submission = models.UUIDField(null=True, blank=True)  # of the form that was sent: sent twice, recorded once
    verifier = acting_person()
    rejected_on = models.DateField(null=True, blank=True)
    rejected_by = acting_person()
    rejection = models.CharField(max_length=500, blank=True, db_default="")  # why; clinical narrative
    # a record's history is found by the record: an index for each key would cost a feed more than writing the rows
    history = history(
        unindexed=(
            "organisation",
            "contract",
            "member",
            "feed_run",
            "recorded_by",
            "corrected_by",
            "verifier",
            "rejected_by",
        )
    )

    objects = ActivityQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("activity_seen_by_both_sides", "activity.view"),
            models.UniqueConstraint(fields=["contract", "activity_ref"], name="activity_reference_once"),
            models.UniqueConstraint(fields=["organisation", "id"], name="activity_of_organisation"),
            models.CheckConstraint(name="activity_units_positive", condition=Q(units__gt=0)),
            models.CheckConstraint(name="activity_amount_not_negative", condition=Q(amount=None) | Q(amount__gte=0)),
            models.CheckConstraint(
                name="activity_verified_by_somebody",
                condition=Q(verified_on=None, verified_by="") | Q(verified_on__isnull=False) & ~Q(verified_by=""),
                violation_error_message=_("A verified record names who verified it, and when."),
            ),
            models.CheckConstraint(
                name="activity_verified_by_another_than_recorded",
                condition=Q(verifier=None) | Q(recorded_by=None) | ~Q(verifier=F("recorded_by")),
                violation_error_message=_("Whoever recorded it does not verify it."),
            ),
            models.CheckConstraint(
                name="activity_verified_by_another_than_corrected",
                condition=Q(verifier=None) | Q(corrected_by=None) | ~Q(verifier=F("corrected_by")),
                violation_error_message=_("Whoever corrected it does not verify it."),
            ),
            models.CheckConstraint(
                name="activity_verifier_verified", condition=Q(verifier=None) | Q(verified_on__isnull=False)
            ),
            models.CheckConstraint(
                name="activity_rejected_with_a_reason",
                condition=Q(rejected_on=None, rejected_by=None, rejection="")
                | Q(rejected_on__isnull=False, rejected_by__isnull=False, verified_on=None) & ~Q(rejection=""),
                violation_error_message=_("A rejected record says why and by whom, and is not verified."),
            ),
            models.UniqueConstraint(
                fields=["recorded_by", "submission", "member"],
                name="activity_form_recorded_once",
                condition=Q(submission__isnull=False),
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
            # what came back to those who recorded it: few at a time
            models.Index(fields=["contract"], name="activity_rejected", condition=Q(rejected_on__isnull=False)),
        ]
        triggers = history_triggers()
