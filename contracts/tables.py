"""The lists of this stage."""

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from blended_pilot.kernel.templatetags.kit import day, quantity, when
from contracts.models import Contract, Escalation, FeedReject, FeedRun
from contracts.operations.feeds.kinds import title_of
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


NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}
TONES = {"applied": "good", "checked": "info", "uploaded": "info", "unusable": "bad", "discarded": ""}


class FeedRunTable(tables.Table):
    caption = _("Files that were sent, the latest first")
    file_name = tables.Column(verbose_name=_("File"))
    kind = tables.Column(verbose_name=_("Kind"))
    contract = tables.Column(verbose_name=_("Contract"), order_by=("contract__code",))
    status = tables.Column(verbose_name=_("Status"))
    rows_read = tables.Column(verbose_name=_("Read"), attrs=NUMBER)
    rows_applied = tables.Column(verbose_name=_("Applied"), attrs=NUMBER)
    rows_unchanged = tables.Column(verbose_name=_("Unchanged"), attrs=NUMBER)
    rows_rejected = tables.Column(verbose_name=_("Rejected"), attrs=NUMBER)
    uploaded_by = tables.Column(verbose_name=_("Sent by"), order_by=("uploaded_by__name",))
    uploaded_at = tables.Column(verbose_name=_("Sent"))

    class Meta:
        fields = (
            "file_name",
            "kind",
            "contract",
            "status",
            "rows_read",
            "rows_applied",
            "rows_unchanged",
            "rows_rejected",
            "uploaded_by",
            "uploaded_at",
        )
        order_by = ("-uploaded_at",)

    def render_file_name(self, record: FeedRun) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("contracts:feed_run", args=[record.pk]), record.file_name)

    def value_file_name(self, value: str) -> str:
        return value

    def render_kind(self, value: str) -> Any:
        return title_of(value)

    def value_kind(self, value: str) -> str:
        return value

    def render_status(self, record: FeedRun) -> SafeString:
        return format_html('<span class="status-badge {}">{}</span>', TONES[record.status], record.get_status_display())

    def value_status(self, record: FeedRun) -> str:
        return record.status

    def render_rows_read(self, value: int) -> str:
        return quantity(value)

    render_rows_applied = render_rows_unchanged = render_rows_rejected = render_rows_read

    def value_rows_read(self, value: int) -> int:
        return value

    value_rows_applied = value_rows_unchanged = value_rows_rejected = value_rows_read

    def render_uploaded_by(self, record: FeedRun) -> str:
        return record.uploaded_by.name if record.uploaded_by else str(_("the system"))

    def render_uploaded_at(self, record: FeedRun) -> Any:
        return when(record.uploaded_at, record.contract)

    def value_uploaded_at(self, value: Any) -> Any:
        return value


class FeedRejectTable(tables.Table):
    """`hidden` holds the file's columns, without case, that the reader may not see."""

    caption = _("Rejected rows, as a spreadsheet counts them: the header is row 1")
    row_number = tables.Column(verbose_name=_("Row"), attrs=NUMBER)
    column = tables.Column(verbose_name=_("Column"))
    value = tables.Column(verbose_name=_("Value"), orderable=False)
    sentence = tables.Column(verbose_name=_("What is wrong"), orderable=False)

    class Meta:
        fields = ("row_number", "column", "value", "sentence")
        order_by = ("row_number",)

    def __init__(self, *args: Any, hidden: frozenset[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._hidden = hidden

    def render_value(self, record: FeedReject) -> str:
        return "" if self._hides(record) else record.value[:200]

    def render_sentence(self, record: FeedReject) -> Any:
        if self._hides(record):
            return _("What this column says of the member is not shown to your role.")
        return record.sentence

    def _hides(self, record: FeedReject) -> bool:
        # a row with several faults tells of more than its first column
        return bool(self._hidden) and (
            record.column.casefold() in self._hidden
            or any(f"{name}:" in record.sentence.casefold() for name in self._hidden)
        )
