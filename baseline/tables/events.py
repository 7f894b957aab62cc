"""Lists of complaints and safety signals."""

from datetime import date
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from baseline.models import Event
from baseline.tables.of_members import OfMembersTable
from blended_pilot.kernel.templatetags.kit import day

TONES = {"low": "info", "moderate": "warn", "severe": "bad"}


class EventTable(OfMembersTable):
    caption = _("Complaints and safety signals")
    occurred_on = tables.Column(verbose_name=_("Date"))
    event_ref = tables.Column(verbose_name=_("Reference"))
    kind = tables.Column(verbose_name=_("What"), orderable=False)
    severity = tables.Column(verbose_name=_("Severity"), orderable=False)
    category = tables.Column(verbose_name=_("Category"))
    team = tables.Column(verbose_name=_("Team"), accessor="team__name")
    owner = tables.Column(verbose_name=_("Who deals with it"), accessor="owner__name", orderable=False)
    due_on = tables.Column(verbose_name=_("By"))
    closed_on = tables.Column(verbose_name=_("Closed"))

    class Meta:
        model = Event
        fields = (
            "occurred_on",
            "event_ref",
            "kind",
            "severity",
            "category",
            "member",
            "team",
            "owner",
            "due_on",
            "closed_on",
        )
        attrs = {"class": "table-wide"}
        order_by = ("-occurred_on",)

    def __init__(self, *args: Any, on: date, staff: bool, **options: Any) -> None:
        self._on = on
        super().__init__(*args, exclude=() if staff else ("owner", "team"), **options)

    def render_occurred_on(self, record: Event) -> Any:
        return day(record.occurred_on)

    def value_occurred_on(self, record: Event) -> date:
        return record.occurred_on

    def render_event_ref(self, record: Event) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("baseline:event", args=[record.pk]), record.event_ref)

    def value_event_ref(self, record: Event) -> str:
        return record.event_ref

    def value_kind(self, record: Event) -> str:
        return record.kind

    def render_severity(self, record: Event) -> SafeString:
        label = record.get_severity_display()
        return format_html('<span class="status-badge {}">{}</span>', TONES[record.severity], label)

    def value_severity(self, record: Event) -> str:
        return record.severity

    def value_category(self, record: Event) -> str:
        return record.category

    def value_team(self, record: Event) -> str:
        return record.team.name if record.team else ""

    def value_owner(self, record: Event) -> str:
        return record.owner.name if record.owner else ""

    def render_due_on(self, record: Event) -> Any:
        if record.due_on and record.closed_on is None and record.due_on < self._on:
            return format_html('<span class="miss">{}, {}</span>', day(record.due_on), _("overdue"))
        return day(record.due_on)

    def value_due_on(self, record: Event) -> date | None:
        return record.due_on

    def render_closed_on(self, record: Event) -> Any:
        return day(record.closed_on)

    def value_closed_on(self, record: Event) -> date | None:
        return record.closed_on
