"""How money rows look in lists. Members are shown as the reader may see them: the views pass who that is."""

from collections.abc import Mapping
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.permissions import may
from blended_pilot.kernel.templatetags import kit
from contracts.models import Contract
from eligibility.queries.codes import Codes, codes_of
from eligibility.queries.identities import identity_of
from variance.filters import AS_BILLED
from variance.models import (
    Component,
    Cycle,
    CycleException,
    CycleStatus,
    ExceptionCode,
    LedgerEntry,
    LineKind,
    OutcomeCode,
    Reason,
    Statement,
)
from variance.tables.columns import (
    NUMBER,
    ActivityColumn,
    DayColumn,
    MemberColumn,
    MomentColumn,
    MoneyColumn,
    MonthColumn,
    NamedColumn,
    QuantityColumn,
    WordColumn,
)


def line_query(line: Mapping[str, Any]) -> str:
    """The query string that narrows a list of rows to those behind one line."""
    rate = line["rate"]
    return urlencode(
        {
            "component": line["component"],
            "line_kind": line["line_kind"],
            "service_month": f"{line['service_month']:%Y-%m}",
            "level": line["level"],
            "cohort": line["cohort"],
            "geography": line["geography"],
            "service": line["service"],
            "reason": line["reason"],
            "rate": AS_BILLED if rate is None else format(rate, "f"),
        }
    )


class MoneyTable(tables.Table):
    """With `reader`, members are shown as that person may see them: one query a page.

    `contract` says the currency, and its terms name the codes; without it each row's own contract does both.
    """

    def __init__(self, *args: Any, reader: Any = None, contract: Contract | None = None, **kwargs: Any) -> None:
        self.contract = contract
        self._reader = reader
        self._names: Mapping[int, Codes] | None = None
        self._identities: Mapping[int, Any] | None = None
        super().__init__(*args, **kwargs)
        self.opens_members = reader is not None and may(reader, "member.view")

    def name_of(self, record: Any, of: str, code: str) -> str:
        """What a row's contract calls a code: one query a page."""
        if self._names is None:
            own = self.contract
            self._names = codes_of({row.record.contract_id for row in self.paginated_rows} if own is None else {own.pk})
        names = self._names[record.contract_id if self.contract is None else self.contract.pk]
        return getattr(names, of).get(code, code)

    def shown(self, member_id: int | None) -> Any:
        if member_id is None:
            return None
        if self._identities is None:
            records = [row.record for row in self.paginated_rows]
            self._identities = identity_of(self._reader, {record.member_id for record in records} - {None})
        return self._identities.get(member_id)


class CycleTable(MoneyTable):
    contract = tables.Column(verbose_name=_("Contract"), accessor="contract__code")
    month = MonthColumn(verbose_name=_("Month"))
    status = WordColumn(CycleStatus, verbose_name=_("Status"))
    total = tables.Column(verbose_name=_("Posted"), accessor="total", attrs=NUMBER)
    prepared_by = tables.Column(verbose_name=_("Prepared by"), accessor="prepared_by__name")
    approved_by = tables.Column(verbose_name=_("Approved by"), accessor="approved_by__name")
    closed_at = MomentColumn(verbose_name=_("Closed"))

    caption = _("Monthly cycles, the latest first")

    class Meta:
        model = Cycle
        fields = ("contract", "month", "status", "total", "prepared_by", "approved_by", "closed_at")
        order_by = ("-month", "contract")

    def render_month(self, value: Any, record: Cycle) -> Any:
        address = reverse("variance:cycle", args=[record.contract.code, f"{value:%Y-%m}"])
        return format_html('<a href="{}">{}</a>', address, kit.month(value))

    def render_status(self, record: Cycle) -> Any:
        words = kit.status(record.get_status_display(), record.status)
        return format_html('<span class="status-badge {}">{}</span>', words["tone"], words["label"])

    def render_total(self, value: Any, record: Cycle) -> Any:
        return kit.money(value, record.contract)

    def value_total(self, value: Any) -> Any:
        return value


class _LineColumns(MoneyTable):
    component = WordColumn(Component, verbose_name=_("Component"))
    line_kind = WordColumn(LineKind, verbose_name=_("Kind"))
    service_month = MonthColumn(verbose_name=_("Service month"))
    level = tables.Column(verbose_name=_("Level"))
    cohort = NamedColumn("cohorts", verbose_name=_("Cohort"))
    geography = NamedColumn("geographies", verbose_name=_("Geography"))
    service = NamedColumn("services", verbose_name=_("Service"))
    quantity = QuantityColumn(verbose_name=_("Quantity"))
    rate = MoneyColumn(verbose_name=_("Rate"))
    amount = MoneyColumn(verbose_name=_("Amount"))
    reason = WordColumn(Reason, verbose_name=_("Reason"))


LINE_FIELDS = (
    "component",
    "line_kind",
    "service_month",
    "level",
    "cohort",
    "geography",
    "service",
    "quantity",
    "rate",
    "amount",
    "reason",
)


class LineTable(_LineColumns):
    """A cycle's or statement's lines; each opens to its rows."""

    rows = tables.Column(verbose_name=_("Rows"), attrs=NUMBER)

    caption = _("Lines, grouped by everything but person and record")

    class Meta:
        sequence = (*LINE_FIELDS, "rows")

    def __init__(self, *args: Any, opens: str = "", **kwargs: Any) -> None:
        self._opens = opens  # address of the rows, narrowed by the line's own values
        super().__init__(*args, **kwargs)

    def render_rows(self, value: Any, record: Mapping[str, Any]) -> Any:
        from_line = line_query(record)
        return format_html('<a href="{}?{}">{}</a>', self._opens, from_line, kit.quantity(value))

    def value_rows(self, value: Any) -> Any:
        return value


class _RowColumns(_LineColumns):
    """Rows one by one. A screen joins what a row is for, and its level and group; files have each on its own."""

    service_month = MonthColumn(short=True, verbose_name=_("Service month"))
    subject = tables.Column(verbose_name=_("For"), accessor="component", order_by=("component", "service"))
    member = MemberColumn()
    activity = ActivityColumn()
    group = tables.Column(verbose_name=_("Level and group"), empty_values=(), order_by=("level", "cohort", "geography"))

    exclude_from_export = ("subject", "group")
    export_only = ("component", "line_kind", "level", "cohort", "geography", "service")

    def render_subject(self, record: Any) -> str:
        if record.service:
            return self.name_of(record, "services", record.service)
        return str(record.get_component_display())

    def render_group(self, record: Any) -> str:
        cohort, geography = (
            self.name_of(record, "cohorts", record.cohort),
            self.name_of(record, "geographies", record.geography),
        )
        return ", ".join(filter(None, (record.level, cohort, geography))) or kit.NOTHING


ROW_FIELDS = (
    "service_month",
    "component",
    "subject",
    "member",
    "activity",
    "level",
    "service",
    "group",
    "quantity",
    "rate",
    "amount",
    "reason",
    "cohort",
    "geography",
    "line_kind",
)


class RowTable(_RowColumns):
    """Differences one by one, before they are posted."""

    clause = tables.Column(verbose_name=_("Clause"), orderable=False)

    caption = _("Rows of the calculation, one a member-month or record")

    class Meta:
        sequence = (*ROW_FIELDS, "clause")


class LedgerTable(_RowColumns):
    entry_no = tables.Column(verbose_name=_("Entry"), attrs=NUMBER)
    contract = tables.Column(verbose_name=_("Contract"), accessor="contract__code")
    cycle = MonthColumn(short=True, verbose_name=_("Cycle"), accessor="cycle__month")

    caption = _("Ledger entries, the latest first")

    class Meta:
        sequence = ("entry_no", "contract", "cycle", *ROW_FIELDS)

    def render_entry_no(self, value: int, record: LedgerEntry) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("variance:entry", args=[record.pk]), value)


UNPAID_WORDS = dict(OutcomeCode.choices)


class UnpaidTable(MoneyTable):
    activity = ActivityColumn()
    member = MemberColumn()
    service = NamedColumn("services", verbose_name=_("Service"))
    occurred_on = DayColumn(verbose_name=_("Date of service"))
    quantity = QuantityColumn(verbose_name=_("Quantity"))
    amount = MoneyColumn(verbose_name=_("At stake"))
    code = tables.Column(verbose_name=_("Code"))
    sentence = tables.Column(verbose_name=_("Why it is not paid"), accessor="code", order_by=("code",))
    cycle = MonthColumn(verbose_name=_("Said in cycle"), accessor="cycle__month")

    caption = _("Records, or parts of records, that are not paid")

    class Meta:
        sequence = ("activity", "member", "service", "occurred_on", "quantity", "amount", "code", "sentence", "cycle")

    export_only = ("code",)

    def render_sentence(self, record: Any) -> Any:
        """What the code means, and the word itself, which files use."""
        words = UNPAID_WORDS.get(record.code, record.code)
        return format_html('{} <small class="text-secondary">{}</small>', words, record.code)

    def value_sentence(self, record: Any) -> Any:
        return UNPAID_WORDS.get(record.code, record.code)

    def value_code(self, record: Any) -> str:
        return str(record.code)


class ExceptionTable(MoneyTable):
    code = WordColumn(ExceptionCode, verbose_name=_("What"))
    component = WordColumn(Component, verbose_name=_("Component"))
    service_month = MonthColumn(verbose_name=_("Service month"))
    member = MemberColumn()
    activity = ActivityColumn()
    level = tables.Column(verbose_name=_("Level"))
    cohort = NamedColumn("cohorts", verbose_name=_("Cohort"))
    geography = NamedColumn("geographies", verbose_name=_("Geography"))
    service = NamedColumn("services", verbose_name=_("Service"))
    quantity = QuantityColumn(verbose_name=_("Quantity"))
    amount = MoneyColumn(verbose_name=_("Amount"))

    caption = _("What the cycle could not pay or reach")

    class Meta:
        model = CycleException
        fields = (
            "code",
            "component",
            "service_month",
            "member",
            "activity",
            "level",
            "cohort",
            "geography",
            "service",
            "quantity",
            "amount",
        )
        sequence = fields


class StatementTable(MoneyTable):
    number = tables.Column(verbose_name=_("Number"), attrs=NUMBER)
    contract = tables.Column(verbose_name=_("Contract"), accessor="contract__code")
    cycle = MonthColumn(verbose_name=_("Month"), accessor="cycle__month")
    total = tables.Column(verbose_name=_("Total"), attrs=NUMBER)
    issued_at = MomentColumn(verbose_name=_("Issued"))

    caption = _("Statements, the latest first")

    class Meta:
        model = Statement
        fields = ("number", "contract", "cycle", "total", "issued_at")
        order_by = ("-issued_at",)

    def render_number(self, value: int, record: Statement) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("variance:statement", args=[record.pk]), value)

    def render_total(self, value: Any, record: Statement) -> Any:
        return kit.money(value, record.contract)

    def value_total(self, value: Any) -> Any:
        return value
