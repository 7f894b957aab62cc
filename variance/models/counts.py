"""What months of large contracts bought as they were counted at night, so that their pages open at once."""

from django.db import models

from blended_pilot.kernel.row_security import of_both_sides
from contracts.models import Contract
from variance.querysets import MonthCountQuerySet


class MonthCount(models.Model):
    """One service month of one contract. Derived: it may be counted anew at any time, and is no history."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    counted_at = models.DateTimeField()  # or found to be the same still
    marks = models.JSONField()  # how far the records' history and the terms had come before it was counted
    figures = models.JSONField()

    objects = MonthCountQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("month_count_seen_by_both_sides", "bought.view"),
            models.UniqueConstraint(fields=["contract", "month"], name="month_counted_once"),
        ]
