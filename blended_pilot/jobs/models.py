"""The record of every background run. The queue only rings the bell."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from blended_pilot.jobs.querysets import JobQuerySet


class Status(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Job(models.Model):
    """One piece of long work. `key` makes a second request for the same work the same job.

    `attempts` also fences: only the attempt that holds the lease may finish the job.
    """

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    then = models.JSONField(default=list)  # kinds that follow, each queued when the one before it is done
    url = models.CharField(max_length=300, blank=True)  # where its effect is seen
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    ring_at = models.DateTimeField()  # while queued: when the sweeper rings again
    lease_until = models.DateTimeField(null=True, blank=True)  # while running: when its worker counts as lost
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True, blank=True)
    progress_text = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    organisation_id = models.BigIntegerField(null=True, blank=True)  # who may see it; accounts is a later layer
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)  # of the request that asked, carried into history

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="job_once_per_kind_and_key"),
            models.CheckConstraint(
                name="job_running_has_a_lease",
                condition=Q(status="running", lease_until__isnull=False) | ~Q(status="running") & Q(lease_until=None),
            ),
            models.CheckConstraint(
                name="job_ended_has_a_time",
                condition=Q(status__in=["done", "failed"], finished_at__isnull=False)
                | Q(status__in=["queued", "running"], finished_at=None),
            ),
            models.CheckConstraint(name="job_failed_says_why", condition=~Q(status="failed", error="")),
        ]
        indexes = [
            # the sweeper asks every few seconds for what waits or has lost its worker
            models.Index(fields=["status", "lease_until"], name="job_unfinished", condition=Q(finished_at=None)),
            models.Index(fields=["organisation_id", "-created_at"], name="job_of_organisation"),
            models.Index(fields=["created_by", "-created_at"], name="job_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def percent(self) -> int | None:
        """How much is done, 0 to 100; None where nobody knows how much there is."""
        return None if not self.progress_total else min(100, 100 * self.progress_done // self.progress_total)

    @property
    def is_finished(self) -> bool:
        return self.status in (Status.DONE, Status.FAILED)
