"""The lists of this stage."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessEntry, Notice, User
from blended_pilot.kernel.templatetags.kit import when


class NoticeTable(tables.Table):
    caption = _("Your notices, newest first")
    created_at = tables.Column(verbose_name=_("When"))
    sentence = tables.TemplateColumn(
        template_name="accounts/cells/notice.html", verbose_name=_("Notice"), orderable=False
    )
    read_at = tables.Column(verbose_name=_("Read"), empty_values=())

    class Meta:
        fields = ("created_at", "sentence", "read_at")

    def render_created_at(self, record: Notice) -> Any:
        return when(record.created_at)

    def render_read_at(self, record: Notice) -> Any:
        if record.read_at is None:
            return format_html('<span class="status-badge info">{}</span>', _("Unread"))
        return when(record.read_at)


class PeopleTable(tables.Table):
    caption = _("People of your organisation")
    name = tables.Column(verbose_name=_("Name"))
    email = tables.Column(verbose_name=_("E-mail"))
    roles = tables.Column(verbose_name=_("Roles in force"), accessor="current", orderable=False, empty_values=())
    last_login = tables.Column(verbose_name=_("Last signed in"))
    second_factor = tables.Column(verbose_name=_("Second factor"))
    is_active = tables.Column(verbose_name=_("Account"))

    class Meta:
        fields = ("name", "email", "roles", "last_login", "second_factor", "is_active")

    def render_name(self, record: User) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("accounts:person", args=[record.pk]), record.name)

    def value_name(self, record: User) -> str:
        return record.name

    def render_roles(self, record: Any) -> SafeString:
        return format_html_join("", "<div>{}, {}</div>", self._roles(record))

    def value_roles(self, record: Any) -> str:
        return "; ".join(f"{role}, {where}" for role, where in self._roles(record))

    def _roles(self, record: Any) -> list[tuple[str, str]]:
        return [(held.get_role_display(), held.organisation.name) for held in record.current]

    def render_last_login(self, value: Any) -> Any:
        return when(value)

    def value_last_login(self, value: Any) -> Any:
        return value

    def render_second_factor(self, value: bool) -> SafeString:
        label, tone = (_("On"), "good") if value else (_("Off"), "warn")
        return format_html('<span class="status-badge {}">{}</span>', tone, label)

    def value_second_factor(self, value: bool) -> str:
        return str(_("On") if value else _("Off"))

    def render_is_active(self, value: bool) -> SafeString:
        label, tone = (_("Active"), "good") if value else (_("Deactivated"), "bad")
        return format_html('<span class="status-badge {}">{}</span>', tone, label)

    def value_is_active(self, value: bool) -> str:
        return str(_("Active") if value else _("Deactivated"))


class AccessTable(tables.Table):
    caption = _("Who saw, searched, exported or was refused what")
    at = tables.Column(verbose_name=_("When"))
    user = tables.Column(verbose_name=_("Person"), accessor="user__name", empty_values=())
    verb = tables.Column(verbose_name=_("Did"))
    what = tables.Column(verbose_name=_("What"))
    members = tables.Column(verbose_name=_("Members"), orderable=False, attrs={"td": {"class": "num"}})
    reason = tables.Column(verbose_name=_("Reason"), orderable=False)
    status = tables.Column(verbose_name=_("Answer"), attrs={"td": {"class": "num"}})

    class Meta:
        model = AccessEntry
        fields = ("at", "user", "verb", "what", "members", "reason", "status")

    def render_at(self, value: Any) -> Any:
        return when(value)

    def value_at(self, value: Any) -> Any:
        return value

    def render_user(self, record: AccessEntry) -> Any:
        return record.user.name if record.user else _("nobody signed in")

    def render_verb(self, record: AccessEntry) -> SafeString:
        tone = {"refused": "bad", "reveal": "warn", "export": "info"}.get(record.verb, "")
        return format_html('<span class="status-badge {}">{}</span>', tone, record.get_verb_display())

    def value_verb(self, record: AccessEntry) -> str:
        return str(record.get_verb_display())

    def render_members(self, value: list[int]) -> Any:
        return len(value) if value else ""

    def value_members(self, value: list[int]) -> str:
        return " ".join(map(str, value))
