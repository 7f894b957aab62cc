"""Where money exists: statements, their lines, ledger entries, and what became of every record. All only grow."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from baseline.models import Activity
from blended_pilot.kernel.audit import append_only_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import RowSecurity, of_both_sides
from contracts.models import Contract, ContractVersion
from eligibility.models import Member
from variance.models.choices import Component, LineKind, OutcomeCode, Reason
from variance.models.cycles import MONEY, QUANTITY, Cycle
from variance.querysets import OfContractQuerySet, StatementLineQuerySet


class Statement(models.Model):
    """What one closed cycle pays: numbered per contract, lines copied, content hashed."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="statements")
    cycle = models.OneToOneField(Cycle, on_delete=models.PROTECT, db_constraint=False, related_name="statement")
    number = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    total = models.DecimalField(**MONEY)
    heading = models.JSONField()  # title, parties, currency, versions, signatures: as they were
    content_hash = models.CharField(max_length=64)  # sha256 of heading, total and lines in canonical JSON

    objects = OfContractQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("statement_seen_by_both_sides", "cycle.view"),
            models.UniqueConstraint(fields=["contract", "number"], name="statement_number_once_per_contract"),
            models.UniqueConstraint(fields=["organisation", "id"], name="statement_of_organisation"),
            CompositeForeignKey(
                name="statement_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
            CompositeForeignKey(
                name="statement_cycle_of_organisation",
                fields=["organisation", "cycle"],
                to="variance.Cycle",
                to_fields=["organisation", "id"],
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return str(self.number)


class StatementLine(models.Model):
    """Ledger entries alike in everything but person, record and amount, summed and rounded as the contract says."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False, related_name="+")
    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="lines"
    )
    position = models.PositiveIntegerField()
    component = models.CharField(max_length=12, choices=Component)
    line_kind = models.CharField(max_length=10, choices=LineKind)
    service_month = models.DateField()
    level = models.CharField(max_length=40, blank=True)
    cohort = models.CharField(max_length=40, blank=True)
    geography = models.CharField(max_length=40, blank=True)
    service = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(**QUANTITY)
    rate = models.DecimalField(null=True, **MONEY)
    amount = models.DecimalField(**MONEY)  # the sum of its entries, rounded to `places`
    places = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=20, choices=Reason, blank=True)

    objects = StatementLineQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="statement_line_seen_with_it", within="statement"),
            models.UniqueConstraint(fields=["statement", "position"], name="statement_line_position_once"),
            models.UniqueConstraint(fields=["organisation", "id"], name="statement_line_of_organisation"),
            CompositeForeignKey(
                name="statement_line_statement_of_organisation",
                fields=["organisation", "statement"],
                to="variance.Statement",
                to_fields=["organisation", "id"],
            ),
        ]
        triggers = append_only_triggers()


class LedgerEntry(models.Model):
    """One posted difference. Never edited: a later change is a later entry."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="ledger")
    entry_no = models.PositiveBigIntegerField()  # 1, 2, 3 … per contract, without gaps
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, db_constraint=False, related_name="entries")
    statement_line = models.ForeignKey(
        StatementLine, on_delete=models.PROTECT, db_constraint=False, related_name="entries"
    )
    component = models.CharField(max_length=12, choices=Component)
    line_kind = models.CharField(max_length=10, choices=LineKind)
    service_month = models.DateField()
    member = models.ForeignKey(
        Member, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="ledger"
    )
    activity = models.ForeignKey(
        Activity, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="ledger"
    )
    level = models.CharField(max_length=40, blank=True)  # the paid level
    cohort = models.CharField(max_length=40, blank=True)
    geography = models.CharField(max_length=40, blank=True)
    service = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(**QUANTITY)
    rate = models.DecimalField(null=True, **MONEY)  # null: as billed
    amount = models.DecimalField(**MONEY)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    version = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, db_index=False, related_name="+")
    clause = models.CharField(max_length=120)
    posted_at = models.DateTimeField()

    objects = OfContractQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("ledger_seen_by_both_sides", "cycle.view"),
            models.UniqueConstraint(fields=["contract", "entry_no"], name="ledger_entry_number_once_per_contract"),
            models.CheckConstraint(
                name="ledger_entry_adjustment_has_a_reason",
                condition=models.Q(line_kind=LineKind.CURRENT, reason="")
                | models.Q(line_kind=LineKind.ADJUSTMENT) & ~models.Q(reason=""),
                violation_error_message=_("An adjustment says why; the current month needs no reason."),
            ),
            CompositeForeignKey(
                name="ledger_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
            CompositeForeignKey(
                name="ledger_cycle_of_organisation",
                fields=["organisation", "cycle"],
                to="variance.Cycle",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="ledger_line_of_organisation",
                fields=["organisation", "statement_line"],
                to="variance.StatementLine",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="ledger_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="ledger_activity_of_organisation",
                fields=["organisation", "activity"],
                to="baseline.Activity",
                to_fields=["organisation", "id"],
            ),
        ]
        indexes = [
            # the member's page, and why a changed member-month changed
            models.Index(fields=["member", "service_month"], name="ledger_of_member"),
            # which member-months were adjusted before: a calculation compares all others one to one
            models.Index(
                fields=["contract", "service_month", "member"],
                name="ledger_adjusted",
                condition=models.Q(line_kind=LineKind.ADJUSTMENT),
            ),
            # the record's page; most entries are baseline and have none
            models.Index(fields=["activity"], name="ledger_of_activity", condition=models.Q(activity__isnull=False)),
        ]
        triggers = append_only_triggers()


class ActivityOutcome(models.Model):
    """What a closed cycle said of a record: one row per part, written when it differs from what was said before.

    The latest outcome of a record is its rows of the latest cycle.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="outcomes")
    cycle = models.ForeignKey(
        Cycle, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="outcomes"
    )
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, db_constraint=False, related_name="outcomes")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    service = models.CharField(max_length=60)
    service_month = models.DateField()
    occurred_on = models.DateField()
    code = models.CharField(max_length=20, choices=OutcomeCode)
    quantity = models.DecimalField(**MONEY)
    amount = models.DecimalField(**MONEY)  # paid, or at stake

    objects = OfContractQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("outcome_seen_by_both_sides", "cycle.view"),
            models.UniqueConstraint(fields=["cycle", "activity", "code"], name="outcome_once_per_part"),
            CompositeForeignKey(
                name="outcome_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
            CompositeForeignKey(
                name="outcome_cycle_of_organisation",
                fields=["organisation", "cycle"],
                to="variance.Cycle",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="outcome_activity_of_organisation",
                fields=["organisation", "activity"],
                to="baseline.Activity",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="outcome_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
        ]
        triggers = append_only_triggers()
