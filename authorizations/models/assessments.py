"""Scores of the contract's instruments: what a level is suggested by."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from authorizations.models.keys import in_organisation, of_organisation
from authorizations.querysets import AssessmentQuerySet, OfAssessmentQuerySet
from blended_pilot.kernel.audit import append_only_triggers, history, history_triggers
from blended_pilot.kernel.row_security import RowSecurity
from contracts.models import Contract
from eligibility.models import Evidence, Member

USER = settings.AUTH_USER_MODEL


class Assessment(models.Model):
    """One instrument applied to one member on a day. Corrected with history, withdrawn with a reason, never deleted.

    `working` says how the suggested level follows from score, bands, flags and overrides of the terms.
    """

    moves_with_member = True  # a merge of two members takes it along: eligibility.operations.merges

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="assessments")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="assessments")
    instrument = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    score = models.IntegerField()
    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    suggested_level = models.CharField(max_length=40)
    working = models.JSONField(default=dict)
    assessed_on = models.DateField()
    assessor = models.CharField(max_length=200)  # who applied it, in words: not everybody signs in here
    recorded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="superseded_by"
    )
    history = history()

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="assessment_seen_by_sides",
                action="assessment.view",
                provider="organisation",
                commissioner="contract",
            ),
            models.UniqueConstraint(fields=["organisation", "id"], name="assessment_of_organisation"),
            models.CheckConstraint(
                name="assessment_withdrawn_with_a_reason",
                condition=Q(withdrawn_at=None, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""),
            ),
            models.UniqueConstraint(fields=["supersedes"], name="assessment_superseded_once"),
            in_organisation("assessment_supersedes_of_organisation", "supersedes", "authorizations.Assessment"),
            *of_organisation("assessment"),
        ]
        indexes = [models.Index(fields=["member", "instrument", "-assessed_on"], name="assessment_of_member")]
        triggers = history_triggers()


class AssessmentEvidence(models.Model):
    """A file on which an assessment rests. Only grows."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, db_constraint=False, related_name="files")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, db_constraint=False, related_name="assessments")

    objects = OfAssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="assessment_evidence_seen_with_it", within="assessment"),
            models.UniqueConstraint(fields=["assessment", "evidence"], name="assessment_evidence_once"),
            in_organisation("assessment_evidence_of_assessment", "assessment", "authorizations.Assessment"),
            in_organisation("assessment_evidence_of_organisation", "evidence", "eligibility.Evidence"),
        ]
        triggers = append_only_triggers()
