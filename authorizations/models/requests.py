"""What is asked for, with the terms under which it was asked and the clock that runs on it."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from authorizations import lifecycle
from authorizations.models.assessments import Assessment
from authorizations.models.keys import in_organisation, of_organisation
from authorizations.querysets import OfRequestQuerySet, QuestionQuerySet, RequestQuerySet
from blended_pilot.kernel.audit import append_only_triggers, history, history_triggers
from blended_pilot.kernel.row_security import RowSecurity
from blended_pilot.kernel.triggers import Guard
from contracts.models import Contract
from eligibility.models import Evidence, Member, Team

USER = settings.AUTH_USER_MODEL


class RequestKind(models.TextChoices):
    INITIAL = "initial", _("Initial level")
    UPGRADE = "upgrade", _("Upgrade")
    STEP_DOWN = "step_down", _("Step-down")
    RENEWAL = "renewal", _("Renewal")
    EPISODE = "episode", _("Episode")
    RECONSIDERATION = "reconsideration", _("Reconsideration")


class Status(models.TextChoices):
    DRAFT = lifecycle.DRAFT, _("Draft")
    SUBMITTED = lifecycle.SUBMITTED, _("Waiting for a decision")
    QUESTIONED = lifecycle.QUESTIONED, _("Waiting for an answer")
    AUTOMATIC = lifecycle.AUTOMATIC, _("Waiting for confirmation")
    DECIDED = lifecycle.DECIDED, _("Decided")
    WITHDRAWN = lifecycle.WITHDRAWN, _("Withdrawn")


class Urgency(models.TextChoices):
    STANDARD = "standard", _("Standard")
    EXPEDITED = "expedited", _("Expedited")


class SubmittedRequestStands(Guard):
    """What was asked, on which evidence and under which terms stays as it was submitted; a merge takes it along."""

    name = "submitted_request_stands"
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    func = """
        IF OLD.received_at IS NULL THEN
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'request % was submitted and stays', OLD.number;
        END IF;
        IF NEW.member_id <> OLD.member_id AND NOT EXISTS (
            SELECT FROM eligibility_membermerge
             WHERE undone_at IS NULL
               AND (kept_id, merged_id) IN ((NEW.member_id, OLD.member_id), (OLD.member_id, NEW.member_id))) THEN
            RAISE EXCEPTION 'request % is about its member: only a merge takes it to another', OLD.number;
        END IF;
        IF (NEW.organisation_id, NEW.contract_id, NEW.number, NEW.kind, NEW.requested_by_id,
            NEW.received_at, NEW.urgency, NEW.urgent_start, NEW.assessment_id, NEW.assessed_level, NEW.current_level,
            NEW.requested_level, NEW.difference_reason, NEW.difference_text, NEW.service, NEW.units, NEW.starts_on,
            NEW.ends_before, NEW.grounds, NEW.reconsiders_id, NEW.triggers, NEW.terms)
           IS DISTINCT FROM
           (OLD.organisation_id, OLD.contract_id, OLD.number, OLD.kind, OLD.requested_by_id,
            OLD.received_at, OLD.urgency, OLD.urgent_start, OLD.assessment_id, OLD.assessed_level, OLD.current_level,
            OLD.requested_level, OLD.difference_reason, OLD.difference_text, OLD.service, OLD.units, OLD.starts_on,
            OLD.ends_before, OLD.grounds, OLD.reconsiders_id, OLD.triggers, OLD.terms) THEN
            RAISE EXCEPTION 'request % was submitted: what it asks for stays as it is', OLD.number;
        END IF;
        IF OLD.status IN ('decided', 'withdrawn') AND NEW.status <> OLD.status THEN
            RAISE EXCEPTION 'request % is % and stays so', OLD.number, OLD.status;
        END IF;
        RETURN NEW;"""


class Request(models.Model):
    """A level or an episode asked for, for one member under one contract.

    `level` kinds fill `requested_level`, an episode fills `service` and `units`. `triggers`, `terms` and the group the
    member was in are as they were at submission. `due_at` moves only by a question; while the clock stands
    (`stopped_at`) it is the time that was due then.
    """

    moves_with_member = True  # a merge of two members takes it along: eligibility.operations.merges

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="requests")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="requests")
    number = models.PositiveIntegerField()  # counts the requests of one contract
    kind = models.CharField(max_length=20, choices=RequestKind)
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    requested_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="requests")
    created_at = models.DateTimeField()

    # what is asked for
    urgency = models.CharField(max_length=10, choices=Urgency, default=Urgency.STANDARD)
    urgent_start = models.BooleanField(default=False)  # support begins now, payment waits for the decision
    assessment = models.ForeignKey(
        Assessment, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="requests"
    )
    assessed_level = models.CharField(max_length=40, blank=True)
    current_level = models.CharField(max_length=40, blank=True)  # care level when it was submitted
    requested_level = models.CharField(max_length=40, blank=True)
    difference_reason = models.CharField(max_length=40, blank=True)  # why requested is not assessed
    difference_text = models.TextField(blank=True)
    service = models.CharField(max_length=60, blank=True)
    units = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    starts_on = models.DateField()
    ends_before = models.DateField(null=True, blank=True)
    grounds = models.TextField(blank=True)  # why, in the requester's words
    attested = models.JSONField(default=dict, blank=True)  # trigger code → what the requester vouches for
    reconsiders = models.ForeignKey(
        "authorizations.Decision",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="reconsidered_by",
    )

    # as it was when it was submitted
    triggers = models.JSONField(default=list, blank=True)
    terms = models.JSONField(default=dict, blank=True)
    cohort = models.CharField(max_length=40, blank=True)
    geography = models.CharField(max_length=40, blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )

    # the clock
    stated_receipt = models.DateTimeField(null=True, blank=True)  # of a draft: it came otherwise, such as on paper
    received_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # None: the contract sets no time
    first_due_at = models.DateTimeField(null=True, blank=True)  # before any question moved it
    stopped_at = models.DateTimeField(null=True, blank=True)
    warned_percents = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    watch_at = models.DateTimeField(null=True, blank=True)  # when a warning or lateness comes next
    late_at = models.DateTimeField(null=True, blank=True)  # when lateness was acted on

    # who deals with it
    assigned_to = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    history = history()

    objects = RequestQuerySet.as_manager()
    WAITING = lifecycle.OPEN

    class Meta:
        constraints = [
            RowSecurity(
                name="request_seen_by_sides",
                action="request.view",
                provider="organisation",
                commissioner="contract",
                commissioner_if="{table}.received_at IS NOT NULL",
            ),
            models.UniqueConstraint(fields=["organisation", "id"], name="request_of_organisation"),
            models.UniqueConstraint(fields=["contract", "number"], name="request_number_once_per_contract"),
            models.UniqueConstraint(
                # of episodes one for each service: two packages are two questions
                fields=["contract", "member", "kind", "service"],
                condition=Q(status__in=lifecycle.OPEN),
                name="request_one_open_per_member_and_kind",
                violation_error_message=_("A request of this kind is open for this person already."),
            ),
            models.CheckConstraint(
                name="request_submitted_with_terms",
                condition=Q(received_at=None, due_at=None, first_due_at=None, status__in=["draft", "withdrawn"])
                | Q(received_at__isnull=False) & ~Q(status="draft") & ~Q(terms={}),
            ),
            models.CheckConstraint(
                name="request_asks_for_a_level_or_an_episode",
                condition=Q(service="", units=None) & ~Q(requested_level="")
                | Q(requested_level="", units__gt=0) & ~Q(service=""),
            ),
            models.CheckConstraint(
                name="request_ends_after_it_starts", condition=Q(ends_before=None) | Q(ends_before__gt=F("starts_on"))
            ),
            models.CheckConstraint(
                name="request_decided_at_a_time", condition=Q(decided_at__isnull=False) | ~Q(status="decided")
            ),
            models.CheckConstraint(
                name="request_withdrawn_with_a_reason",
                condition=Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="") & Q(status="withdrawn")
                | Q(withdrawn_at=None, withdrawn_reason="") & ~Q(status="withdrawn"),
            ),
            models.CheckConstraint(
                name="request_reconsideration_names_what_was_denied",
                condition=Q(kind="reconsideration", reconsiders__isnull=False)
                | Q(reconsiders=None) & ~Q(kind="reconsideration"),
            ),
            *of_organisation("request"),
            in_organisation("request_assessment_of_organisation", "assessment", "authorizations.Assessment"),
            in_organisation("request_team_of_organisation", "team", "eligibility.Team"),
            in_organisation("request_reconsiders_of_organisation", "reconsiders", "authorizations.Decision"),
        ]
        indexes = [
            # the queue: what waits, by due time; two due at one moment must not swap places between pages
            models.Index(
                fields=["organisation", "due_at", "id"],
                condition=Q(status__in=lifecycle.OPEN),
                name="request_queue",
            ),
            models.Index(
                fields=["watch_at"],
                condition=Q(status__in=lifecycle.OPEN, watch_at__isnull=False),
                name="request_to_watch",
            ),
            models.Index(fields=["member", "-received_at"], name="request_of_member"),
            models.Index(fields=["-created_at", "-id"], name="request_latest"),  # the list's first page
        ]
        triggers = [*history_triggers(), SubmittedRequestStands()]

    def __str__(self) -> str:
        return f"RQ-{self.number}"


class Question(models.Model):
    """A clinical lead asks the requester for something; what that did to the clock is kept with it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    # `request_id` is what history calls the web request that wrote a row
    about = models.ForeignKey(Request, on_delete=models.PROTECT, db_constraint=False, related_name="questions")
    text = models.TextField()
    asked_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    effect = models.CharField(max_length=10)  # extend, pause, none: as the terms of the request say
    due_before = models.DateTimeField(null=True)
    due_after = models.DateTimeField(null=True)  # for a clock that stands: once it is answered
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    history = history()

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="question_seen_with_its_request", within="about"),
            models.UniqueConstraint(
                fields=["about"], condition=Q(answered_at=None), name="question_one_open_per_request"
            ),
            models.CheckConstraint(
                name="question_answered_by_somebody_in_words",
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
            ),
            in_organisation("question_request_of_organisation", "about", "authorizations.Request"),
        ]
        triggers = history_triggers()


class RequestEvidence(models.Model):
    """A file that a request relies on: for a trigger that is attested, or for the request as a whole."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(Request, on_delete=models.PROTECT, db_constraint=False, related_name="evidence")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, db_constraint=False, related_name="requests")
    trigger = models.CharField(max_length=40, blank=True)  # code of the trigger; empty: the request as a whole
    attached_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="request_evidence_seen_with_its_request", within="request"),
            models.UniqueConstraint(fields=["request", "evidence"], name="request_evidence_once"),
            in_organisation("request_evidence_request_of_organisation", "request", "authorizations.Request"),
            in_organisation("request_evidence_file_of_organisation", "evidence", "eligibility.Evidence"),
        ]
        triggers = append_only_triggers()


class ConflictDeclared(models.Model):
    """A clinical lead says that they stand too near to a member to decide this request. It only grows."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(Request, on_delete=models.PROTECT, db_constraint=False, related_name="conflicts")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    reason = models.CharField(max_length=300)

    objects = OfRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="conflict_seen_with_its_request", within="request"),
            models.UniqueConstraint(fields=["request", "user"], name="conflict_declared_once"),
            in_organisation("conflict_request_of_organisation", "request", "authorizations.Request"),
        ]
        triggers = append_only_triggers()
