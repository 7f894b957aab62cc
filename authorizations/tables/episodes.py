"""Lists of episodes, and of what was delivered on one."""

from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from authorizations.models import Episode
from authorizations.queries.episodes import Drawing, DrawnDown, drawn_down, number_of, over_on, service_names
from blended_pilot.kernel.periods import DAY
from blended_pilot.kernel.templatetags.kit import day, last_day, quantity
from eligibility.queries.identities import Shown, identity
from eligibility.tables import drawn_records, member_link

NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}
WHY_NOT = {"attempted": _("attempted, not delivered"), "rejected": _("rejected"), "reversed": _("reversed")}


class EpisodeTable(tables.Table):
    """Units are read once for all rows of a page, or of one chunk of a file."""

    caption = _("Episodes")
    number = tables.Column(verbose_name=_("Authorisation"), empty_values=(), orderable=False)
    member = tables.Column(verbose_name=_("Member"), orderable=False)
    service = tables.Column(verbose_name=_("Service"))
    starts_on = tables.Column(verbose_name=_("From"))
    over_on = tables.Column(verbose_name=_("Last day"))
    units = tables.Column(verbose_name=_("Units"), attrs=NUMBER)
    used = tables.Column(verbose_name=_("Delivered"), empty_values=(), orderable=False, attrs=NUMBER)
    left = tables.Column(verbose_name=_("Left"), empty_values=(), orderable=False, attrs=NUMBER)
    decided_by = tables.Column(verbose_name=_("Decided by"))
    decided_on = tables.Column(verbose_name=_("Decided"))

    class Meta:
        order_by = ("-starts_on",)

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        self._user = user
        self._names: dict[int, dict[str, str]] = {}  # of services, by contract
        super().__init__(*args, **options)

    @cached_property
    def _drawn(self) -> dict[int, DrawnDown]:
        return drawn_down(drawn_records(self))

    def _shown(self, record: Episode) -> Shown:
        return identity(self._user, [record.member])[record.member_id]

    def render_number(self, record: Episode) -> SafeString:
        address = reverse("authorizations:episode", args=[record.pk])
        return format_html('<a href="{}">{}</a><br><small>{}</small>', address, number_of(record), record.contract.code)

    def value_number(self, record: Episode) -> str:
        return number_of(record)

    def render_member(self, record: Episode) -> SafeString:
        return member_link(self._shown(record))

    def value_member(self, record: Episode) -> str:
        return self._shown(record).code

    def render_service(self, record: Episode) -> str:
        if record.contract_id not in self._names:
            self._names[record.contract_id] = service_names(record.contract_id)
        return self._names[record.contract_id].get(record.service, record.service)

    def value_service(self, record: Episode) -> str:
        return record.service

    def render_starts_on(self, record: Episode) -> Any:
        return day(record.starts_on)

    def value_starts_on(self, record: Episode) -> Any:
        return record.starts_on

    def render_over_on(self, record: Episode) -> Any:
        early = format_html("<br><small>{}</small>", _g("ended early")) if record.ended_early_on else ""
        return format_html("{}{}", last_day(over_on(record)), early)

    def value_over_on(self, record: Episode) -> Any:
        return over_on(record) - DAY

    def render_units(self, record: Episode) -> str:
        return quantity(record.units)

    def value_units(self, record: Episode) -> Any:
        return record.units

    def render_used(self, record: Episode) -> str:
        return quantity(self._drawn[record.pk].used)

    def value_used(self, record: Episode) -> Any:
        return self._drawn[record.pk].used

    def render_left(self, record: Episode) -> SafeString:
        left = self._drawn[record.pk].left
        if left < 0:
            return format_html('<span class="status-badge bad">{}</span>', quantity(left))
        return format_html("{}", quantity(left))

    def value_left(self, record: Episode) -> Any:
        return self._drawn[record.pk].left

    def render_decided_on(self, record: Episode) -> Any:
        return day(record.decided_on)

    def value_decided_on(self, record: Episode) -> Any:
        return record.decided_on


class DrawingTable(tables.Table):
    """The records in one episode's window, in the order in which they draw its units."""

    caption = _("Delivered on this episode")
    activity_ref = tables.Column(verbose_name=_("Record"), orderable=False)
    occurred_on = tables.Column(verbose_name=_("Day"), orderable=False)
    units = tables.Column(verbose_name=_("Units"), orderable=False, attrs=NUMBER)
    left_after = tables.Column(verbose_name=_("Left after it"), orderable=False, attrs=NUMBER)
    state = tables.Column(verbose_name=_("State"), empty_values=(), orderable=False)

    def render_activity_ref(self, record: Drawing) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("baseline:activity", args=[record.activity_id]), record.activity_ref
        )

    def render_occurred_on(self, record: Drawing) -> Any:
        return day(record.occurred_on)

    def render_units(self, record: Drawing) -> str:
        return quantity(record.units)

    def render_left_after(self, record: Drawing) -> SafeString:
        if record.left_after < 0 and not record.why_not:
            return format_html('<span class="status-badge bad">{}</span>', quantity(record.left_after))
        return format_html("{}", quantity(record.left_after))

    def render_state(self, record: Drawing) -> SafeString:
        if record.why_not:
            return format_html('<span class="status-badge">{}</span>', WHY_NOT[record.why_not])
        if record.verified_on is None:
            return format_html('<span class="status-badge warn">{}</span>', _g("waits for verification"))
        return format_html('<span class="status-badge good">{}</span>', _g("verified"))
