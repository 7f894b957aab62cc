"""Lists of the weekly review."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from baseline.models import ActionStatus, ReviewAction
from baseline.queries.caseload import OfMember
from baseline.tables.activity import NUMBER
from baseline.tables.of_members import OfMembersTable
from blended_pilot.kernel.templatetags.kit import day, quantity
from eligibility.models import Member
from eligibility.queries.identities import identity
from eligibility.tables import drawn_records, member_link

BADGE = '<span class="status-badge {}">{}</span>'


class WeekMemberTable(tables.Table):
    """The members of a caseload with the figures that it adds up."""

    caption = _("Members of the caseload")
    member = tables.Column(verbose_name=_("Member"), empty_values=(), orderable=False)
    level = tables.Column(verbose_name=_("Level"), empty_values=(), orderable=False)
    practitioner = tables.Column(verbose_name=_("Practitioner"), empty_values=(), orderable=False)
    contacts = tables.Column(verbose_name=_("Contacts"), empty_values=(), orderable=False, attrs=NUMBER)
    minutes = tables.Column(verbose_name=_("Minutes"), empty_values=(), orderable=False, attrs=NUMBER)
    unplanned = tables.Column(verbose_name=_("Unplanned"), empty_values=(), orderable=False, attrs=NUMBER)
    planned_on = tables.Column(verbose_name=_("Last planned"), empty_values=(), orderable=False)
    expected = tables.Column(verbose_name=_("Expected"), empty_values=(), orderable=False, attrs=NUMBER)
    delivered = tables.Column(verbose_name=_("Delivered"), empty_values=(), orderable=False, attrs=NUMBER)
    missing = tables.Column(verbose_name=_("Missing"), empty_values=(), orderable=False)
    waiting = tables.Column(verbose_name=_("Follow-ups due"), empty_values=(), orderable=False, attrs=NUMBER)
    late = tables.Column(verbose_name=_("Late"), empty_values=(), orderable=False, attrs=NUMBER)

    class Meta:
        model = Member
        fields: tuple[str, ...] = ()
        attrs = {"class": "table-wide"}

    def __init__(
        self,
        *args: Any,
        user: Any,
        figures: Mapping[int, OfMember],
        people: Mapping[int, str],
        names: Mapping[str, str],
        **options: Any,
    ) -> None:
        self._user, self._figures, self._people, self._names = user, figures, people, names
        super().__init__(*args, **options)
        self._shown = identity(user, drawn_records(self))

    def render_member(self, record: Member) -> SafeString:
        return member_link(self._shown[record.pk])

    def value_member(self, record: Member) -> str:
        return self._shown[record.pk].code

    def render_level(self, record: Member) -> Any:
        return self._figures[record.pk].level or _("none")

    def value_level(self, record: Member) -> str:
        return self._figures[record.pk].level or ""

    def render_practitioner(self, record: Member) -> Any:
        return self._people.get(self._figures[record.pk].practitioner_id or 0, _("nobody"))

    def value_practitioner(self, record: Member) -> str:
        return self._people.get(self._figures[record.pk].practitioner_id or 0, "")

    def render_contacts(self, record: Member) -> int:
        return self._figures[record.pk].contacts

    def render_minutes(self, record: Member) -> int:
        return self._figures[record.pk].minutes

    def render_unplanned(self, record: Member) -> int:
        return self._figures[record.pk].unplanned

    def render_planned_on(self, record: Member) -> Any:
        one = self._figures[record.pk]
        if one.planned_on is None:
            return _("never")
        return format_html("{} <small>{}</small>", day(one.planned_on), _("%(n)s days") % {"n": one.days_since_planned})

    def value_planned_on(self, record: Member) -> date | None:
        return self._figures[record.pk].planned_on

    def render_expected(self, record: Member) -> str:
        return quantity(self._figures[record.pk].expected, 1)

    def value_expected(self, record: Member) -> Any:
        return self._figures[record.pk].expected

    def render_delivered(self, record: Member) -> int:
        return self._figures[record.pk].delivered

    def render_missing(self, record: Member) -> str:
        return ", ".join(self._names.get(code, code) for code in self._figures[record.pk].missing)

    def value_missing(self, record: Member) -> str:
        return " ".join(self._figures[record.pk].missing)

    def render_waiting(self, record: Member) -> int:
        return self._figures[record.pk].waiting

    def render_late(self, record: Member) -> int:
        return self._figures[record.pk].late


class ActionTable(OfMembersTable):
    caption = _("Actions")
    due_on = tables.Column(verbose_name=_("By"))
    text = tables.Column(verbose_name=_("What"), orderable=False)
    owner = tables.Column(verbose_name=_("Who"), accessor="owner__name")
    week = tables.Column(verbose_name=_("Week of"), accessor="review__week")
    status = tables.Column(verbose_name=_("State"))

    class Meta:
        model = ReviewAction
        fields = ("due_on", "text", "member", "owner", "week", "status")

    def __init__(self, *args: Any, on: date, **options: Any) -> None:
        self._on = on
        super().__init__(*args, **options)

    def render_due_on(self, record: ReviewAction) -> Any:
        return day(record.due_on)

    def value_due_on(self, record: ReviewAction) -> date:
        return record.due_on

    def render_text(self, record: ReviewAction) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("baseline:action", args=[record.pk]), record.text)

    def value_text(self, record: ReviewAction) -> str:
        return record.text

    def render_member(self, record: ReviewAction) -> Any:
        return super().render_member(record) if record.member_id else "–"

    def value_member(self, record: ReviewAction) -> str:
        return super().value_member(record) if record.member_id else ""

    def value_owner(self, record: ReviewAction) -> str:
        return record.owner.name

    def render_week(self, record: ReviewAction) -> Any:
        return day(record.review.week)

    def value_week(self, record: ReviewAction) -> date:
        return record.review.week

    def render_status(self, record: ReviewAction) -> SafeString:
        if record.status == ActionStatus.OPEN and record.due_on < self._on:
            return format_html(BADGE, "bad", _("Overdue"))
        return format_html(BADGE, "good" if record.status == ActionStatus.DONE else "info", record.get_status_display())

    def value_status(self, record: ReviewAction) -> str:
        return record.status
