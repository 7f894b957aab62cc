"""The list of jobs."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from blended_pilot.jobs import registry
from blended_pilot.jobs.models import Job
from blended_pilot.kernel.templatetags.kit import TONES, when


class JobTable(tables.Table):
    caption = _("Work in the background, newest first")
    kind = tables.Column(verbose_name=_("Work"))
    status = tables.Column(verbose_name=_("State"))
    created_by = tables.Column(verbose_name=_("Asked for by"), accessor="created_by__name", empty_values=())
    created_at = tables.Column(verbose_name=_("Asked for"))
    finished_at = tables.Column(verbose_name=_("Ended"))

    class Meta:
        fields = ("kind", "status", "created_by", "created_at", "finished_at")

    def render_kind(self, record: Job) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("jobs:job", args=[record.pk]), registry.title(record.kind))

    def render_status(self, record: Job) -> Any:
        tone = TONES.get(record.status, "")
        return format_html('<span class="status-badge {}">{}</span>', tone, record.get_status_display())

    def render_created_by(self, record: Job) -> Any:
        return record.created_by.name if record.created_by else _("The program itself")

    def render_created_at(self, value: Any) -> Any:
        return when(value)

    def render_finished_at(self, value: Any) -> Any:
        return when(value)
