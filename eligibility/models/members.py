"""Who is in: members, their coverage and level over time, and who looks after them."""

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat, Lower, Replace, Substr, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey, no_overlap
from blended_pilot.kernel.row_security import RowSecurity, of_both_sides
from contracts.models import Contract, FeedRun
from eligibility.querysets import AssignmentQuerySet, MemberQuerySet, SpanQuerySet, StaffQuerySet

USER = settings.AUTH_USER_MODEL
FULL_NAME = Lower(Concat("given_name", Value(" "), "family_name"))

# as `visible_to`: a commissioner knows whoever is or was covered under its contracts, from the history of coverage
EVER_COVERED = """EXISTS (SELECT FROM eligibility_historicalcoveragespan was WHERE was.member_id = {table}.id
    AND was.contract_id = ANY ((SELECT row_security_contracts('member.view', 1))::bigint[]))"""


class Member(models.Model):
    """A person served by one provider. `pseudonym` is what the other side of the contract sees."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="members")
    reference = models.CharField(max_length=60)  # `member_ref` in files
    pseudonym = models.CharField(
        max_length=12,
        unique=True,
        db_default=Upper(
            Concat(
                Value("M-"),
                Substr(Replace(Cast(RandomUUID(), models.TextField()), Value("-"), Value("")), 1, 10),
                output_field=models.CharField(),
            )
        ),
    )
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=40, blank=True)
    ethnicity = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=40, blank=True)
    disability = models.CharField(max_length=60, blank=True)
    history = history()

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="member_seen_where_ever_covered",
                action="member.view",
                provider="organisation",
                commissioner_if=EVER_COVERED,
            ),
            models.UniqueConstraint(fields=["organisation", "reference"], name="member_reference_once"),
            models.UniqueConstraint(fields=["organisation", "id"], name="member_of_organisation"),
        ]
        indexes = [
            # search by the beginning of a name, whatever the database's collation
            models.Index(OpClass(Lower("family_name"), "text_pattern_ops"), name="member_family_name_begins"),
            models.Index(OpClass(Lower("given_name"), "text_pattern_ops"), name="member_given_name_begins"),
            models.Index(OpClass(Lower("reference"), "text_pattern_ops"), name="member_reference_begins"),
            # who might be the same person: names and references that are written alike
            GinIndex(OpClass(FULL_NAME, "gin_trgm_ops"), name="member_name_alike"),
            GinIndex(OpClass(Lower("reference"), "gin_trgm_ops"), name="member_reference_alike"),
            models.Index(fields=["organisation", "birth_date"], name="member_born_on"),
        ]
        triggers = history_triggers()


class Source(models.TextChoices):
    FEED = "feed", _("Feed")
    PRODUCT = "product", _("Entered here")


class CoverageSpan(models.Model):
    """A member is in the pilot under one contract, as one cohort in one geography, for [starts_on, ends_before)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="coverage")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="coverage")
    cohort = models.CharField(max_length=40)
    geography = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_before = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.FEED)
    feed_run = models.ForeignKey(FeedRun, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    history = history()

    objects = SpanQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("coverage_seen_by_both_sides", "member.view"),
            models.CheckConstraint(
                name="coverage_ends_after_it_starts",
                condition=Q(ends_before=None) | Q(ends_before__gt=F("starts_on")),
            ),
            no_overlap(
                name="coverage_once_at_a_time",
                same=["contract", "member"],
                message=_("This person is already covered in part of that period."),
            ),
            CompositeForeignKey(
                name="coverage_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="coverage_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        triggers = history_triggers()


class LevelSpan(models.Model):
    """The level in force for [starts_on, ends_before), with the decision behind it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="level_spans")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="level_spans")
    level = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_before = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.FEED)
    feed_run = models.ForeignKey(FeedRun, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_on = models.DateField()
    decided_by = models.CharField(max_length=200)  # as the source names them; the register holds the product's own
    rationale = models.TextField()
    instrument = models.CharField(max_length=60, blank=True)
    score = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    decision_no = models.PositiveBigIntegerField(null=True, blank=True)  # of the register; fed levels have none
    displaced = models.JSONField(null=True, blank=True)  # days that its decision took from others: operations.levels
    history = history()

    objects = SpanQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("level_seen_by_both_sides", "member.view"),
            models.CheckConstraint(
                name="level_ends_after_it_starts",
                condition=Q(ends_before=None) | Q(ends_before__gt=F("starts_on")),
            ),
            no_overlap(
                name="level_once_at_a_time",
                same=["contract", "member"],
                message=_("This person already has a level in part of that period."),
            ),
            CompositeForeignKey(
                name="level_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="level_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        indexes = [
            # a voided decision finds its span again
            models.Index(
                fields=["contract", "decision_no"],
                name="level_of_decision",
                condition=Q(decision_no__isnull=False),
            )
        ]
        triggers = history_triggers()


class Team(models.Model):
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=100)
    history = history()

    objects = StaffQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="team_seen_as_staff", action="team.view", provider="organisation", commissioner="staff"),
            models.UniqueConstraint(fields=["organisation", "name"], name="team_name_once"),
            models.UniqueConstraint(fields=["organisation", "id"], name="team_of_organisation"),
        ]
        triggers = history_triggers()

    def __str__(self) -> str:
        return self.name


class Practitioner(models.Model):
    """Somebody who delivers work, as the source systems name them; `user` when they also sign in here."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="practitioners")
    reference = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="practitioners")
    history = history()

    objects = StaffQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="practitioner_seen_as_staff", action="team.view", provider="organisation", commissioner="staff"
            ),
            models.UniqueConstraint(fields=["organisation", "reference"], name="practitioner_reference_once"),
            models.UniqueConstraint(fields=["organisation", "id"], name="practitioner_of_organisation"),
        ]
        triggers = history_triggers()

    def __str__(self) -> str:
        return self.name or self.reference


class AssignmentKind(models.TextChoices):
    LEAD = "lead", _("Lead")
    COVER = "cover", _("Cover")


class Assignment(models.Model):
    """Who looks after a member, and in which team, for [starts_on, ends_before). Cover stands beside the lead."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="assignments")
    practitioner = models.ForeignKey(
        Practitioner, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="assignments"
    )
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="assignments")
    kind = models.CharField(max_length=10, choices=AssignmentKind, default=AssignmentKind.LEAD)
    starts_on = models.DateField()
    ends_before = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.FEED)
    history = history()

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="assignment_seen_as_staff", action="team.view", provider="organisation", commissioner="staff"
            ),
            models.CheckConstraint(
                name="assignment_ends_after_it_starts",
                condition=Q(ends_before=None) | Q(ends_before__gt=F("starts_on")),
            ),
            models.CheckConstraint(
                name="assignment_names_a_practitioner_or_a_team",
                condition=Q(practitioner__isnull=False) | Q(team__isnull=False),
            ),
            models.CheckConstraint(
                name="assignment_cover_has_an_end",
                condition=~Q(kind="cover") | Q(ends_before__isnull=False, practitioner__isnull=False),
                violation_error_message=_("Cover names a practitioner and its last day."),
            ),
            no_overlap(
                name="assignment_once_at_a_time",
                same=["member", "kind"],
                message=_("This person is already assigned in part of that period."),
            ),
            CompositeForeignKey(
                name="assignment_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="assignment_practitioner_of_organisation",
                fields=["organisation", "practitioner"],
                to="eligibility.Practitioner",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="assignment_team_of_organisation",
                fields=["organisation", "team"],
                to="eligibility.Team",
                to_fields=["organisation", "id"],
            ),
        ]
        indexes = [models.Index(fields=["organisation", "team"], name="assignment_of_team")]
        triggers = history_triggers()
