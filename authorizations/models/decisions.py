"""The register: every decision, numbered per contract without a gap, with what it was made on. It only grows."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from authorizations.models.keys import in_organisation, of_organisation
from authorizations.models.requests import Request, RequestKind, Urgency
from authorizations.querysets import DecisionQuerySet
from blended_pilot.kernel.audit import append_only_triggers
from blended_pilot.kernel.row_security import RowSecurity
from blended_pilot.kernel.triggers import Guard
from contracts.models import Contract
from eligibility.models import Member

USER = settings.AUTH_USER_MODEL


class EntryKind(models.TextChoices):
    DECISION = "decision", _("Decision")
    CONFIRMATION = "confirmation", _("Confirmation of an automatic outcome")
    SUPERSESSION = "supersession", _("Superseding decision")
    VOIDING = "voiding", _("Voiding")


class Outcome(models.TextChoices):
    APPROVED = "approved", _("Approved")
    CHANGED = "changed", _("Approved otherwise than asked")
    DENIED = "denied", _("Denied")
    VOID = "void", _("Void")


class DecisionFits(Guard):
    """An entry has the next number, is about its request, and is not by somebody who must keep away from it."""

    name = "decision_fits"
    when = pgtrigger.Before
    operation = pgtrigger.Insert
    declare = [("following", "integer"), ("fits", "boolean")]
    func = """
        PERFORM pg_advisory_xact_lock(hashtextextended('authorizations.register', NEW.contract_id));
        SELECT COALESCE(max(number), 0) + 1 INTO following
          FROM authorizations_decision WHERE contract_id = NEW.contract_id;
        IF NEW.number <> following THEN
            RAISE EXCEPTION 'the next entry of this register is number %, not %', following, NEW.number;
        END IF;
        SELECT (contract_id, member_id, requested_by_id, kind)
               = (NEW.contract_id, NEW.member_id, NEW.requested_by_id, NEW.request_kind)
          INTO fits FROM authorizations_request WHERE id = NEW.request_id;
        IF fits IS NOT TRUE THEN
            RAISE EXCEPTION 'the entry does not fit its request';
        END IF;
        IF EXISTS (SELECT FROM authorizations_conflictdeclared
                    WHERE request_id = NEW.request_id AND user_id = NEW.decided_by_id) THEN
            RAISE EXCEPTION 'a declared conflict of interest excludes from deciding';
        END IF;
        IF NEW.replaces_id IS NOT NULL THEN
            SELECT request_id = NEW.request_id AND decided_by_id <> NEW.decided_by_id
              INTO fits FROM authorizations_decision WHERE id = NEW.replaces_id;
            IF fits IS NOT TRUE THEN
                RAISE EXCEPTION 'an entry is replaced by a second person, about the same request';
            END IF;
        END IF;
        RETURN NEW;"""


class Decision(models.Model):
    """One entry of a contract's register.

    The levels assessed, requested and authorised stand beside each other; `terms`, `evidence` and `working` are what
    the decision was made on, as they were. An entry that was wrong is replaced by a later one, never changed.
    `member` is under whose reference it was decided; a merge takes the request along, so that `request.member` is whom
    it is about by now.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="decisions")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="decisions")
    request = models.ForeignKey(Request, on_delete=models.PROTECT, db_constraint=False, related_name="decisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=EntryKind, default=EntryKind.DECISION)
    automatic = models.BooleanField(default=False)  # the contract's outcome for a late decision
    outcome = models.CharField(max_length=10, choices=Outcome)
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="replaced_by"
    )
    replaces_reason = models.TextField(blank=True)

    # the request, as it was
    request_kind = models.CharField(max_length=20, choices=RequestKind)
    urgency = models.CharField(max_length=10, choices=Urgency)
    requested_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    current_level = models.CharField(max_length=40, blank=True)
    assessed_level = models.CharField(max_length=40, blank=True)
    requested_level = models.CharField(max_length=40, blank=True)
    service = models.CharField(max_length=60, blank=True)
    requested_units = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)

    # what was decided
    level = models.CharField(max_length=40, blank=True)
    difference_reason = models.CharField(max_length=40, blank=True)  # why authorised is not requested
    difference_text = models.TextField(blank=True)
    units = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_before = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    retroactive_reason = models.TextField(blank=True)
    deny_reason = models.CharField(max_length=40, blank=True)
    necessity = models.TextField(blank=True)  # the rationale in its parts: clinical necessity,
    risk = models.TextField(blank=True)  # risk,
    criteria = models.TextField(blank=True)  # and the criteria relied on
    decided_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    in_time = models.BooleanField()

    # what it was decided on
    terms = models.JSONField(default=dict)
    evidence = models.JSONField(default=list)  # file name, sha256 and what it is for, of every piece
    working = models.JSONField(default=dict)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="decision_seen_by_sides", action="register.view", provider="organisation", commissioner="contract"
            ),
            models.UniqueConstraint(fields=["organisation", "id"], name="decision_of_organisation"),
            models.UniqueConstraint(fields=["contract", "number"], name="decision_number_once_per_contract"),
            models.UniqueConstraint(fields=["request"], condition=Q(kind="decision"), name="decision_once_per_request"),
            models.UniqueConstraint(fields=["replaces"], name="decision_replaced_once"),
            models.CheckConstraint(
                name="decision_four_eyes",
                condition=~Q(decided_by=F("requested_by")),
                violation_error_message=_("Whoever asked for it may not decide it."),
            ),
            models.CheckConstraint(
                name="decision_replaces_with_a_reason",
                condition=Q(kind="decision", replaces=None, replaces_reason="")
                | Q(replaces__isnull=False) & ~Q(kind="decision") & ~Q(replaces_reason=""),
            ),
            models.CheckConstraint(
                name="decision_approves_a_level_or_units",
                condition=Q(outcome__in=["denied", "void"], level="", units=None, starts_on=None)
                | Q(outcome__in=["approved", "changed"], starts_on__isnull=False)
                & (Q(service="", units=None) & ~Q(level="") | Q(level="", units__gt=0) & ~Q(service="")),
            ),
            models.CheckConstraint(
                name="decision_void_is_a_voiding",
                condition=Q(outcome="void", kind="voiding") | ~Q(outcome="void") & ~Q(kind="voiding"),
            ),
            models.CheckConstraint(
                name="decision_denied_for_a_reason", condition=~Q(outcome="denied") | ~Q(deny_reason="")
            ),
            models.CheckConstraint(
                name="decision_says_why",
                condition=Q(automatic=True) | Q(outcome="void") | ~Q(necessity="") & ~Q(risk="") & ~Q(criteria=""),
            ),
            models.CheckConstraint(
                name="decision_ends_after_it_starts",
                condition=Q(ends_before=None) | Q(ends_before__gt=F("starts_on")),
            ),
            *of_organisation("decision"),
            in_organisation("decision_request_of_organisation", "request", "authorizations.Request"),
            in_organisation("decision_replaces_of_organisation", "replaces", "authorizations.Decision"),
        ]
        indexes = [
            models.Index(fields=["member", "-decided_at"], name="decision_of_member"),
            models.Index(fields=["-decided_at", "-id"], name="decision_latest"),  # the register's first page
            # what comparable requests were decided as
            models.Index(
                fields=["contract", "request_kind", "requested_level", "service", "-decided_at"],
                name="decision_comparable",
            ),
        ]
        triggers = [*append_only_triggers(), DecisionFits()]

    def __str__(self) -> str:
        return str(_("Decision %(number)s") % {"number": self.number})
