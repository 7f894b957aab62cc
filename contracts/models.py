"""What was agreed: pilot, contract, signed versions, attachments, plan; feed runs with rejects; escalations."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Role
from blended_pilot.kernel.audit import append_only_triggers, history, history_triggers
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.row_security import RowSecurity, of_both_sides
from blended_pilot.kernel.triggers import Guard
from contracts.querysets import (
    ContractQuerySet,
    EscalationQuerySet,
    FeedRunQuerySet,
    OfVersionQuerySet,
    VersionQuerySet,
)

USER = settings.AUTH_USER_MODEL
FIRST_OF_MONTH = 1


class Pilot(models.Model):
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    history = history()

    class Meta:
        triggers = history_triggers()

    def __str__(self) -> str:
        return self.name


class Contract(models.Model):
    """An agreement of one commissioner with one provider. Its terms are its versions."""

    code = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    pilot = models.ForeignKey(Pilot, on_delete=models.PROTECT, related_name="contracts")
    commissioner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="commissions")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="provides")
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=60)
    history = history()

    objects = ContractQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="contract_seen_by_its_parties", action="contract.view", provider="id", commissioner="id"),
            models.CheckConstraint(name="contract_between_two_organisations", condition=~Q(commissioner=F("provider"))),
            # what belongs to a provider points at (provider, id), so that it can never name another's contract
            models.UniqueConstraint(fields=["provider", "id"], name="contract_of_provider"),
        ]
        triggers = history_triggers()

    def __str__(self) -> str:
        return self.code


class SignedVersionStands(Guard):
    """What was signed stays as it was: the first signature fixes the text, the second one the status."""

    name = "signed_version_stands"
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    declare = [("given", "int")]
    func = """
        SELECT count(*) INTO given FROM contracts_signature WHERE version_id = OLD.id;
        IF TG_OP = 'DELETE' THEN
            IF given > 0 THEN
                RAISE EXCEPTION 'version % is signed and stays', OLD.number;
            END IF;
            RETURN OLD;
        END IF;
        IF given > 0 AND (NEW.contract_id, NEW.number, NEW.in_force_from, NEW.document, NEW.source, NEW.source_format,
                          NEW.digest)
           IS DISTINCT FROM (OLD.contract_id, OLD.number, OLD.in_force_from, OLD.document, OLD.source,
                             OLD.source_format, OLD.digest) THEN
            RAISE EXCEPTION 'version % is signed: its text stays as it is', OLD.number;
        END IF;
        IF OLD.status = 'signed' AND (NEW.status, NEW.signed_at) IS DISTINCT FROM (OLD.status, OLD.signed_at) THEN
            RAISE EXCEPTION 'version % is signed by both parties and stays so', OLD.number;
        END IF;
        IF NEW.status = 'signed' AND given < 2 THEN
            RAISE EXCEPTION 'version % has % of 2 signatures', OLD.number, given;
        END IF;
        RETURN NEW;"""


class SignatureFits(Guard):
    """A signature is by the organisation that is that party, on the text that the version has."""

    name = "signature_fits"
    when = pgtrigger.Before
    operation = pgtrigger.Insert
    declare = [("fits", "boolean")]
    func = """
        SELECT v.digest = NEW.digest AND v.status = 'draft' AND NEW.organisation_id =
               CASE NEW.party WHEN 'commissioner' THEN c.commissioner_id ELSE c.provider_id END
          INTO fits
          FROM contracts_contractversion v JOIN contracts_contract c ON c.id = v.contract_id
         WHERE v.id = NEW.version_id;
        IF fits IS NOT TRUE THEN
            RAISE EXCEPTION 'the signature does not fit the version, its text or its party';
        END IF;
        RETURN NEW;"""


class SignedAttachmentStands(Guard):
    """A document that was there when the version was signed is neither exchanged nor taken away."""

    name = "signed_attachment_stands"
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    func = """
        IF EXISTS (SELECT FROM contracts_signature WHERE version_id = OLD.version_id) THEN
            RAISE EXCEPTION 'the version is signed: its attachments stay';
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;"""


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SIGNED = "signed", _("Signed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ContractVersion(models.Model):
    """One document. Drafts may be replaced; from the first signature on its text stays as it is.

    `document` is the validated content; `source` the text as it was loaded, byte for byte.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    in_force_from = models.DateField()
    status = models.CharField(max_length=10, choices=VersionStatus, default=VersionStatus.DRAFT)
    document = models.JSONField()
    source = models.TextField()
    source_format = models.CharField(max_length=4, choices=[("yaml", "YAML"), ("json", "JSON")])
    digest = models.CharField(max_length=64)  # sha256 of `document` in canonical JSON
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)  # when the second signature was given
    history = history()

    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("version_seen_by_both_sides", "contract.view"),
            models.UniqueConstraint(fields=["contract", "number"], name="version_number_once_per_contract"),
            models.CheckConstraint(
                name="version_in_force_from_a_first_of_month", condition=Q(in_force_from__day=FIRST_OF_MONTH)
            ),
            models.CheckConstraint(
                name="version_signed_has_a_time",
                condition=Q(status="signed", signed_at__isnull=False) | ~Q(status="signed") & Q(signed_at=None),
            ),
        ]
        triggers = [*history_triggers(), SignedVersionStands()]

    def __str__(self) -> str:
        return str(_("Version %(number)s") % {"number": self.number})


class Attachment(models.Model):
    """A document that the parties agreed, kept with the version by hash."""

    version = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="attachments")
    title = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    stored = models.FileField(upload_to="attachments/%Y/%m/", max_length=300)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    objects = OfVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(name="attachment_seen_with_its_version", within="version"),
            models.UniqueConstraint(fields=["version", "file_name"], name="attachment_once_per_version"),
        ]
        triggers = [SignedAttachmentStands()]

    def __str__(self) -> str:
        return self.file_name


class Party(models.TextChoices):
    COMMISSIONER = "commissioner", _("Commissioner")
    PROVIDER = "provider", _("Provider")


class Signature(models.Model):
    """One party's signature on one version. Only grows."""

    version = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="signatures")
    party = models.CharField(max_length=12, choices=Party)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    digest = models.CharField(max_length=64)  # of the document that was signed

    class Meta:
        constraints = [
            RowSecurity(name="signature_seen_with_its_version", within="version"),
            models.UniqueConstraint(fields=["version", "party"], name="signature_once_per_party"),
            models.UniqueConstraint(fields=["version", "signed_by"], name="signature_by_two_people"),
            models.UniqueConstraint(fields=["version", "organisation"], name="signature_by_two_organisations"),
        ]
        triggers = [*append_only_triggers(), SignatureFits()]


class StaffingAlignment(models.Model):
    """A person's confirmation that funding and the safe operating model agree, with its working. Only grows."""

    version = models.ForeignKey(ContractVersion, on_delete=models.PROTECT, related_name="alignments")
    recorded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    working = models.JSONField()

    class Meta:
        constraints = [RowSecurity(name="alignment_seen_with_its_version", within="version")]
        triggers = append_only_triggers()


class PlanLine(models.Model):
    """Expected quantity and money of one month, by any of level, cohort, geography and service ('' = not split)."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="plan")
    month = models.DateField()
    level = models.CharField(max_length=40, blank=True)
    cohort = models.CharField(max_length=40, blank=True)
    geography = models.CharField(max_length=40, blank=True)
    service = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    amount = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    history = history()

    class Meta:
        constraints = [
            of_both_sides("plan_seen_by_both_sides", "contract.view"),
            models.UniqueConstraint(
                fields=["contract", "month", "level", "cohort", "geography", "service"], name="plan_line_once"
            ),
            models.CheckConstraint(name="plan_month_is_a_first", condition=Q(month__day=FIRST_OF_MONTH)),
        ]
        triggers = history_triggers()


class FeedStatus(models.TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    CHECKED = "checked", _("Checked")
    APPLIED = "applied", _("Applied")
    UNUSABLE = "unusable", _("Cannot be used")
    DISCARDED = "discarded", _("Discarded")


class FeedRun(models.Model):
    """One file on its way in: uploaded, checked whole, applied; with its counts."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="feed_runs")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")  # the provider
    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    stored = models.FileField(upload_to="feeds/%Y/%m/", max_length=300, blank=True)
    mapping = models.JSONField(default=dict)
    mapping_sha256 = models.CharField(max_length=64, blank=True, default="")
    status = models.CharField(max_length=10, choices=FeedStatus, default=FeedStatus.UPLOADED)
    rows_read = models.BigIntegerField(default=0)
    rows_applied = models.BigIntegerField(default=0)
    rows_unchanged = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)
    header = ArrayField(models.TextField(), default=list)  # as the file has it: rejected rows keep its columns
    unknown_columns = ArrayField(models.CharField(max_length=200), default=list)
    preview = models.JSONField(default=dict)  # what would change, counted by kind of change, with examples
    reasons = ArrayField(models.TextField(), default=list)  # why the file cannot be used
    uploaded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = FeedRunQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("feed_run_seen_by_sides", "feed.view"),
            models.UniqueConstraint(fields=["organisation", "id"], name="feed_run_of_organisation"),
            CompositeForeignKey(
                name="feed_run_contract_of_organisation",
                fields=["organisation", "contract"],
                to="contracts.Contract",
                to_fields=["provider", "id"],
            ),
        ]
        indexes = [models.Index(fields=["contract", "-uploaded_at"], name="feed_run_latest")]


class FeedReject(models.Model):
    """A row that was not applied, as it was, with the column, the value and a sentence."""

    run = models.ForeignKey(FeedRun, on_delete=models.CASCADE, related_name="rejects")
    row_number = models.BigIntegerField()  # as a spreadsheet counts: the header is row 1
    column = models.CharField(max_length=200, blank=True)
    value = models.TextField(blank=True)
    sentence = models.TextField()
    row = models.JSONField()  # the cells as read, in the order of the run's header

    class Meta:
        constraints = [RowSecurity(name="feed_reject_seen_with_its_run", within="run")]
        indexes = [models.Index(fields=["run", "row_number"], name="feed_reject_in_order")]

    @property
    def cells(self) -> list[str]:
        """As `Reject.cells`: what writes rejected rows takes either."""
        return list(self.row)


class DecidedEscalationStands(Guard):
    """An escalation is never taken away, and a decision is never rewritten."""

    name = "decided_escalation_stands"
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    func = """
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'escalations stay';
        END IF;
        IF OLD.status = 'decided' THEN
            RAISE EXCEPTION 'a decision stands';
        END IF;
        RETURN NEW;"""


class EscalationStatus(models.TextChoices):
    OPEN = "open", _("Open")
    DECIDED = "decided", _("Decided")


class Escalation(models.Model):
    """A sign past its limit that somebody must decide on: one mechanism for every stage."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="escalations")
    sign = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)  # what the sign is about (a month, a role, a team)
    limit_text = models.CharField(max_length=200)
    figure_text = models.CharField(max_length=200)
    url = models.CharField(max_length=300, blank=True)
    recipients = ArrayField(models.CharField(max_length=20, choices=Role), default=list)
    owner = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    due_on = models.DateField()
    status = models.CharField(max_length=10, choices=EscalationStatus, default=EscalationStatus.OPEN)
    decision = models.TextField(blank=True)
    decided_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    history = history()

    objects = EscalationQuerySet.as_manager()

    class Meta:
        constraints = [
            of_both_sides("escalation_seen_by_both_sides", "escalation.view"),
            models.UniqueConstraint(
                fields=["contract", "sign", "subject"],
                condition=Q(status="open"),
                name="escalation_open_once_per_sign_and_subject",
            ),
            models.CheckConstraint(
                name="escalation_decided_by_somebody_with_a_reason",
                condition=Q(status="open", decided_by=None)
                | Q(status="decided", decided_by__isnull=False, decided_at__isnull=False) & ~Q(decision=""),
            ),
        ]
        triggers = [*history_triggers(), DecidedEscalationStands()]
