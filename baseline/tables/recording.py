"""One's own caseload, and who has read what is included."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from baseline.queries import people
from baseline.tables.activity import NUMBER
from blended_pilot.kernel.periods import first_of_month
from blended_pilot.kernel.templatetags.kit import day, quantity, when
from eligibility.models import Assignment
from eligibility.queries.members import MemberRow
from eligibility.tables import drawn_records, member_link


class PeopleTable(tables.Table):
    """One's own caseload, each with a button to record. What stands beside a member is read once for a page."""

    caption = _("My people")
    member = tables.Column(verbose_name=_("Member"), orderable=False)
    level = tables.Column(verbose_name=_("Level"), orderable=False, empty_values=())
    last_planned = tables.Column(verbose_name=_("Last planned contact"), orderable=False, empty_values=())
    this_month = tables.Column(verbose_name=_("Contacts this month"), orderable=False, empty_values=(), attrs=NUMBER)
    actions = tables.Column(verbose_name="", orderable=False, empty_values=())

    class Meta:
        model = Assignment
        fields = ("member", "level", "last_planned", "this_month", "actions")

    def __init__(self, *args: Any, user: Any, today: date, **options: Any) -> None:
        self._user, self._today = user, today
        super().__init__(*args, **options)

    @cached_property
    def _rows(self) -> Mapping[int, MemberRow]:
        return people.rows(self._user, [one.member for one in drawn_records(self)], self._today)

    @cached_property
    def _seen(self) -> Mapping[int, people.Seen]:
        return people.seen(self._user, [one.member_id for one in drawn_records(self)], self._today)

    def render_member(self, record: Assignment) -> SafeString:
        return member_link(self._rows[record.member_id].shown)

    def render_level(self, record: Assignment) -> str:
        return ", ".join(one.care or "–" for one in self._rows[record.member_id].covered) or str(_("not covered"))

    def render_last_planned(self, record: Assignment) -> Any:
        last = self._seen.get(record.member_id, people.Seen()).last_planned
        return day(last) if last else "–"

    def render_this_month(self, record: Assignment) -> SafeString:
        found = self._seen.get(record.member_id, people.Seen()).this_month
        query = {"contact": "yes", "first_day": first_of_month(self._today), "last_day": self._today}
        address = reverse("baseline:of_member", args=[record.member_id])
        return format_html('<a href="{}?{}">{}</a>', address, urlencode(query), quantity(found))

    def render_actions(self, record: Assignment) -> SafeString:
        shown = self._rows[record.member_id].shown
        return format_html(
            '<a class="btn btn-primary" href="{}">{}<span class="visually-hidden"> {}</span></a>',
            reverse("baseline:record", args=[record.member_id]),
            _("Record"),
            shown.name or shown.code,
        )


class ReaderTable(tables.Table):
    """Everybody who delivers the work of a contract, and when they confirmed that they have read a version."""

    caption = _("Who has read it")
    name = tables.Column(verbose_name=_("Person"))
    email = tables.Column(verbose_name=_("E-mail"))
    read_at = tables.Column(verbose_name=_("Confirmed"), empty_values=())

    class Meta:
        fields = ("name", "email", "read_at")

    def __init__(self, *args: Any, contract: Any, **options: Any) -> None:
        self._contract = contract
        super().__init__(*args, **options)

    def render_read_at(self, value: Any) -> Any:
        if value is None:
            return format_html('<span class="status-badge warn">{}</span>', _("not yet"))
        return when(value, self._contract)

    def value_read_at(self, value: Any) -> Any:
        return value.isoformat() if value else ""
