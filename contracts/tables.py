"""The lists of this stage."""

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from blended_pilot.kernel.templatetags.kit import day
from contracts.models import Contract, Escalation
from contracts.queries.escalations import sign_words
from contracts.queries.versions import standing


class ContractTable(tables.Table):
    caption = _("Contracts of your organisations")
    code = tables.Column(verbose_name=_("Contract"))
    title = tables.Column(verbose_name=_("Title"))
    pilot = tables.Column(verbose_name=_("Pilot"), order_by=("pilot__name",))
    commissioner = tables.Column(verbose_name=_("Commissioner"), order_by=("commissioner__name",))
    provider = tables.Column(verbose_name=_("Provider"), order_by=("provider__name",))
    state = tables.Column(verbose_name=_("Stands"), empty_values=(), orderable=False)
    waiting = tables.Column(verbose_name=_("Escalations"), attrs={"td": {"class": "num"}})

    class Meta:
        fields = ("code", "title", "pilot", "commissioner", "provider", "state", "waiting")
        order_by = ("code",)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self._now = now

    def render_code(self, record: Contract) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("contracts:contract", args=[record.code]), record.code)

    def value_code(self, record: Contract) -> str:
        return record.code

    def render_state(self, record: Contract) -> Any:
        line = standing(record, self._now)
        if line is None:
            return ""
        return format_html(
            '{} {} <span class="status-badge {}">{}</span>', _("Version"), line.number, line.tone, line.state_word
        )

    def value_state(self, record: Contract) -> str:
        line = standing(record, self._now)
        return f"{line.number} {line.state_word}" if line else ""


class EscalationTable(tables.Table):
    caption = _("Escalations, the most pressing first")
    sign = tables.Column(verbose_name=_("Sign"))
    contract = tables.Column(verbose_name=_("Contract"), order_by=("contract__code",))
    figure_text = tables.Column(verbose_name=_("Figure"), orderable=False)
    limit_text = tables.Column(verbose_name=_("Limit"), orderable=False)
    recipients = tables.Column(verbose_name=_("Goes to"), orderable=False)
    owner = tables.Column(verbose_name=_("Owner"), order_by=("owner__name",), empty_values=())
    due_on = tables.Column(verbose_name=_("Due"))
    status = tables.Column(verbose_name=_("Status"))

    class Meta:
        fields = ("sign", "contract", "figure_text", "limit_text", "recipients", "owner", "due_on", "status")

    def render_sign(self, record: Escalation) -> SafeString:
        text = f"{sign_words(record.sign)} {record.subject}".strip()
        return format_html('<a href="{}">{}</a>', reverse("contracts:escalation", args=[record.pk]), text)

    def value_sign(self, record: Escalation) -> str:
        return f"{record.sign} {record.subject}".strip()

    def render_recipients(self, value: list[str]) -> str:
        return ", ".join(str(Role(role).label) for role in value)

    def render_owner(self, record: Escalation) -> str:
        return record.owner.name if record.owner else str(_("nobody yet"))

    def render_due_on(self, value: Any) -> Any:
        return day(value)

    def value_due_on(self, value: Any) -> Any:
        return value

    def render_status(self, record: Escalation) -> SafeString:
        tone = "warn" if record.status == "open" else "good"
        return format_html('<span class="status-badge {}">{}</span>', tone, record.get_status_display())

    def value_status(self, record: Escalation) -> str:
        return str(record.get_status_display())
