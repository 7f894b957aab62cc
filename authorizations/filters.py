"""What the lists of this stage can be narrowed by."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField
from accounts.models import User
from accounts.permissions import may
from authorizations.models import (
    Decision,
    Episode,
    MissedEscalation,
    Outcome,
    Request,
    RequestKind,
    SecondLook,
    Status,
    Urgency,
)
from authorizations.queries.queue import of_due, of_holder
from authorizations.queries.register import contracts_with_a_register
from contracts.models import Contract
from eligibility.models import Assignment, AssignmentKind, CoverageSpan, LevelSpan, Member, Source, Team
from eligibility.queries.codes import choices, codes_of
from eligibility.queries.identities import shown_reference
from eligibility.queries.members import contracts_of

DAY = forms.DateInput(attrs={"type": "date"})
MINE, NOBODY = "mine", "nobody"


class _ByGroup(django_filters.FilterSet):
    """Offers the codes of the contracts that the person sees."""

    about: tuple[str, ...] = ("member__",)  # paths to the members whom a text may name
    request_number = "number"  # path to what RQ-12 names

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user
        known = codes_of(contract.pk for contract in contracts_of(user)).values()
        for name, words in (("cohort", "cohorts"), ("geography", "geographies"), ("level", "levels")):
            if name in self.filters:
                self.filters[name].extra["choices"] = choices(known, words)
        if "team" in self.filters:
            if may(user, "team.view"):
                teams = Team.objects.visible_to(user).order_by("name")
                self.filters["team"].extra["choices"] = [(str(team.pk), team.name) for team in teams]
            else:
                del self.filters["team"]

    def by_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """RQ-12, 12, or the beginning of what the reader calls the member."""
        typed = value.strip().upper()
        number = typed.removeprefix("RQ-")
        if number.isascii() and number.isdecimal() and len(number) < 10:
            return queryset.filter(**{self.request_number if number != typed else "number": int(number)})
        return self.by_member(queryset, name, value)

    def by_member(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The beginning of what the reader calls the member."""
        text = value.strip()
        told = Q(shown__istartswith=text)
        if may(self._user, "member.identity"):
            told |= Q(family_name__istartswith=text) | Q(given_name__istartswith=text)
        # from the few members to their rows: otherwise every row is joined to its own members to be compared
        members = Member.objects.annotate(shown=shown_reference(self._user)).filter(told).values("pk")
        first, *more = (
            queryset.model.objects.filter(**{f"{member}pk__in": members}).values("pk") for member in self.about
        )
        return queryset.filter(pk__in=first.union(*more) if more else first)


class QueueFilter(_ByGroup):
    text = django_filters.CharFilter(label=_("Request or member"), method="by_text")
    due = django_filters.ChoiceFilter(
        label=_("Due"),
        choices=[("overdue", _("Overdue")), ("soon", _("Within 24 hours")), ("stands", _("Clock stands"))],
        empty_label=_("Any time"),
        method="by_due",
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=RequestKind.choices, empty_label=_("Any kind"))
    level = django_filters.ChoiceFilter(
        label=_("Level asked for"), field_name="requested_level", empty_label=_("Any level")
    )
    whose = django_filters.ChoiceFilter(
        label=_("Given to"),
        choices=[(MINE, _("Me")), (NOBODY, _("Nobody"))],
        empty_label=_("Anybody"),
        method="by_whose",
    )
    status = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            (value, label)
            for value, label in Status.choices
            if value in (Status.SUBMITTED, Status.QUESTIONED, Status.AUTOMATIC)
        ],
        empty_label=_("Any state"),
    )
    team = django_filters.ChoiceFilter(label=_("Team"), empty_label=_("Any team"))
    cohort = django_filters.ChoiceFilter(label=_("Cohort"), empty_label=_("Any cohort"))
    geography = django_filters.ChoiceFilter(label=_("Geography"), empty_label=_("Any geography"))

    class Meta:
        model = Request
        fields: list[str] = []

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self._now = now

    def by_due(self, queryset: QuerySet[Request], name: str, value: str) -> QuerySet[Request]:
        return queryset.filter(of_due(value, self._now))

    def by_whose(self, queryset: QuerySet[Request], name: str, value: str) -> QuerySet[Request]:
        return queryset.filter(of_holder(value, self._user, self._now))


class RequestFilter(_ByGroup):
    text = django_filters.CharFilter(label=_("Request or member"), method="by_text")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=RequestKind.choices, empty_label=_("Any kind"))
    status = django_filters.ChoiceFilter(label=_("State"), choices=Status.choices, empty_label=_("Any state"))
    urgency = django_filters.ChoiceFilter(label=_("Urgency"), choices=Urgency.choices, empty_label=_("Either"))
    level = django_filters.ChoiceFilter(
        label=_("Level asked for"), field_name="requested_level", empty_label=_("Any level")
    )
    whose = django_filters.ChoiceFilter(
        label=_("Asked by"), choices=[(MINE, _("Me"))], empty_label=_("Anybody"), method="by_requester"
    )
    cohort = django_filters.ChoiceFilter(label=_("Cohort"), empty_label=_("Any cohort"))
    geography = django_filters.ChoiceFilter(label=_("Geography"), empty_label=_("Any geography"))

    class Meta:
        model = Request
        fields: list[str] = []

    def by_requester(self, queryset: QuerySet[Request], name: str, value: str) -> QuerySet[Request]:
        return queryset.filter(requested_by=self._user)


class _OfMembers(_ByGroup):
    """Rows of a member under a contract, by what holds of the member on `today`."""

    text = django_filters.CharFilter(label=_("Member"), method="by_member")
    level = django_filters.ChoiceFilter(label=_("Level"), empty_label=_("Any level"))
    team = django_filters.ChoiceFilter(label=_("Team"), empty_label=_("Any team"), method="by_team")
    cohort = django_filters.ChoiceFilter(label=_("Cohort"), empty_label=_("Any cohort"), method="by_cover")
    geography = django_filters.ChoiceFilter(label=_("Geography"), empty_label=_("Any geography"), method="by_cover")

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._today = today

    def by_team(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        led = Assignment.objects.visible_to(self._user).on(self._today).filter(kind=AssignmentKind.LEAD, team=value)
        return queryset.filter(member__in=led.values("member"))

    def by_cover(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        covered = CoverageSpan.objects.on(self._today).filter(
            contract=OuterRef("contract"), member=OuterRef("member"), **{name: value}
        )
        return queryset.filter(Exists(covered))


class LevelFilter(_OfMembers):
    asked = django_filters.ChoiceFilter(
        label=_("Open request"),
        choices=[("no", _("Nobody has asked")), ("yes", _("Asked"))],
        empty_label=_("Either"),
        method="by_asked",
    )

    class Meta:
        model = LevelSpan
        fields: list[str] = []

    def by_asked(self, queryset: QuerySet[LevelSpan], name: str, value: str) -> QuerySet[LevelSpan]:
        return queryset.filter(request_id__isnull=value == "no")


class MissedFilter(_OfMembers):
    state = django_filters.ChoiceFilter(
        label=_("Shown"),
        choices=[("all", _("Also those that ended"))],
        empty_label=_("Open"),
        method="by_state",
    )
    whose = django_filters.ChoiceFilter(
        label=_("Whose"), choices=[(MINE, _("My members"))], empty_label=_("Everybody's"), method="by_whose"
    )

    class Meta:
        model = MissedEscalation
        fields: list[str] = []

    def by_whose(self, queryset: QuerySet[MissedEscalation], name: str, value: str) -> QuerySet[MissedEscalation]:
        mine = Assignment.objects.visible_to(self._user).on(self._today).filter(practitioner__user=self._user)
        return queryset.filter(member__in=mine.values("member"))

    def by_state(self, queryset: QuerySet[MissedEscalation], name: str, value: str) -> QuerySet[MissedEscalation]:
        return queryset

    def filter_queryset(self, queryset: QuerySet[MissedEscalation]) -> QuerySet[MissedEscalation]:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") == "all" else found.filter(ended_at=None)


class SecondLookFilter(django_filters.FilterSet):
    """`agrees` narrows to cases that were looked at again."""

    contract = django_filters.ModelChoiceFilter(
        label=_("Contract"),
        empty_label=_("Any contract"),
        queryset=lambda request: Contract.objects.visible_to(request.user).order_by("code"),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="_by_state",
        choices=[("waiting", _("Waiting")), ("given", _("Given"))],
        empty_label=_("Either"),
    )
    agrees = django_filters.ChoiceFilter(
        label=_("Agreement"),
        method="_by_agreement",
        choices=[("true", _("Agree")), ("false", _("Differ"))],
        empty_label=_("Either"),
    )

    class Meta:
        model = SecondLook
        fields = ("contract", "state", "agrees")

    def _by_state(self, rows: QuerySet[SecondLook], _name: str, value: str) -> QuerySet[SecondLook]:
        return rows.filter(looked_at__isnull=value == "waiting")

    def _by_agreement(self, rows: QuerySet[SecondLook], _name: str, value: str) -> QuerySet[SecondLook]:
        return rows.filter(agrees=value == "true")


class StandingForm(forms.Form):
    """Which contract, and the period by the day of the decision; both days belong to it."""

    contract = forms.ChoiceField(label=_("Contract"), required=False)
    first = DayField(label=_("Decided from"), required=False)
    last = DayField(label=_("to"), required=False)

    def __init__(self, *args: Any, contracts: Sequence[Contract], **options: Any) -> None:
        super().__init__(*args, **options)
        self._contracts = {str(contract.pk): contract for contract in contracts}
        self.fields["contract"].choices = [(pk, contract.code) for pk, contract in self._contracts.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day lies before the first."))
        return cleaned

    @property
    def chosen(self) -> Contract | None:
        """The contract that was asked for, else the first; None where there is none to see."""
        asked = self.cleaned_data.get("contract") if self.is_bound and self.is_valid() else ""
        return self._contracts.get(asked or "", next(iter(self._contracts.values()), None))

    def period(self, first: date, before: date) -> tuple[date, date]:
        """[first, before) as asked for; what was left empty or wrong as given."""
        if not (self.is_bound and self.is_valid()):
            return first, before
        last: date | None = self.cleaned_data.get("last")
        begin: date = self.cleaned_data.get("first") or first
        end = date.fromordinal(last.toordinal() + 1) if last and last < date.max else before
        return begin, max(begin, end)


class RegisterFilter(_ByGroup):
    request_number = "request__number"
    about = ("member__", "request__member__")  # under whose reference it was decided, and as whom they live on

    text = django_filters.CharFilter(label=_("Entry, request or member"), method="by_text")
    contract = django_filters.ChoiceFilter(
        label=_("Contract"), field_name="contract__code", empty_label=_("Any contract")
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), field_name="request_kind", choices=RequestKind.choices, empty_label=_("Any kind")
    )
    outcome = django_filters.ChoiceFilter(label=_("Outcome"), choices=Outcome.choices, empty_label=_("Any outcome"))
    level = django_filters.ChoiceFilter(label=_("Level given"), empty_label=_("Any level"))
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("stands", _("Stands")),
            ("replaced", _("Replaced")),
            ("late", _("Late")),
            ("automatic", _("Automatic")),
        ],
        empty_label=_("Any"),
        method="by_state",
    )
    first_day = django_filters.DateFilter(
        label=_("Decided from"), field_name="decided_at", lookup_expr="date__gte", widget=DAY
    )
    last_day = django_filters.DateFilter(
        label=_("Decided to"), field_name="decided_at", lookup_expr="date__lte", widget=DAY
    )

    class Meta:
        model = Decision
        fields: list[str] = []

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, user=user, **options)
        self.filters["contract"].extra["choices"] = [
            (one.code, f"{one.code} {one.title}") for one in contracts_with_a_register(user)
        ]

    def by_state(self, queryset: QuerySet[Decision], name: str, value: str) -> QuerySet[Decision]:
        wanted = {
            "stands": Q(replaced_by=None) & ~Q(outcome=Outcome.VOID),
            "replaced": Q(replaced_by__isnull=False),
            "late": Q(in_time=False),
            "automatic": Q(automatic=True),
        }
        return queryset.filter(wanted[value])


class EpisodeFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(label=_("Authorisation or member"), method="by_text")
    service = django_filters.ChoiceFilter(label=_("Service"), empty_label=_("Any service"))
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("open", _("Open today")),
            ("ahead", _("Begins later")),
            ("over", _("Over")),
            ("early", _("Ended early")),
        ],
        empty_label=_("Any"),
        method="by_state",
    )
    source = django_filters.ChoiceFilter(label=_("Decided"), choices=Source.choices, empty_label=_("Here or elsewhere"))

    class Meta:
        model = Episode
        fields: list[str] = []

    def __init__(self, *args: Any, user: User, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user, self._today = user, today
        names = self.queryset.order_by("service").values_list("service", flat=True).distinct()
        self.filters["service"].extra["choices"] = [(name, name) for name in names]

    def by_state(self, queryset: QuerySet[Episode], name: str, value: str) -> QuerySet[Episode]:
        wanted = {
            "open": Q(starts_on__lte=self._today, over_on__gt=self._today),
            "ahead": Q(starts_on__gt=self._today),
            "over": Q(over_on__lte=self._today),
            "early": Q(ended_early_on__isnull=False),
        }
        return queryset.filter(wanted[value])

    def by_text(self, queryset: QuerySet[Episode], name: str, value: str) -> QuerySet[Episode]:
        """A number of the register, the source's reference, or the beginning of what the reader calls the member."""
        text = value.strip()
        found = queryset.annotate(shown_ref=shown_reference(self._user, "member__"))
        wanted = Q(shown_ref__istartswith=text) | Q(episode_ref__istartswith=text)
        if text.isascii() and text.isdecimal() and len(text) < 10:
            wanted |= Q(decision__number=int(text))
        return found.filter(wanted)
