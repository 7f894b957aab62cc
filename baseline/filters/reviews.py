"""What lists of the weekly review can be narrowed by."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baseline.models import ActionStatus, ReviewAction
from baseline.queries.caseload import OfMember
from eligibility.models import Member


class WeekMemberFilter(django_filters.FilterSet):
    """By the figures of the caseload, which are at hand: the members that match are chosen by id."""

    stands_out = django_filters.ChoiceFilter(
        label=_("Stands out"), choices=[("yes", _("Yes")), ("no", _("No"))], empty_label=_("Either"), method="keep"
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
        def matches(one: OfMember) -> bool:
            if name == "stands_out":
                return bool(one.stand_out) == (value == "yes")
            if name == "missing":
                return value in one.missing
            if name == "practitioner":
                return str(one.practitioner_id or "none") == value
            return one.level == value

        return rows.filter(pk__in=[pk for pk, one in self._figures.items() if matches(one)])


class ActionFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("State"), choices=ActionStatus.choices, empty_label=_("Any"))
    mine = django_filters.BooleanFilter(label=_("Only mine"), method="narrow_mine")

    class Meta:
        model = ReviewAction
        fields: list[str] = []

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user

    def narrow_mine(self, rows: QuerySet[ReviewAction], name: str, value: bool) -> QuerySet[ReviewAction]:
        return rows.filter(owner=self._user) if value else rows.exclude(owner=self._user)
