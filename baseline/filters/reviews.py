"""What lists of the weekly review can be narrowed by."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baseline.filters.activity import DAY
from baseline.models import ActionStatus, ReviewAction
from baseline.queries.actions import overdue_at
from baseline.queries.caseload import OfMember
from blended_pilot.kernel.filters import YesNoFilter
from blended_pilot.kernel.periods import DAY as ONE_DAY
from eligibility.models import Member, Team

MATCHES: Mapping[str, Callable[[OfMember, str], bool]] = {
    "stands_out": lambda one, value: bool(one.stand_out) == (value == "yes"),
    "package": lambda one, value: bool(one.with_package) and bool(one.served) == (value == "full"),
    "contact": lambda one, value: (
        bool(one.unplanned) if value == "unplanned" else bool(one.contacts) == (value == "some")
    ),
    "follow_ups": lambda one, value: bool(one.late if value == "late" else one.waiting),
    "level": lambda one, value: one.level == value,
    "practitioner": lambda one, value: str(one.practitioner_id or "none") == value,
    "missing": lambda one, value: value in one.missing,
}


class WeekMemberFilter(django_filters.FilterSet):
    """By the figures of the caseload, which are at hand: the members that match are chosen by id."""

    stands_out = django_filters.ChoiceFilter(
        label=_("Stands out"), choices=[("yes", _("Yes")), ("no", _("No"))], empty_label=_("Either"), method="keep"
    )
    package = django_filters.ChoiceFilter(
        label=_("Package"),
        choices=[("full", _("Full")), ("part", _("Something missing"))],
        empty_label=_("Any"),
        method="keep",
    )
    contact = django_filters.ChoiceFilter(
        label=_("Contacts"),
        choices=[("some", _("With a contact")), ("unplanned", _("With an unplanned one")), ("none", _("Without"))],
        empty_label=_("Any"),
        method="keep",
    )
    follow_ups = django_filters.ChoiceFilter(
        label=_("Follow-ups"),
        choices=[("open", _("Open")), ("late", _("Late"))],
        empty_label=_("Any"),
        method="keep",
    )
    level = django_filters.ChoiceFilter(label=_("Level"), empty_label=_("Any level"), method="keep")
    practitioner = django_filters.ChoiceFilter(label=_("Practitioner"), empty_label=_("Anybody"), method="keep")
    missing = django_filters.ChoiceFilter(label=_("Missing service"), empty_label=_("Any"), method="keep")

    class Meta:
        model = Member
        fields: list[str] = []

    def __init__(
        self,
        *args: Any,
        figures: Mapping[int, OfMember],
        people: Mapping[int, str],
        names: Mapping[str, str],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._figures = figures
        levels = sorted({one.level for one in figures.values() if one.level})
        missing = sorted({code for one in figures.values() for code in one.missing})
        leads = {one.practitioner_id for one in figures.values()}
        self.filters["level"].extra["choices"] = [(level, level) for level in levels]
        self.filters["missing"].extra["choices"] = [(code, names.get(code, code)) for code in missing]
        self.filters["practitioner"].extra["choices"] = [
            *((str(pk), name) for pk, name in people.items() if pk in leads),
            *([("none", _("Nobody"))] if None in leads else []),
        ]

    def keep(self, rows: QuerySet[Member], name: str, value: str) -> QuerySet[Member]:
        matches = MATCHES[name]
        return rows.filter(pk__in=[pk for pk, one in self._figures.items() if matches(one, value)])


class ActionFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("State"), choices=ActionStatus.choices, empty_label=_("Any"))
    mine = YesNoFilter(label=_("Only mine"), method="narrow_mine")
    team = django_filters.ChoiceFilter(
        label=_("Team"), field_name="review__team", empty_label=_("Any team"), null_label=_("Without a team")
    )
    overdue_after = django_filters.DateFilter(label=_("Overdue at the end of"), widget=DAY, method="narrow_overdue")

    class Meta:
        model = ReviewAction
        fields: list[str] = []

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user
        teams = sorted((str(one), str(one.pk)) for one in Team.objects.visible_to(user))
        self.filters["team"].extra["choices"] = [(pk, label) for label, pk in teams]

    def narrow_mine(self, rows: QuerySet[ReviewAction], name: str, value: bool) -> QuerySet[ReviewAction]:
        return rows.filter(owner=self._user) if value else rows.exclude(owner=self._user)

    def narrow_overdue(self, rows: QuerySet[ReviewAction], name: str, value: date) -> QuerySet[ReviewAction]:
        zones = set(rows.order_by().values_list("review__contract__timezone", flat=True))
        return rows.filter(overdue_at(value + ONE_DAY, zones))
