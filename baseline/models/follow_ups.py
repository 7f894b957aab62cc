"""What is to be done after a contact that nobody planned, and after an episode."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from baseline.models.activity import Activity
from baseline.querysets import FollowUpQuerySet
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import of_both_sides
from contracts.models import Contract
from eligibility.models import Member

USER = settings.AUTH_USER_MODEL


class FollowUpCause(models.TextChoices):
    UNPLANNED = "unplanned", _("Unplanned contact")
    EPISODE = "episode", _("End of an episode")


class FollowUpStatus(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")
    WITHDRAWN = "withdrawn", _("Cause taken back")


class FollowUp(models.Model):
    """A planned contact that a member is due by `due_on`, because of what happened on `happened_on` (day 0).

    open → done → open (the contact was reversed) · open → cancelled (by a person, with a reason)
    open, done → withdrawn → open (the cause was reversed or corrected, and stands again)
    """

    moves_with_member = True  # a merge of two members takes it along: eligibility.operations.merges

    # implied by the key to the contract, which holds its provider
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="follow_ups")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="follow_ups")
    cause = models.CharField(max_length=10, choices=FollowUpCause)
    activity = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="follow_ups"
    )  # the unplanned contact
    episode_ref = models.CharField(max_length=100, blank=True)  # what the episode's own stage calls it
    service = models.CharField(max_length=60)  # of the contact, or of the episode
    happened_on = models.DateField()  # day 0: of the contact, or of the episode's last unit
    due_on = models.DateField()  # the last day in time
    status = models.CharField(max_length=10, choices=FollowUpStatus, default=FollowUpStatus.OPEN)
    completed_by = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="completes"
    )  # the first planned contact after day 0
    completed_on = models.DateField(null=True, blank=True)
    cancelled_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cancelled_reason = models.TextField(blank=True)
    history = history()

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "follow-up"
        constraints = [
            of_both_sides("follow_up_seen_by_both_sides", "follow_up.view"),
            models.UniqueConstraint(fields=["activity"], name="follow_up_once_per_contact"),
            models.UniqueConstraint(
                fields=["contract", "episode_ref"],
                name="follow_up_once_per_episode",
                condition=Q(cause="episode"),
            ),
            models.CheckConstraint(
                name="follow_up_names_its_cause",
                condition=Q(cause="unplanned", activity__isnull=False, episode_ref="")
                | Q(cause="episode", activity=None) & ~Q(episode_ref=""),
            ),
            models.CheckConstraint(name="follow_up_due_after_its_cause", condition=Q(due_on__gt=F("happened_on"))),
            models.CheckConstraint(
                name="follow_up_done_by_a_later_contact",
                condition=Q(status="done", completed_by__isnull=False, completed_on__gt=F("happened_on"))
                | ~Q(status="done") & Q(completed_by=None, completed_on=None),
            ),
            models.CheckConstraint(
                name="follow_up_cancelled_with_a_reason",
                condition=Q(status="cancelled", cancelled_by__isnull=False) & ~Q(cancelled_reason="")
                | ~Q(status="cancelled") & Q(cancelled_by=None, cancelled_reason=""),
                violation_error_message=_("A cancelled follow-up names who cancelled it, and why."),
            ),
            CompositeForeignKey(
                name="follow_up_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="follow_up_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
            CompositeForeignKey(
                name="follow_up_contact_of_organisation",
                fields=["organisation", "activity"],
                to="baseline.Activity",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="follow_up_completed_in_organisation",
                fields=["organisation", "completed_by"],
                to="baseline.Activity",
                to_fields=["organisation", "id"],
            ),
        ]
        indexes = [
            # what is late is asked for on every caseload page and by the triggers of a request
            models.Index(fields=["contract", "due_on"], name="follow_up_open", condition=Q(status="open")),
        ]
        triggers = history_triggers()

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.happened_on}"
