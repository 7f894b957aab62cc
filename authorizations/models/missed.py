"""Members whose record meets a trigger and for whom nobody has asked: under-service is as bad as over-service."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from authorizations.models.keys import of_organisation
from authorizations.querysets import MissedEscalationQuerySet
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.row_security import RowSecurity
from contracts.models import Contract
from eligibility.models import Member

USER = settings.AUTH_USER_MODEL


class MissedEscalation(models.Model):
    """Found by the nightly job. It ends when somebody asks, when the record no longer says so, or is set aside."""

    moves_with_member = True  # a merge of two members takes it along: eligibility.operations.merges

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="missed")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="missed")
    level = models.CharField(max_length=40, blank=True)  # care level when it was found
    triggers = models.JSONField()  # those that are met, as a request would show them
    first_met_on = models.DateField()
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    set_aside_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    history = history()

    objects = MissedEscalationQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="missed_escalation_seen_by_sides",
                action="escalation.missed",
                provider="organisation",
                commissioner="contract",
            ),
            models.UniqueConstraint(
                fields=["contract", "member"], condition=Q(ended_at=None), name="missed_escalation_open_once"
            ),
            models.CheckConstraint(
                name="missed_escalation_set_aside_with_a_reason",
                condition=Q(set_aside_by=None, reason="")
                | Q(set_aside_by__isnull=False, ended_at__isnull=False) & ~Q(reason=""),
            ),
            *of_organisation("missed_escalation"),
        ]
        triggers = history_triggers()
