"""Who was found eligible, and on which ground: criteria answered one by one, with their evidence."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import RowSecurity, of_both_sides
from blended_pilot.kernel.triggers import Guard
from contracts.models import Contract
from eligibility.models.evidence import Evidence
from eligibility.models.members import Member
from eligibility.models.referrals import Referral
from eligibility.querysets import DeterminationQuerySet, OfDeterminationQuerySet

USER = settings.AUTH_USER_MODEL


def in_organisation(name: str, field: str, to: str, to_fields: tuple[str, str] = ("organisation", "id")) -> object:
    """`field` names a row of `to` that belongs to the same organisation."""
    return CompositeForeignKey(name=name, fields=["organisation", field], to=to, to_fields=to_fields)


class DeterminationStands(Guard):
    """What was determined stays; a person found ineligible by mistake is determined anew."""

    name = "determination_stands"
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    func = """
        IF OLD.status <> 'draft' THEN
            RAISE EXCEPTION 'determination % is % and stays so', OLD.id, OLD.status;
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;"""


class AnswerStands(Guard):
    """The answers of a determination that is not a draft any more stay, and so do the files behind them."""

    name = "answer_stands"
    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    declare = [("its_status", "text")]
    func = """
        SELECT status INTO its_status FROM eligibility_determination
         WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.determination_id ELSE NEW.determination_id END;
        IF its_status <> 'draft' THEN
            RAISE EXCEPTION 'the determination is % and its answers stay', its_status;
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;"""


class DeterminationStatus(models.TextChoices):
    DRAFT = "draft", _("Being worked out")
    COMPLETED = "completed", _("Completed")
    ABANDONED = "abandoned", _("Abandoned")


class Outcome(models.TextChoices):
    ELIGIBLE = "eligible", _("Eligible")
    NOT_ELIGIBLE = "not_eligible", _("Not eligible")


class Determination(models.Model):
    """Whether one person is let in under one contract. `terms` are the criteria as they were when it began.

    `member` is an existing one, or the one that a completed determination made from `reference` to `disability`.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="determinations")
    referral = models.ForeignKey(
        Referral, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="determinations"
    )
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="determinations"
    )
    status = models.CharField(max_length=10, choices=DeterminationStatus, default=DeterminationStatus.DRAFT)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    terms = models.JSONField()
    reference = models.CharField(max_length=60, blank=True)
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=40, blank=True)
    ethnicity = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=40, blank=True)
    disability = models.CharField(max_length=60, blank=True)
    not_a_duplicate = models.TextField(blank=True)  # why this is nobody of those who look alike
    alike = models.JSONField(default=list, blank=True)  # ids of the members that were shown as possibly the same
    cohort = models.CharField(max_length=40, blank=True)
    geography = models.CharField(max_length=40, blank=True)
    effective_on = models.DateField(null=True, blank=True)  # first day covered; not eligible: first day that is not
    explanation = models.TextField(blank=True)  # in words for the person; of a refusal, why
    begun_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    completed_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    completed_at = models.DateTimeField(null=True, blank=True)
    history = history()

    objects = DeterminationQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("determination_seen_by_sides", "determination.view"),
            models.UniqueConstraint(fields=["organisation", "id"], name="determination_of_organisation"),
            models.UniqueConstraint(
                fields=["referral"], condition=Q(status="draft"), name="determination_one_draft_per_referral"
            ),
            models.UniqueConstraint(
                fields=["contract", "member"], condition=Q(status="draft"), name="determination_one_draft_per_member"
            ),
            models.CheckConstraint(
                name="determination_completed_with_an_outcome",
                condition=Q(status="completed", completed_at__isnull=False, completed_by__isnull=False) & ~Q(outcome="")
                | ~Q(status="completed") & Q(outcome="", completed_at=None, completed_by=None),
            ),
            models.CheckConstraint(
                name="determination_eligible_is_a_member_from_a_day",
                condition=~Q(outcome="eligible")
                | Q(member__isnull=False, effective_on__isnull=False) & ~Q(cohort="") & ~Q(geography=""),
            ),
            models.CheckConstraint(
                name="determination_says_why_not", condition=~Q(outcome="not_eligible") | ~Q(explanation="")
            ),
            in_organisation("determination_member_of_organisation", "member", "eligibility.Member"),
            in_organisation("determination_referral_of_organisation", "referral", "eligibility.Referral"),
            in_organisation(
                "determination_contract_of_organisation", "contract", "contracts.Contract", ("provider", "id")
            ),
        ]
        indexes = [models.Index(fields=["contract", "-begun_at"], name="determination_latest")]
        triggers = [*history_triggers(), DeterminationStands()]


class AnswerChoice(models.TextChoices):
    MET = "met", _("Met")
    NOT_MET = "not_met", _("Not met")
    WAIVED = "waived", _("Waived")


class Answer(models.Model):
    """One criterion of the terms, answered on a determination; empty as long as it is not."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    determination = models.ForeignKey(
        Determination, on_delete=models.PROTECT, db_constraint=False, related_name="answers"
    )
    position = models.PositiveSmallIntegerField()
    criterion = models.CharField(max_length=60)
    text = models.TextField()
    decides = models.BooleanField()  # named in `all_of`
    needs_evidence = models.BooleanField()
    answer = models.CharField(max_length=10, choices=AnswerChoice, blank=True)
    reason = models.TextField(blank=True)
    history = history()

    objects = OfDeterminationQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="answer_seen_with_its_determination", within="determination"),
            models.UniqueConstraint(fields=["organisation", "id"], name="answer_of_organisation"),
            models.UniqueConstraint(fields=["determination", "criterion"], name="answer_once_per_criterion"),
            in_organisation("answer_determination_of_organisation", "determination", "eligibility.Determination"),
        ]
        triggers = [*history_triggers(), AnswerStands()]


class AnswerEvidence(models.Model):
    """A file on which an answer rests."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, db_constraint=False, related_name="files")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, db_constraint=False, related_name="answers")
    history = history()

    objects = OfDeterminationQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="answer_evidence_seen_with_it", within="determination"),
            models.UniqueConstraint(fields=["answer", "evidence"], name="answer_evidence_once"),
            in_organisation("answer_evidence_answer_of_organisation", "answer", "eligibility.Answer"),
            in_organisation("answer_evidence_file_of_organisation", "evidence", "eligibility.Evidence"),
            in_organisation("answer_evidence_of_determination", "determination", "eligibility.Determination"),
        ]
        triggers = [*history_triggers(), AnswerStands()]
