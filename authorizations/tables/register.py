"""The list of a register's entries."""

from datetime import date
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from authorizations.models import Decision, Outcome
from authorizations.queries.register import given, heads
from authorizations.tables.requests import asked_for
from blended_pilot.kernel.periods import DAY
from blended_pilot.kernel.templatetags.kit import day, last_day, when
from eligibility.queries.identities import Shown, identity
from eligibility.tables import drawn_records, member_link

TONES = {Outcome.APPROVED: "good", Outcome.CHANGED: "info", Outcome.DENIED: "bad", Outcome.VOID: ""}
ONLY_IN_FILES = ("contract", "kind", "starts_on", "ends_before", "in_time", "seal_no", "head")


class RegisterTable(tables.Table):
    """One entry a row. A file says more than the page: the seal of each entry and the head of its register."""

    caption = _("Entries of the register")
    number = tables.Column(verbose_name=_("Entry"))
    contract = tables.Column(verbose_name=_("Contract"), accessor="contract__code")
    decided_at = tables.Column(verbose_name=_("Decided"), order_by=("decided_at", "pk"))
    member = tables.Column(verbose_name=_("Member"), orderable=False)
    kind = tables.Column(verbose_name=_("Kind of entry"))
    asked = tables.Column(verbose_name=_("Asked for"), empty_values=(), orderable=False)
    outcome = tables.Column(verbose_name=_("Outcome"))
    given = tables.Column(verbose_name=_("Given"), empty_values=(), orderable=False)
    starts_on = tables.Column(verbose_name=_("From"))
    ends_before = tables.Column(verbose_name=_("Last day"))
    in_time = tables.Column(verbose_name=_("In time"))
    decided_by = tables.Column(verbose_name=_("Decided by"), orderable=False)
    replaced_no = tables.Column(verbose_name=_("Replaced by"), orderable=False, empty_values=())
    seal_no = tables.Column(verbose_name=_("Seal"), orderable=False, empty_values=())
    head = tables.Column(verbose_name=_("Head of the register"), orderable=False, empty_values=())

    class Meta:
        order_by = ("-decided_at",)

    def __init__(self, *args: Any, user: Any, exporting: bool, **options: Any) -> None:
        self._user = user
        super().__init__(*args, exclude=() if exporting else ONLY_IN_FILES, **options)

    def _shown(self, entry: Decision) -> Shown:
        return identity(self._user, [entry.member])[entry.member_id]

    @cached_property
    def _heads(self) -> dict[int, str]:
        return heads(drawn_records(self))

    def render_number(self, record: Decision) -> SafeString:
        address = reverse("authorizations:decision", args=[record.pk])
        return format_html('<a href="{}">{}</a><br><small>{}</small>', address, record.number, record.contract.code)

    def value_number(self, record: Decision) -> int:
        return record.number

    def render_decided_at(self, record: Decision) -> SafeString:
        return format_html("{}<br>{}", when(record.decided_at, record.contract), self.render_in_time(record.in_time))

    def value_decided_at(self, record: Decision) -> str:
        return record.decided_at.isoformat()

    def render_member(self, record: Decision) -> SafeString:
        return member_link(self._shown(record))

    def value_member(self, record: Decision) -> str:
        return self._shown(record).code

    def render_asked(self, record: Decision) -> str:
        return asked_for(record.request)

    def render_outcome(self, record: Decision) -> SafeString:
        kind = "" if record.kind == "decision" else record.get_kind_display()
        return format_html(
            '<span class="status-badge {}">{}</span><br><small>{}</small>',
            TONES[Outcome(record.outcome)],
            record.get_outcome_display(),
            _g("Given by the contract") if record.automatic else kind,
        )

    def value_outcome(self, record: Decision) -> str:
        return record.outcome

    def render_given(self, record: Decision) -> Any:
        if not given(record):
            return "–"
        first, last = day(record.starts_on), last_day(record.ends_before)
        return format_html("{}<br><small>{} – {}</small>", given(record), first, last)

    def value_given(self, record: Decision) -> str:
        return given(record)

    def render_starts_on(self, value: date) -> Any:
        return day(value)

    def value_starts_on(self, value: date | None) -> date | None:
        return value

    def render_ends_before(self, value: date) -> Any:
        return last_day(value)

    def value_ends_before(self, value: date | None) -> date | None:
        return value - DAY if value else None

    def render_in_time(self, value: bool) -> SafeString:
        return format_html(
            '<span class="status-badge {}">{}</span>',
            "good" if value else "bad",
            _g("in time") if value else _g("late"),
        )

    def value_in_time(self, value: bool) -> bool:
        return value

    def render_decided_by(self, record: Decision) -> str:
        return record.decided_by.name

    def render_replaced_no(self, record: Decision) -> Any:
        return getattr(record, "replaced_no", None) or ""

    def render_seal_no(self, record: Decision) -> Any:
        return getattr(record, "seal_no", None) or ""

    def render_head(self, record: Decision) -> str:
        return self._heads[record.contract_id]
