"""Lists of follow-ups."""

from datetime import date
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.permissions import may
from baseline.models import FollowUp, FollowUpStatus
from baseline.tables.of_members import OfMembersTable
from blended_pilot.kernel.templatetags.kit import day

TONES = {"open": "info", "done": "good", "cancelled": "", "withdrawn": ""}


class FollowUpTable(OfMembersTable):
    """What is due, the most urgent first. `on` is the day by which something is late."""

    caption = _("Follow-ups")
    due_on = tables.Column(verbose_name=_("Due"))
    cause = tables.Column(verbose_name=_("Because of"))
    happened_on = tables.Column(verbose_name=_("Day 0"))
    completed_on = tables.Column(verbose_name=_("Done on"))
    status = tables.Column(verbose_name=_("State"))
    act = tables.Column(verbose_name="", empty_values=(), orderable=False)
    exclude_from_export = ("act",)

    class Meta:
        model = FollowUp
        fields = ("due_on", "member", "cause", "happened_on", "completed_on", "status", "act")

    def __init__(self, *args: Any, user: Any, on: date, **options: Any) -> None:
        self._on = on
        self._may_cancel = may(user, "follow_up.cancel")
        super().__init__(*args, user=user, **options)

    def render_due_on(self, record: FollowUp) -> Any:
        return day(record.due_on)

    def value_due_on(self, record: FollowUp) -> date:
        return record.due_on

    def render_cause(self, record: FollowUp) -> SafeString:
        if record.activity_id:
            address = reverse("baseline:activity", args=[record.activity_id])
            return format_html('<a href="{}">{}</a>', address, record.get_cause_display())
        return format_html("{} <small>{}</small>", record.get_cause_display(), record.episode_ref)

    def value_cause(self, record: FollowUp) -> str:
        return record.cause

    def render_happened_on(self, record: FollowUp) -> Any:
        return day(record.happened_on)

    def value_happened_on(self, record: FollowUp) -> date:
        return record.happened_on

    def render_completed_on(self, record: FollowUp) -> Any:
        if not record.completed_by_id:
            return "–"
        address = reverse("baseline:activity", args=[record.completed_by_id])
        return format_html('<a href="{}">{}</a>', address, day(record.completed_on))

    def value_completed_on(self, record: FollowUp) -> date | None:
        return record.completed_on

    def _state(self, record: FollowUp) -> tuple[Any, str]:
        if record.status == FollowUpStatus.OPEN and record.due_on < self._on:
            return _("Overdue"), "bad"
        if record.status == FollowUpStatus.DONE and record.completed_on and record.completed_on > record.due_on:
            return _("Done late"), "warn"
        return record.get_status_display(), TONES[record.status]

    def render_status(self, record: FollowUp) -> SafeString:
        label, tone = self._state(record)
        return format_html('<span class="status-badge {}">{}</span>', tone, label)

    def value_status(self, record: FollowUp) -> str:
        return str(self._state(record)[0])

    def render_act(self, record: FollowUp) -> Any:
        if not (self._may_cancel and record.status == FollowUpStatus.OPEN):
            return ""
        address = reverse("baseline:cancel_follow_up", args=[record.pk])
        return format_html(
            '<a class="btn btn-sm" href="{}">{}<span class="visually-hidden"> {}</span></a>',
            address,
            _("Will not take place"),
            self.shown[record.member_id].label,
        )
