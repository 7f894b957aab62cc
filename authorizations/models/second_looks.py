"""The second look: a month's sample of decisions, decided again by somebody who does not know how they went."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from authorizations.models.decisions import Decision
from authorizations.models.keys import in_organisation
from authorizations.querysets import OfContractQuerySet
from blended_pilot.kernel.audit import append_only_triggers, history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import RowSecurity
from blended_pilot.kernel.triggers import Guard
from contracts.models import Contract

USER = settings.AUTH_USER_MODEL


class SecondLookRound(models.Model):
    """The draw of one month: with the seed and the register anybody can draw it again."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, db_constraint=False, related_name="second_look_rounds"
    )
    month = models.DateField()  # the first of the month in which the entries were decided
    seed = models.CharField(max_length=32)
    approvals = models.PositiveIntegerField()  # how many there were to draw from
    denials = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()

    objects = OfContractQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="second_look_round_seen_by_sides",
                action="second_look.view",
                provider="organisation",
                commissioner="contract",
            ),
            models.UniqueConstraint(fields=["organisation", "id"], name="second_look_round_of_organisation"),
            models.UniqueConstraint(fields=["contract", "month"], name="second_look_round_once_a_month"),
            CompositeForeignKey(
                name="second_look_round_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        triggers = append_only_triggers()


class LookedOutcome(models.TextChoices):
    APPROVE = "approve", _("Approve")
    DENY = "deny", _("Deny")


class SecondLookStands(Guard):
    """Who decided or asked does not look again; a look that was given stays as it is."""

    name = "second_look_stands"
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    func = """
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a drawn case stays';
        END IF;
        IF OLD.looked_at IS NOT NULL
           OR (NEW.round_id, NEW.decision_id, NEW.position) <> (OLD.round_id, OLD.decision_id, OLD.position) THEN
            RAISE EXCEPTION 'a second look stays as it was given';
        END IF;
        IF EXISTS (SELECT FROM authorizations_decision
                    WHERE id = NEW.decision_id AND NEW.reviewer_id IN (decided_by_id, requested_by_id)) THEN
            RAISE EXCEPTION 'whoever asked or decided does not look a second time';
        END IF;
        RETURN NEW;"""


class SecondLook(models.Model):
    """One drawn entry of the register, and what a clinical reviewer of the commissioner's side would have decided."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="second_looks")
    round = models.ForeignKey(SecondLookRound, on_delete=models.PROTECT, db_constraint=False, related_name="looks")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, db_constraint=False, related_name="second_looks")
    position = models.PositiveIntegerField()  # 1, 2, 3 … of its round, in an order that says nothing of the outcome
    reviewer = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=LookedOutcome, blank=True)
    level = models.CharField(max_length=40, blank=True)
    rationale = models.TextField(blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    agrees = models.BooleanField(null=True)
    history = history()

    objects = OfContractQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="second_look_seen_by_sides",
                action="second_look.view",
                provider="organisation",
                commissioner="contract",
            ),
            models.UniqueConstraint(fields=["round", "position"], name="second_look_position_once"),
            models.UniqueConstraint(fields=["round", "decision"], name="second_look_once_a_round"),
            models.CheckConstraint(
                name="second_look_whole_or_not_at_all",
                condition=Q(reviewer=None, outcome="", level="", rationale="", looked_at=None, agrees=None)
                | Q(reviewer__isnull=False, looked_at__isnull=False, agrees__isnull=False)
                & ~Q(outcome="")
                & ~Q(rationale=""),
            ),
            CompositeForeignKey(
                name="second_look_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
            in_organisation("second_look_round_in_organisation", "round", "authorizations.SecondLookRound"),
            in_organisation("second_look_decision_of_organisation", "decision", "authorizations.Decision"),
        ]
        triggers = [*history_triggers(), SecondLookStands()]
