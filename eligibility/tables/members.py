"""Members, who looks after them, and who saw them, as lists."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessEntry
from accounts.permissions import may
from blended_pilot.kernel.periods import DAY
from blended_pilot.kernel.templatetags.kit import day, last_day, when
from eligibility.models import Assignment, Member, Team
from eligibility.queries.identities import Shown, identity
from eligibility.queries.members import Covered, MemberRow, in_order, rows

ORIGINS = {"decided": "", "provisional": _("provisional")}
NUMBER = {"td": {"class": "num"}}


def member_link(shown: Shown) -> SafeString:
    """The member as the reader may see them, with the code under a name."""
    address = reverse("eligibility:member", args=[shown.member_id])
    if shown.name:
        return format_html('<a href="{}">{}</a><br><small>{}</small>', address, shown.name, shown.code)
    return format_html('<a href="{}">{}</a>', address, shown.code)


def drawn_records(table: Any) -> list[Any]:
    """The records that a table is about to draw: those of a list's page, or all rows of an export's chunk.

    django-tables2 pages every table that is given a request, also the chunks; only a list's own table has `listing`.
    """
    return [row.record for row in (table.page.object_list if hasattr(table, "listing") else table.rows)]


class MemberTable(tables.Table):
    """Members on a day. What stands beside each is read once for the whole page, or for one chunk of an export."""

    caption = _("Members")
    code = tables.Column(verbose_name=_("Reference"), empty_values=())
    name = tables.Column(verbose_name=_("Name"), empty_values=())
    cohort = tables.Column(verbose_name=_("Cohort"), orderable=False, empty_values=())
    geography = tables.Column(verbose_name=_("Geography"), orderable=False, empty_values=())
    level = tables.Column(verbose_name=_("Level"), orderable=False, empty_values=())
    covered_since = tables.Column(verbose_name=_("Covered since"), orderable=False, empty_values=())
    covered_to = tables.Column(verbose_name=_("until"), orderable=False, empty_values=())
    practitioner = tables.Column(verbose_name=_("Practitioner"), orderable=False, empty_values=())
    team = tables.Column(verbose_name=_("Team"), orderable=False, empty_values=())

    class Meta:
        fields = ("code", "name", "cohort", "geography", "level", "covered_since", "covered_to", "practitioner", "team")
        order_by = ("code",)

    def __init__(self, *args: Any, user: Any, on: date, **options: Any) -> None:
        self._user, self._on = user, on
        hidden = [] if may(user, "member.identity") else ["name"]
        if not may(user, "team.view"):
            hidden += ["practitioner", "team"]
        super().__init__(*args, exclude=hidden, **options)
        if not may(user, "member.reference"):
            self.columns["code"].column.verbose_name = _("Pseudonym")

    @cached_property
    def _found(self) -> dict[int, MemberRow]:
        return {row.member_id: row for row in rows(self._user, drawn_records(self), self._on)}

    def export_row(self, record: Member, names: Sequence[str]) -> list[Any]:
        return [getattr(self, f"value_{name}")(record) for name in names]

    def order_code(self, members: QuerySet[Member], descending: bool) -> tuple[QuerySet[Member], bool]:
        return in_order(self._user, members, "-code" if descending else "code"), True

    def order_name(self, members: QuerySet[Member], descending: bool) -> tuple[QuerySet[Member], bool]:
        return in_order(self._user, members, "-name" if descending else "name"), True

    def render_code(self, record: Member) -> SafeString:
        shown = self._found[record.pk].shown
        return format_html('<a href="{}">{}</a>', reverse("eligibility:member", args=[record.pk]), shown.code)

    def value_code(self, record: Member) -> str:
        return self._found[record.pk].shown.code

    def value_name(self, record: Member) -> str:
        return self._found[record.pk].shown.name or ""

    render_name = value_name

    def render_cohort(self, record: Member) -> str:
        return ", ".join(dict.fromkeys(one.cohort for one in self._found[record.pk].covered))

    def value_cohort(self, record: Member) -> str:
        return ", ".join(dict.fromkeys(one.span.cohort for one in self._found[record.pk].covered))

    def render_geography(self, record: Member) -> str:
        return ", ".join(dict.fromkeys(one.geography for one in self._found[record.pk].covered))

    def value_geography(self, record: Member) -> str:
        return ", ".join(dict.fromkeys(one.span.geography for one in self._found[record.pk].covered))

    def render_level(self, record: Member) -> SafeString:
        levels = [(one.care or _("none"), _origin(one)) for one in self._found[record.pk].covered]
        return format_html_join(", ", "{} <small>{}</small>", levels)

    def value_level(self, record: Member) -> str:
        return ", ".join(f"{one.care or ''} {_origin(one)}".strip() for one in self._found[record.pk].covered)

    def render_covered_since(self, record: Member) -> Any:
        since = self.value_covered_since(record)
        return day(since) if since else _("not covered")

    def value_covered_since(self, record: Member) -> date | None:
        return min((one.since for one in self._found[record.pk].covered), default=None)

    def render_covered_to(self, record: Member) -> Any:
        covered = self._found[record.pk].covered
        return last_day(covered[0].span.ends_before) if covered else ""

    def value_covered_to(self, record: Member) -> date | None:
        covered = self._found[record.pk].covered
        ends_before = covered[0].span.ends_before if covered else None
        return ends_before - DAY if ends_before else None

    def value_practitioner(self, record: Member) -> str:
        carer = self._found[record.pk].carer
        return carer.practitioner if carer else ""

    render_practitioner = value_practitioner

    def value_team(self, record: Member) -> str:
        carer = self._found[record.pk].carer
        return carer.team if carer else ""

    render_team = value_team


def _origin(one: Covered) -> str:
    if one.origin == "lapsed":
        return str(_("lapsed, paid at %(level)s") % {"level": one.level or _("none")})
    return str(ORIGINS[one.origin])


class TeamTable(tables.Table):
    caption = _("Teams")
    name = tables.Column(verbose_name=_("Team"))
    members = tables.Column(verbose_name=_("Members today"), attrs=NUMBER)
    carers = tables.Column(verbose_name=_("Practitioners with members today"), attrs=NUMBER)

    class Meta:
        fields = ("name", "members", "carers")
        order_by = ("name",)

    def render_name(self, record: Team) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("eligibility:team", args=[record.pk]), record.name)

    def value_name(self, record: Team) -> str:
        return record.name


class PractitionerTable(tables.Table):
    caption = _("Practitioners")
    shown_name = tables.Column(verbose_name=_("Practitioner"))
    reference = tables.Column(verbose_name=_("Reference in files"))
    user = tables.Column(verbose_name=_("Signs in as"), accessor="user__name")
    members = tables.Column(verbose_name=_("Leads today"), attrs=NUMBER)
    covers = tables.Column(verbose_name=_("Covers today"), attrs=NUMBER)

    class Meta:
        fields = ("shown_name", "reference", "user", "members", "covers")
        order_by = ("shown_name",)

    def render_shown_name(self, record: Any) -> SafeString:
        address = reverse("eligibility:practitioner", args=[record.pk])
        return format_html('<a href="{}">{}</a>', address, record.shown_name)

    def value_shown_name(self, record: Any) -> str:
        return record.shown_name


class CaseloadTable(tables.Table):
    """The members of one practitioner or team, with the days of each assignment."""

    caption = _("Members looked after")
    member = tables.Column(verbose_name=_("Member"), orderable=False)
    kind = tables.Column(verbose_name=_("As"))
    practitioner = tables.Column(verbose_name=_("Practitioner"), orderable=False, empty_values=())
    team = tables.Column(verbose_name=_("Team"), orderable=False, empty_values=())
    starts_on = tables.Column(verbose_name=_("First day"))
    ends_before = tables.Column(verbose_name=_("Last day"), empty_values=())

    class Meta:
        model = Assignment
        fields = ("member", "kind", "practitioner", "team", "starts_on", "ends_before")

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        self._user = user
        super().__init__(*args, **options)

    def _shown(self, record: Assignment) -> Shown:
        return identity(self._user, [record.member])[record.member_id]

    def render_member(self, record: Assignment) -> SafeString:
        return member_link(self._shown(record))

    def value_member(self, record: Assignment) -> str:
        return self._shown(record).code

    def render_starts_on(self, value: date) -> Any:
        return day(value)

    def value_starts_on(self, value: date) -> date:
        return value

    def render_ends_before(self, record: Assignment) -> Any:
        return last_day(record.ends_before)

    def value_ends_before(self, record: Assignment) -> Any:
        return record.ends_before - DAY if record.ends_before else None


class SeenTable(tables.Table):
    """Responses that carried one member's identity."""

    caption = _("Who saw this person")
    at = tables.Column(verbose_name=_("When"))
    who = tables.Column(verbose_name=_("Who"), accessor="user__name")
    organisation = tables.Column(verbose_name=_("Of"), accessor="organisation__name")
    verb = tables.Column(verbose_name=_("Did"))
    what = tables.Column(verbose_name=_("What"), orderable=False)
    reason = tables.Column(verbose_name=_("Reason"), orderable=False)

    class Meta:
        model = AccessEntry
        fields = ("at", "who", "organisation", "verb", "what", "reason")

    def __init__(self, *args: Any, contract: Any, **options: Any) -> None:
        self._contract = contract
        super().__init__(*args, **options)

    def render_at(self, value: Any) -> Any:
        return when(value, self._contract)

    def value_at(self, value: Any) -> Any:
        return value

    def render_verb(self, record: AccessEntry) -> SafeString:
        tone = {"reveal": "warn", "export": "info"}.get(record.verb, "")
        return format_html('<span class="status-badge {}">{}</span>', tone, record.get_verb_display())

    def value_verb(self, record: AccessEntry) -> str:
        return str(record.get_verb_display())
