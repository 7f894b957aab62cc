"""The referral log: who asked for a place, when, and how soon somebody answered."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import of_both_sides
from contracts.models import Contract, FeedRun
from eligibility.models.members import Member, Source
from eligibility.querysets import ReferralQuerySet

USER = settings.AUTH_USER_MODEL


class Urgency(models.TextChoices):
    ROUTINE = "routine", _("Routine")
    URGENT = "urgent", _("Urgent")


class Referral(models.Model):
    """One referral under one contract. `response_due_at` is as the terms said when it was received.

    It is open until its disposition is written. `given_name` to `note` are what is known of a person who is no member
    yet; for the care team only.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="referrals")
    referral_ref = models.CharField(max_length=100)
    received_at = models.DateTimeField()  # a day without a time is its first moment in the contract's timezone
    referred_by = models.CharField(max_length=100)  # `source` in files
    urgency = models.CharField(max_length=10, choices=Urgency)
    geography = models.CharField(max_length=40)
    cohort = models.CharField(max_length=40, blank=True)
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="referrals"
    )
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    response_due_at = models.DateTimeField(null=True, blank=True)  # where the terms give an hour clock
    first_response_at = models.DateTimeField(null=True, blank=True)
    disposition = models.CharField(max_length=100, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.CharField(max_length=200, blank=True)
    verifier = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=10, choices=Source, default=Source.FEED)
    feed_run = models.ForeignKey(FeedRun, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    history = history(unindexed=("organisation", "contract", "feed_run", "recorded_by", "verifier"))

    objects = ReferralQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("referral_seen_by_sides", "referral.view"),
            models.UniqueConstraint(fields=["contract", "referral_ref"], name="referral_reference_once"),
            models.UniqueConstraint(fields=["organisation", "id"], name="referral_of_organisation"),
            models.CheckConstraint(
                name="referral_verified_by_somebody",
                condition=Q(verified_on=None, verified_by="", verifier=None)
                | Q(verified_on__isnull=False) & ~Q(verified_by=""),
            ),
            models.CheckConstraint(
                name="referral_four_eyes",
                condition=Q(verifier=None) | Q(recorded_by=None) | ~Q(verifier=F("recorded_by")),
                violation_error_message=_("Whoever recorded a referral may not verify it."),
            ),
            models.CheckConstraint(
                name="referral_answered_after_it_came",
                condition=Q(first_response_at=None) | Q(first_response_at__gte=F("received_at")),
                violation_error_message=_("The first response lies before the referral."),
            ),
            CompositeForeignKey(
                name="referral_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="referral_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "-received_at"], name="referral_latest"),
            # what waits for a response, by when it is due
            models.Index(
                fields=["contract", "response_due_at"],
                name="referral_to_answer",
                condition=Q(first_response_at=None, disposition=""),
            ),
        ]
        triggers = history_triggers()

    def __str__(self) -> str:
        return self.referral_ref
