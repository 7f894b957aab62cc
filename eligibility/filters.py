"""What the lists of this stage can be narrowed by."""

from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.permissions import may, sides
from contracts.models import Contract
from eligibility.models import (
    Assignment,
    AssignmentKind,
    Determination,
    DeterminationStatus,
    Member,
    Outcome,
    Practitioner,
    Referral,
    Team,
    Urgency,
)
from eligibility.queries.codes import choices, codes_of
from eligibility.queries.members import NOBODY, Wanted, contracts_of, narrowed

DAY = forms.DateInput(attrs={"type": "date"})
Choices = list[tuple[str, Any]]


class MemberFilter(django_filters.FilterSet):
    """All fields together make one `Wanted`; `today` is what an empty day stands for."""

    text = django_filters.CharFilter(label=_("Name or reference"))
    on = django_filters.DateFilter(label=_("As it stood on"), widget=DAY)
    covered = django_filters.ChoiceFilter(
        label=_("Covered that day"),
        choices=[("yes", _("Covered")), ("no", _("Not covered"))],
        empty_label=_("Either"),
    )
    contract = django_filters.ChoiceFilter(label=_("Contract"), empty_label=_("Any contract"))
    cohort = django_filters.ChoiceFilter(label=_("Cohort"), empty_label=_("Any cohort"))
    geography = django_filters.ChoiceFilter(label=_("Geography"), empty_label=_("Any geography"))
    level = django_filters.ChoiceFilter(label=_("Level that day"), empty_label=_("Any level"))
    practitioner = django_filters.ChoiceFilter(label=_("Practitioner"), empty_label=_("Anybody"))
    team = django_filters.ChoiceFilter(label=_("Team"), empty_label=_("Any team"))

    class Meta:
        model = Member
        fields: list[str] = []

    def __init__(self, *args: Any, user: Any, today: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user, self._today = user, today
        contracts = list(contracts_of(user))
        if len(contracts) < 2:
            del self.filters["contract"]
        else:
            self._offer("contract", [(str(one.pk), one.code) for one in contracts])
        known = codes_of(one.pk for one in contracts).values()
        self._offer("cohort", choices(known, "cohorts"))
        self._offer("geography", choices(known, "geographies"))
        self._offer("level", [*choices(known, "levels"), (NOBODY, _("No level decided"))])
        if may(user, "team.view"):
            for field, model in (("practitioner", Practitioner), ("team", Team)):
                of_staff = sorted((str(one), str(one.pk)) for one in model.objects.visible_to(user))
                self._offer(field, [*((pk, name) for name, pk in of_staff), (NOBODY, _("Nobody"))])
        else:
            del self.filters["practitioner"], self.filters["team"]

    def _offer(self, field: str, offered: Choices) -> None:
        self.filters[field].extra["choices"] = offered

    def filter_queryset(self, queryset: QuerySet[Member]) -> QuerySet[Member]:
        chosen = self.form.cleaned_data
        contract = chosen.get("contract")
        return narrowed(
            self._user,
            queryset,
            Wanted(
                on=chosen.get("on") or self._today,
                text=chosen.get("text") or "",
                contract_id=int(contract) if contract else None,
                **{
                    name: chosen.get(name) or ""
                    for name in ("covered", "cohort", "geography", "level", "practitioner", "team")
                },
            ),
        )


class StaffFilter(django_filters.FilterSet):
    """Practitioners by the beginning of their name or reference."""

    text = django_filters.CharFilter(label=_("Name or reference"), method="by_text")

    class Meta:
        model = Practitioner
        fields: list[str] = []

    def by_text(self, rows: QuerySet[Practitioner], name: str, value: str) -> QuerySet[Practitioner]:
        return rows.filter(name__icontains=value) | rows.filter(reference__icontains=value)


class CaseloadFilter(django_filters.FilterSet):
    """Assignments in force today unless another period is asked for."""

    when = django_filters.ChoiceFilter(
        label=_("Assignments"),
        choices=[("past", _("That have ended")), ("coming", _("That begin later")), ("all", _("Of any time"))],
        empty_label=_("In force today"),
    )
    kind = django_filters.ChoiceFilter(label=_("As"), choices=AssignmentKind, empty_label=_("Lead or cover"))

    class Meta:
        model = Assignment
        fields: list[str] = []

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._today = today

    def filter_queryset(self, queryset: QuerySet[Assignment]) -> QuerySet[Assignment]:
        kind, when = self.form.cleaned_data.get("kind"), self.form.cleaned_data.get("when")
        if kind:
            queryset = queryset.filter(kind=kind)
        if when == "past":
            return queryset.filter(ends_before__lte=self._today)
        if when == "coming":
            return queryset.filter(starts_on__gt=self._today)
        return queryset if when == "all" else queryset.on(self._today)


NAMES = ("given_name", "family_name", "member__given_name", "member__family_name")


class ReferralFilter(django_filters.FilterSet):
    """The referral log, by how its clock stands, what became of it, and where and when it came."""

    text = django_filters.CharFilter(label=_("Reference or name"), method="by_text")
    answered = django_filters.ChoiceFilter(
        label=_("Answer"),
        field_name="clock",
        choices=[
            ("overdue", _("Overdue")),
            ("waiting", _("Waiting")),
            ("in_time", _("In time")),
            ("late", _("Late")),
        ],
        empty_label=_("Any"),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="by_state",
        choices=[("open", _("Open")), ("closed", _("Closed"))],
        empty_label=_("Open or closed"),
    )
    verified = django_filters.ChoiceFilter(
        label=_("Verified"),
        method="by_verified",
        choices=[("no", _("Not yet")), ("yes", _("Verified"))],
        empty_label=_("Either"),
    )
    urgency = django_filters.ChoiceFilter(label=_("Urgency"), choices=Urgency, empty_label=_("Any"))
    geography = django_filters.ChoiceFilter(label=_("Geography"), empty_label=_("Any geography"))
    contract = django_filters.ChoiceFilter(
        label=_("Contract"), field_name="contract__code", empty_label=_("Any contract")
    )
    first = django_filters.DateFilter(label=_("Received from"), method="by_first", widget=DAY)
    last = django_filters.DateFilter(label=_("to"), method="by_last", widget=DAY)

    class Meta:
        model = Referral
        fields: list[str] = []

    def __init__(self, *args: Any, user: Any, now: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user
        contracts = list(Contract.objects.filter(sides(user, "referral.view").of_contract()).order_by("code"))
        self._zone = ZoneInfo(contracts[0].timezone) if contracts else ZoneInfo("UTC")
        known = codes_of(one.pk for one in contracts).values()
        self.filters["geography"].extra["choices"] = choices(known, "geographies")
        self.filters["contract"].extra["choices"] = [(one.code, one.code) for one in contracts]
        if len(contracts) < 2:
            del self.filters["contract"]

    def by_text(self, rows: QuerySet[Referral], name: str, value: str) -> QuerySet[Referral]:
        """The beginning of a reference or, for who may see names, of each of the words of a name."""
        names = Q(organisation__in=sides(self._user, "member.identity").provider)
        for word in value.split():
            names &= reduce(or_, (Q(**{f"{path}__istartswith": word}) for path in NAMES))
        return rows.filter(Q(referral_ref__istartswith=value) | names)

    def by_state(self, rows: QuerySet[Referral], name: str, value: str) -> QuerySet[Referral]:
        return rows.filter(disposition="") if value == "open" else rows.exclude(disposition="")

    def by_verified(self, rows: QuerySet[Referral], name: str, value: str) -> QuerySet[Referral]:
        return rows.filter(verified_on__isnull=value == "no")

    def by_first(self, rows: QuerySet[Referral], name: str, value: date) -> QuerySet[Referral]:
        return rows.filter(received_at__gte=datetime.combine(value, time(), self._zone))

    def by_last(self, rows: QuerySet[Referral], name: str, value: date) -> QuerySet[Referral]:
        return rows.filter(received_at__lt=datetime.combine(value + timedelta(days=1), time(), self._zone))


class DeterminationFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("Status"), choices=DeterminationStatus, empty_label=_("Any"))
    outcome = django_filters.ChoiceFilter(label=_("Outcome"), choices=Outcome, empty_label=_("Any"))

    class Meta:
        model = Determination
        fields: list[str] = []
