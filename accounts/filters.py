"""What the lists of this stage can be narrowed by."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessEntry, AccessVerb, Notice, Role, User

MOST_MEMBERS = 2**63 - 1  # what the database can number
DAY = forms.DateInput(attrs={"type": "date"})


class NoticeFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("Show"),
        choices=[("unread", _("Unread")), ("read", _("Read"))],
        empty_label=_("All"),
        method="by_state",
    )
    text = django_filters.CharFilter(label=_("Words"), field_name="sentence", lookup_expr="icontains")

    class Meta:
        model = Notice
        fields: list[str] = []

    def by_state(self, rows: QuerySet[Notice], name: str, value: str) -> QuerySet[Notice]:
        return rows.filter(read_at__isnull=value == "unread")


class PeopleFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Name or address"), method="by_text")
    role = django_filters.ChoiceFilter(label=_("Role"), choices=Role, method="by_role", empty_label=_("Any role"))
    state = django_filters.ChoiceFilter(
        label=_("Account"),
        choices=[("active", _("Active")), ("deactivated", _("Deactivated"))],
        empty_label=_("All"),
        method="by_state",
    )

    class Meta:
        model = User
        fields: list[str] = []

    def by_text(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return rows.filter(Q(name__icontains=value) | Q(email__icontains=value))

    def by_role(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return rows.filter(pk__in=User.objects.filter(memberships__role=value).values("pk"))

    def by_state(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return rows.filter(is_active=value == "active")


class AccessFilter(django_filters.FilterSet):
    who = django_filters.CharFilter(label=_("Person"), method="by_person")
    verb = django_filters.ChoiceFilter(label=_("What they did"), choices=AccessVerb, empty_label=_("Anything"))
    member = django_filters.NumberFilter(
        label=_("Member number"), method="by_member", min_value=1, max_value=MOST_MEMBERS
    )
    since = django_filters.DateFilter(label=_("From day"), field_name="at", lookup_expr="date__gte", widget=DAY)
    until = django_filters.DateFilter(label=_("To day"), field_name="at", lookup_expr="date__lte", widget=DAY)
    text = django_filters.CharFilter(label=_("Words"), field_name="what", lookup_expr="icontains")

    class Meta:
        model = AccessEntry
        fields: list[str] = []

    def by_person(self, rows: QuerySet[AccessEntry], name: str, value: str) -> QuerySet[AccessEntry]:
        return rows.filter(Q(user__name__icontains=value) | Q(user__email__icontains=value))

    def by_member(self, rows: QuerySet[AccessEntry], name: str, value: Any) -> QuerySet[AccessEntry]:
        return rows.filter(members__contains=[int(value)])
