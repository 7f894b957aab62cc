"""How members leave, and who turned out to be one person registered twice."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.row_security import RowSecurity
from contracts.models import Contract
from eligibility.models.determinations import in_organisation
from eligibility.models.members import Member
from eligibility.querysets import OfMemberQuerySet

USER = settings.AUTH_USER_MODEL


class DepartureKind(models.TextChoices):
    DISCHARGE = "discharge", _("Discharge")
    DEATH = "death", _("Death")
    TRANSFER = "transfer", _("Transfer")
    CONSENT = "consent", _("Withdrawn consent")


class Departure(models.Model):
    """A member leaves a contract after `last_day`. `ended` holds the spans as they were, to take it back."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="departures")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="departures")
    kind = models.CharField(max_length=10, choices=DepartureKind)
    last_day = models.DateField()
    transferred_to = models.CharField(max_length=200, blank=True)
    reason = models.TextField()
    ended = models.JSONField(default=dict)
    recorded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    history = history()

    objects = OfMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="departure_seen_at_its_provider", action="determination.view", provider="organisation"),
            models.CheckConstraint(
                name="departure_transfer_names_where_to", condition=~Q(kind="transfer") | ~Q(transferred_to="")
            ),
            models.CheckConstraint(
                name="departure_taken_back_by_somebody",
                condition=Q(taken_back_at=None, taken_back_by=None)
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
            ),
            in_organisation("departure_member_of_organisation", "member", "eligibility.Member"),
            in_organisation("departure_contract_of_organisation", "contract", "contracts.Contract", ("provider", "id")),
        ]
        triggers = history_triggers()


class MemberMerge(models.Model):
    """Two members of one provider are one person: `merged` lives on as `kept` until it is undone.

    `moved` names the rows that changed hands and the spans as they were, so that exactly they go back.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kept = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="merges")
    merged = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="merged_as")
    reason = models.TextField()
    moved = models.JSONField(default=dict)
    merged_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField()
    undone_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    history = history()

    objects = OfMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="merge_seen_at_its_provider", action="determination.view", provider="organisation"),
            models.UniqueConstraint(
                fields=["merged"],
                condition=Q(undone_at=None),
                name="merge_once",
                violation_error_message=_("This member is merged into another already."),
            ),
            models.CheckConstraint(name="merge_of_two", condition=~Q(kept=F("merged"))),
            models.CheckConstraint(
                name="merge_undone_by_somebody",
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
            in_organisation("merge_kept_of_organisation", "kept", "eligibility.Member"),
            in_organisation("merge_merged_of_organisation", "merged", "eligibility.Member"),
        ]
        triggers = history_triggers()
