"""Complaints and safety signals."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from baseline.querysets import EventQuerySet
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import of_both_sides
from contracts.models import Contract, FeedRun
from eligibility.models import Member, Source, Team

USER = settings.AUTH_USER_MODEL


class EventKind(models.TextChoices):
    COMPLAINT = "complaint", _("Complaint")
    SAFETY = "safety", _("Safety signal")


class Severity(models.TextChoices):
    LOW = "low", _("Low")
    MODERATE = "moderate", _("Moderate")
    SEVERE = "severe", _("Severe")


class Event(models.Model):
    """A complaint by or about a member's care, or a sign that their safety is at risk. Closed with what was learned."""

    # implied by the key to the contract, which holds its provider
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="events")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="events")
    event_ref = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=EventKind)
    occurred_on = models.DateField()  # in the contract's timezone
    severity = models.CharField(max_length=10, choices=Severity)
    category = models.CharField(max_length=100, blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="events"
    )  # that led the member on the day
    owner = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    due_on = models.DateField(null=True, blank=True)
    description = models.TextField(blank=True)
    safeguarding = models.TextField(blank=True)  # for the care team and the clinical lead alone
    learning = models.TextField(blank=True)
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=Source, default=Source.FEED)
    feed_run = models.ForeignKey(FeedRun, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    history = history()

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("event_seen_by_both_sides", "event.view"),
            models.UniqueConstraint(fields=["contract", "event_ref"], name="event_reference_once"),
            models.CheckConstraint(
                name="event_closed_after_it_occurred",
                condition=Q(closed_on=None) | Q(closed_on__gte=F("occurred_on")),
                violation_error_message=_("It cannot have been closed before it occurred."),
            ),
            models.CheckConstraint(
                name="event_closed_here_with_learning",
                condition=Q(closed_by=None) | Q(closed_on__isnull=False) & ~Q(learning=""),
                violation_error_message=_("Say what was learned; that is what closes it."),
            ),
            CompositeForeignKey(
                name="event_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="event_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
            CompositeForeignKey(
                name="event_team_of_organisation",
                fields=["organisation", "team"],
                to="eligibility.Team",
                to_fields=["organisation", "id"],
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "occurred_on"], name="event_by_day"),
            models.Index(fields=["owner", "due_on"], name="event_open", condition=Q(closed_on=None)),
        ]
        triggers = history_triggers()

    def __str__(self) -> str:
        return self.event_ref
