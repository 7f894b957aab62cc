"""Lists of delivered work."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from baseline.models import Activity
from baseline.queries.activity import Beside, beside
from blended_pilot.kernel.templatetags.kit import day, quantity, when
from eligibility.queries.identities import Shown, identity
from eligibility.tables import drawn_records, member_link

KINDS = {"baseline": _("Baseline"), "episodic": _("Episodic"), "": _("unknown to the terms")}
STATES = {  # label and tone; the last: baseline work, which nobody has to verify
    "reversing": (_("reverses another"), "info"),
    "reversed": (_("reversed"), "bad"),
    "rejected": (_("sent back"), "bad"),
    "verified": (_("verified"), "good"),
    "waiting": (_("waits for verification"), "warn"),
    "recorded": (_("recorded"), ""),
}
NUMBER = {"td": {"class": "num"}}


class ActivityTable(tables.Table):
    """Records of delivered work. What stands beside each is read once for a page, or for one chunk of an export."""

    caption = _("Delivered work")
    occurred_on = tables.Column(verbose_name=_("Date"))
    activity_ref = tables.Column(verbose_name=_("Record"))
    member = tables.Column(verbose_name=_("Member"), orderable=False)
    service = tables.Column(verbose_name=_("Service"), orderable=False)
    kind = tables.Column(verbose_name=_("Kind"), orderable=False, empty_values=())
    units = tables.Column(verbose_name=_("Units"), attrs=NUMBER)
    planned = tables.Column(verbose_name=_("Planned"), orderable=False)
    practitioner = tables.Column(verbose_name=_("Practitioner"), orderable=False)
    state = tables.Column(verbose_name=_("State"), orderable=False, empty_values=())
    received_on = tables.Column(verbose_name=_("Received"))

    class Meta:
        model = Activity
        fields = (
            "occurred_on",
            "activity_ref",
            "member",
            "service",
            "kind",
            "units",
            "planned",
            "practitioner",
            "state",
            "received_on",
        )
        attrs = {"class": "table-wide"}
        order_by = ("-occurred_on",)

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        self._user = user
        super().__init__(*args, **options)

    @cached_property
    def _records(self) -> list[Activity]:
        return drawn_records(self)

    @cached_property
    def _beside(self) -> dict[int, Beside]:
        return dict(beside(self._records))

    @cached_property
    def _shown(self) -> dict[int, Shown]:
        return identity(self._user, [record.member for record in self._records])

    def export_row(self, record: Activity, names: Sequence[str]) -> list[Any]:
        return [getattr(self, f"value_{name}")(record) for name in names]

    def order_occurred_on(self, records: QuerySet[Activity], descending: bool) -> tuple[QuerySet[Activity], bool]:
        sign = "-" if descending else ""
        return records.order_by(f"{sign}occurred_on", f"{sign}pk"), True

    def render_occurred_on(self, record: Activity) -> Any:
        return when(record.occurred_at, record.contract) if record.occurred_at else day(record.occurred_on)

    def value_occurred_on(self, record: Activity) -> Any:
        return record.occurred_on

    def render_activity_ref(self, record: Activity) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("baseline:activity", args=[record.pk]), record.activity_ref)

    def value_activity_ref(self, record: Activity) -> str:
        return record.activity_ref

    def render_member(self, record: Activity) -> SafeString:
        return member_link(self._shown[record.member_id])

    def value_member(self, record: Activity) -> str:
        return self._shown[record.member_id].code

    def render_service(self, record: Activity) -> str:
        return self._beside[record.pk].service

    def value_service(self, record: Activity) -> str:
        return record.service

    def value_kind(self, record: Activity) -> str:
        return str(KINDS[self._beside[record.pk].kind])

    render_kind = value_kind

    def render_units(self, record: Activity) -> str:
        return quantity(record.units)

    def value_units(self, record: Activity) -> Any:
        return record.units

    def render_planned(self, record: Activity) -> Any:
        return _("planned") if record.planned else _("unplanned")

    def value_planned(self, record: Activity) -> bool:
        return record.planned

    def render_state(self, record: Activity) -> SafeString:
        label, tone = self._state(record)
        attempted = format_html(' <span class="status-badge">{}</span>', _("attempted")) if record.attempted else ""
        return format_html('<span class="status-badge {}">{}</span>{}', tone, label, attempted)

    def value_state(self, record: Activity) -> str:
        return str(self._state(record)[0])

    def _state(self, record: Activity) -> tuple[Any, str]:
        return STATES[self._beside[record.pk].state]

    def value_practitioner(self, record: Activity) -> str:
        return record.practitioner

    def render_received_on(self, record: Activity) -> Any:
        return day(record.received_on)

    def value_received_on(self, record: Activity) -> Any:
        return record.received_on


class MemberActivityTable(ActivityTable):
    """The records of one member, whose name stands above them."""

    caption = _("Delivered work for this member")

    class Meta(ActivityTable.Meta):
        exclude = ("member",)
