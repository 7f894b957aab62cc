"""Authorised episodes: units of a service that may be used within a window."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from authorizations.models.decisions import Decision
from authorizations.models.keys import in_organisation, of_organisation
from authorizations.querysets import EpisodeQuerySet
from blended_pilot.kernel.audit import history, history_triggers
from blended_pilot.kernel.constraints import no_overlap
from blended_pilot.kernel.row_security import RowSecurity
from contracts.models import Contract, FeedRun
from eligibility.models import Member, Source


class Episode(models.Model):
    """Up to `units` of a service in [starts_on, ends_before), cut at `ended_early_on`, the first day after it ended.

    Decided here it names its entry of the register; decided elsewhere it has the source's `episode_ref` and words.
    """

    moves_with_member = True  # a merge of two members takes it along: eligibility.operations.merges

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, db_constraint=False, related_name="episodes")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_constraint=False, related_name="episodes")
    service = models.CharField(max_length=60)
    units = models.DecimalField(max_digits=14, decimal_places=4)
    starts_on = models.DateField()
    ends_before = models.DateField()
    ended_early_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.FEED)
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="episodes"
    )
    episode_ref = models.CharField(max_length=100, blank=True)
    decided_on = models.DateField()
    decided_by = models.CharField(max_length=200)
    rationale = models.TextField()
    feed_run = models.ForeignKey(
        FeedRun, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    history = history()

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        constraints = [
            RowSecurity(
                name="episode_seen_by_sides", action="episode.view", provider="organisation", commissioner="contract"
            ),
            models.UniqueConstraint(fields=["organisation", "id"], name="episode_of_organisation"),
            models.UniqueConstraint(
                fields=["contract", "episode_ref"], condition=~Q(episode_ref=""), name="episode_reference_once"
            ),
            models.CheckConstraint(name="episode_units_positive", condition=Q(units__gt=0)),
            models.CheckConstraint(name="episode_ends_after_it_starts", condition=Q(ends_before__gt=F("starts_on"))),
            models.CheckConstraint(
                name="episode_ends_early_inside_its_window",
                condition=Q(ended_early_on=None)
                | Q(ended_early_on__gte=F("starts_on"), ended_early_on__lt=F("ends_before")),
            ),
            models.CheckConstraint(
                name="episode_decided_here_or_fed",
                condition=Q(source="product", decision__isnull=False, episode_ref="")
                | Q(source="feed", decision=None) & ~Q(episode_ref=""),
            ),
            # so that a piece of work belongs to one episode; one that ended on its first day stands in nobody's way
            no_overlap(
                name="episode_once_at_a_time",
                same=["contract", "member", "service"],
                ends_before=Coalesce("ended_early_on", "ends_before"),
                message=_("This person already has an episode of the service in part of that period."),
            ),
            *of_organisation("episode"),
            in_organisation("episode_decision_of_organisation", "decision", "authorizations.Decision"),
            in_organisation("episode_feed_run_of_organisation", "feed_run", "contracts.FeedRun"),
        ]
        indexes = [models.Index(fields=["contract", "member", "service", "starts_on"], name="episode_of_member")]
        triggers = history_triggers()

    def __str__(self) -> str:
        return self.episode_ref or f"{self.service}, {self.starts_on}"
