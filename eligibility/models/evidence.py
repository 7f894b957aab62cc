"""Files that prove something: kept by hash under a random name, never opened by the browser."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from blended_pilot.kernel.audit import append_only_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import of_both_sides
from contracts.models import Contract
from eligibility.models.members import Member
from eligibility.querysets import EvidenceQuerySet

USER = settings.AUTH_USER_MODEL


class Evidence(models.Model):
    """One file that was brought as proof, as it came. Only grows: what turns out wrong is left, and not relied on.

    What it proves is said by the rows that point at it (a criterion's answer, an assessment, a request). `member` is
    the person whom it is about; unknown as long as an intake has not made one.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="evidence")
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="evidence"
    )
    file_name = models.CharField(max_length=200)  # as the person's computer called it, without folders
    content_type = models.CharField(max_length=100)  # what the content is, not what the sender said
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    stored = models.FileField(upload_to="evidence/", max_length=200)  # a random name
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("evidence_seen_by_sides", "evidence.view"),
            models.UniqueConstraint(fields=["organisation", "id"], name="evidence_of_organisation"),
            models.UniqueConstraint(fields=["stored"], name="evidence_stored_once"),
            models.CheckConstraint(name="evidence_is_not_empty", condition=Q(size__gt=0)),
            CompositeForeignKey(
                name="evidence_member_of_organisation",
                fields=["organisation", "member"],
                to="eligibility.Member",
                to_fields=["organisation", "id"],
            ),
            CompositeForeignKey(
                name="evidence_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return self.file_name
