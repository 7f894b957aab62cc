"""Seals of the register: batches of entries whose digests are chained and signed. They only grow."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Organisation
from authorizations.querysets import DecisionQuerySet
from blended_pilot.kernel.audit import append_only_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import RowSecurity
from contracts.models import Contract


class Seal(models.Model):
    """Entries `first_number` to `last_number` of a contract's register as they stood, each as a SHA-256.

    `digest` is taken of all of it and of the seal before it (`previous`), and `signature` of the digest, with a key
    that is not in the database. `key` says with which of the keys.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, db_index=False, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="seals")
    number = models.PositiveIntegerField()  # 1, 2, 3 … per contract
    first_number = models.PositiveIntegerField()
    last_number = models.PositiveIntegerField()
    entries = ArrayField(models.CharField(max_length=64))
    previous = models.CharField(max_length=64, blank=True)  # "" for the first
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=64)
    key = models.CharField(max_length=16)
    sealed_at = models.DateTimeField()

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="seal_seen_by_sides", action="register.view", provider="organisation", commissioner="contract"
            ),
            models.UniqueConstraint(fields=["contract", "number"], name="seal_number_once_per_contract"),
            models.CheckConstraint(
                name="seal_holds_every_entry_of_its_range",
                condition=Q(last_number__gte=F("first_number"))
                & Q(entries__len=F("last_number") - F("first_number") + 1),
            ),
            models.CheckConstraint(
                name="seal_first_has_none_before_it",
                condition=Q(number=1, previous="", first_number=1) | Q(number__gt=1) & ~Q(previous=""),
            ),
            CompositeForeignKey(
                name="seal_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.number}: {self.digest[:12]}"
