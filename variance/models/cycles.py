"""The monthly cycle, and what one calculation of it found. Everything here but the cycle is rewritten by the next
calculation, and stands still once the cycle is closed."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from baseline.models import Activity
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import RowSecurity, of_both_sides
from blended_pilot.kernel.triggers import Guard
from contracts.models import Contract, ContractVersion
from eligibility.models import Member
from variance.models.choices import Component, CycleStatus, ExceptionCode, LineKind, OutcomeCode, Reason
from variance.querysets import CycleQuerySet, OfCycleQuerySet

USER = settings.AUTH_USER_MODEL
MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 6}
# more than the six decimals that are shown: thirds of many member-months must sum to what they are
QUANTITY: dict[str, Any] = {"max_digits": 24, "decimal_places": 12}
# Findings are derived and short-lived; the ledger row that comes of one has its keys checked. Checking them here as
# well would take as long as the calculation itself.
UNCHECKED: dict[str, Any] = {"on_delete": models.PROTECT, "db_constraint": False, "db_index": False}


class Cycle(models.Model):
    """One month of one contract on its way to a statement. A closed cycle never changes again."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")  # the provider
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="cycles")
    month = models.DateField()
    # whose order, gates, look-back and closing day apply to this cycle
    version = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=CycleStatus, default=CycleStatus.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    calculated_at = models.DateTimeField(null=True, blank=True)
    calculated_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, blank=True)  # of everything the preview would post and say
    figures = models.JSONField(default=dict)  # counts and sums of the preview, by component
    prepared_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    prepared_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    prepared_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # the database's own clock while every fact stood still: what was recorded before it is in, what came after is not
    frozen_at = models.DateTimeField(null=True, blank=True)
    both_on_command_line = models.BooleanField(default=False)  # both signatures were given on one command line
    returned_reason = models.TextField(blank=True)  # why it last went back to open
    history = history()

    objects = CycleQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("cycle_seen_by_both_sides", "cycle.view"),
            models.UniqueConstraint(fields=["contract", "month"], name="cycle_once_per_month"),
            models.UniqueConstraint(fields=["organisation", "id"], name="cycle_of_organisation"),
            models.UniqueConstraint(
                fields=["contract"], condition=~Q(status=CycleStatus.CLOSED), name="cycle_one_at_a_time"
            ),
            models.CheckConstraint(name="cycle_month_is_a_first", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="cycle_calculated_has_a_digest", condition=Q(status=CycleStatus.OPEN) | ~Q(digest="")
            ),
            models.CheckConstraint(
                name="cycle_prepared_whole",
                condition=Q(prepared_by=None, prepared_organisation=None, prepared_at=None)
                | Q(prepared_by__isnull=False, prepared_organisation__isnull=False, prepared_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cycle_approved_whole",
                condition=Q(approved_by=None, approved_organisation=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_organisation__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cycle_signatures_match_status",
                condition=Q(status__in=[CycleStatus.OPEN, CycleStatus.CALCULATED], prepared_by=None, approved_by=None)
                | Q(status=CycleStatus.IN_REVIEW, prepared_by__isnull=False, approved_by=None)
                | Q(
                    status__in=[CycleStatus.APPROVED, CycleStatus.CLOSED],
                    prepared_by__isnull=False,
                    approved_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="cycle_signed_by_two_organisations",
                condition=Q(approved_organisation=None) | ~Q(approved_organisation=F("prepared_organisation")),
                violation_error_message=_("One organisation cannot give both signatures."),
            ),
            models.CheckConstraint(
                name="cycle_signed_by_two_people",
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")),
                violation_error_message=_("One person cannot give both signatures."),
            ),
            models.CheckConstraint(
                name="cycle_closed_has_a_time",
                condition=Q(status=CycleStatus.CLOSED, closed_at__isnull=False, frozen_at__isnull=False)
                | ~Q(status=CycleStatus.CLOSED) & Q(closed_at=None, frozen_at=None),
            ),
            CompositeForeignKey(
                name="cycle_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        triggers = [
            *history_triggers(),
            Guard(
                name="closed_stays_closed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status=CycleStatus.CLOSED),
                func="RAISE EXCEPTION 'a closed cycle stays as it is';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class OfCycle(models.Model):
    """A finding of one cycle's calculation."""

    # implied by the key to the cycle, which holds its organisation: checked once per row, not twice
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    cycle = models.ForeignKey(
        Cycle, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="%(class)ss"
    )
    service_month = models.DateField()

    objects = OfCycleQuerySet.as_manager()

    class Meta:
        abstract = True


def _of_cycle(name: str) -> CompositeForeignKey:
    return CompositeForeignKey(
        name=name, fields=["organisation", "cycle"], to="variance.Cycle", to_fields=["organisation", "id"]
    )


class PreviewLine(OfCycle):
    """What closing the cycle would post: one row per difference between what is owed and what is posted."""

    component = models.CharField(max_length=12, choices=Component)
    line_kind = models.CharField(max_length=10, choices=LineKind)
    member = models.ForeignKey(Member, null=True, related_name="+", **UNCHECKED)
    activity = models.ForeignKey(Activity, null=True, related_name="+", **UNCHECKED)
    level = models.CharField(max_length=40, blank=True)
    cohort = models.CharField(max_length=40, blank=True)
    geography = models.CharField(max_length=40, blank=True)
    service = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(**QUANTITY)
    rate = models.DecimalField(null=True, **MONEY)
    amount = models.DecimalField(**MONEY)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    version = models.ForeignKey(ContractVersion, related_name="+", **UNCHECKED)  # whose clause priced it
    clause = models.CharField(max_length=120)  # key path in that version's document

    class Meta:
        constraints = [
            RowSecurity(name="preview_line_seen_with_its_cycle", within="cycle"),
            _of_cycle("preview_line_cycle_of_organisation"),
        ]
        # pages and grouping walk one cycle's lines
        indexes = [models.Index(fields=["cycle", "service_month"], name="preview_line_of_cycle")]


class PreviewOutcome(OfCycle):
    """The outcome of a record whose outcome is not what the last closed cycle said: one row per part."""

    activity = models.ForeignKey(Activity, related_name="+", **UNCHECKED)
    member = models.ForeignKey(Member, related_name="+", **UNCHECKED)
    service = models.CharField(max_length=60)
    occurred_on = models.DateField()
    code = models.CharField(max_length=20, choices=OutcomeCode)
    quantity = models.DecimalField(**MONEY)
    amount = models.DecimalField(**MONEY)

    class Meta:
        constraints = [
            RowSecurity(name="preview_outcome_seen_with_its_cycle", within="cycle"),
            _of_cycle("preview_outcome_cycle_of_organisation"),
            models.UniqueConstraint(fields=["cycle", "activity", "code"], name="preview_outcome_once_per_part"),
        ]


class CycleException(OfCycle):
    """Something the cycle could not pay or could not reach: shown, counted, not blocking."""

    code = models.CharField(max_length=20, choices=ExceptionCode)
    component = models.CharField(max_length=12, choices=Component)
    member = models.ForeignKey(Member, null=True, related_name="+", **UNCHECKED)
    activity = models.ForeignKey(Activity, null=True, related_name="+", **UNCHECKED)
    level = models.CharField(max_length=40, blank=True)
    cohort = models.CharField(max_length=40, blank=True)
    geography = models.CharField(max_length=40, blank=True)
    service = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(**QUANTITY)
    amount = models.DecimalField(**MONEY)  # what would have been posted, where that is known; else 0

    class Meta:
        constraints = [
            RowSecurity(name="cycle_exception_seen_with_its_cycle", within="cycle"),
            _of_cycle("cycle_exception_cycle_of_organisation"),
        ]
        indexes = [models.Index(fields=["cycle", "code"], name="cycle_exception_of_cycle")]


class GateResult(OfCycle):
    """One gate for one service month, as it was when the cycle was calculated.

    Kept for the cycle's own month, and for every earlier month in which the gate fails.
    """

    code = models.CharField(max_length=60)
    holds = models.JSONField()  # "nothing", "close", or a list of components
    passed = models.BooleanField()
    known = models.BooleanField()  # False: the program cannot evaluate this gate, so it fails
    missing = models.BigIntegerField(default=0)  # how many things are missing
    examples = models.JSONField(default=list)  # the first of them: {"sentence", "activity"?}

    class Meta:
        constraints = [
            RowSecurity(name="gate_result_seen_with_its_cycle", within="cycle"),
            _of_cycle("gate_result_cycle_of_organisation"),
            models.UniqueConstraint(fields=["cycle", "service_month", "code"], name="gate_result_once"),
        ]
