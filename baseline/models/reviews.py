"""The weekly look at a caseload: what stood out, what is done about it, and what a supervisor signed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from baseline.querysets import OfReviewQuerySet, ReviewActionQuerySet, ReviewQuerySet
from blended_pilot.kernel.audit import append_only_triggers, history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import RowSecurity, of_both_sides
from contracts.models import Contract
from eligibility.models import Member, Team

USER = settings.AUTH_USER_MODEL


def _belongs(name: str, field: str, to: str, to_field: str = "id") -> CompositeForeignKey:
    organisation = "provider" if to == "contracts.Contract" else "organisation"
    return CompositeForeignKey(name=name, fields=["organisation", field], to=to, to_fields=[organisation, to_field])


# what belongs to a review that the commissioner's side sees, in SQL: the tables below have no contract of their own
OF_REVIEW = """review_id IN (SELECT id FROM baseline_caseloadreview
    WHERE contract_id = ANY ((SELECT row_security_contracts('caseload.view', 1))::bigint[]))"""
OF_REVIEW_OR_OWN = f"""({OF_REVIEW}
    OR owner_id = ANY ((SELECT row_security_organisations('person', 0))::bigint[])
    AND organisation_id = ANY ((SELECT row_security_organisations('action.view', 0))::bigint[]))"""


class CaseloadReview(models.Model):
    """One week of one team under one contract. `week` is its Monday; without a team: members who have none."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="reviews")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="reviews"
    )
    week = models.DateField()
    opened_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    history = history()

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("review_seen_by_both_sides", "caseload.view"),
            models.UniqueConstraint(
                fields=["contract", "team", "week"], name="review_once_per_team_and_week", nulls_distinct=False
            ),
            models.UniqueConstraint(fields=["organisation", "id"], name="review_of_organisation"),
            models.CheckConstraint(name="review_week_begins_on_monday", condition=Q(week__iso_week_day=1)),
            _belongs("review_contract_of_organisation", "contract", "contracts.Contract"),
            _belongs("review_team_of_organisation", "team", "eligibility.Team"),
        ]
        triggers = history_triggers()

    def __str__(self) -> str:
        return f"{self.week}"


class ReviewNote(models.Model):
    """What the supervisor found about one member who stood out; with it the exception counts as looked at."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(CaseloadReview, on_delete=models.PROTECT, db_constraint=False, related_name="notes")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="review_notes")
    text = models.TextField()
    noted_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    objects = OfReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="note_seen_with_its_review",
                action="caseload.view",
                provider="organisation",
                commissioner_if=OF_REVIEW,
            ),
            models.CheckConstraint(name="review_note_says_something", condition=~Q(text="")),
            _belongs("review_note_of_organisation", "review", "baseline.CaseloadReview"),
            _belongs("review_note_member_of_organisation", "member", "eligibility.Member"),
        ]
        triggers = append_only_triggers()


class ActionStatus(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")


class ReviewAction(models.Model):
    """Something that one named person does by a day, because a review asked for it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(CaseloadReview, on_delete=models.PROTECT, db_constraint=False, related_name="actions")
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="review_actions"
    )
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="review_actions")
    due_on = models.DateField()
    status = models.CharField(max_length=10, choices=ActionStatus, default=ActionStatus.OPEN)
    outcome = models.TextField(blank=True)
    assigned_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    history = history()

    objects = ReviewActionQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="action_seen_with_its_review_or_as_own",
                action="caseload.view",
                provider="organisation",
                commissioner_if=OF_REVIEW_OR_OWN,
            ),
            models.CheckConstraint(
                name="review_action_done_with_an_outcome",
                condition=Q(status="done", done_at__isnull=False) & ~Q(outcome="") | Q(status="open", done_at=None),
            ),
            _belongs("review_action_of_organisation", "review", "baseline.CaseloadReview"),
            _belongs("review_action_member_of_organisation", "member", "eligibility.Member"),
        ]
        indexes = [
            # what waits for one person is asked for on every home page
            models.Index(fields=["owner", "due_on"], name="review_action_open", condition=Q(status="open")),
        ]
        triggers = history_triggers()

    def __str__(self) -> str:
        return self.text


class SignedPart(models.TextChoices):
    CASELOAD = "caseload", _("Caseload")
    BILLING = "billing", _("Activity billing")


class ReviewSignature(models.Model):
    """What a supervisor signed, word for word, with the rows that it covers. Both parts signed: the week is locked."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(CaseloadReview, on_delete=models.PROTECT, db_constraint=False, related_name="signatures")
    part = models.CharField(max_length=10, choices=SignedPart)
    statement = models.TextField()
    content = models.JSONField()  # the rows as they stood: members or records, by id
    digest = models.CharField(max_length=64)
    signed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    objects = OfReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="review_signature_seen_with_it",
                action="caseload.view",
                provider="organisation",
                commissioner_if=OF_REVIEW,
            ),
            models.UniqueConstraint(fields=["review", "part"], name="review_part_signed_once"),
            _belongs("review_signature_of_organisation", "review", "baseline.CaseloadReview"),
        ]
        triggers = append_only_triggers()
