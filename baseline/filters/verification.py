"""What the list of records to verify, and that of readers, can be narrowed by."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from baseline.filters.activity import DAY, YES_NO
from baseline.models import Activity
from baseline.queries.activity import services
from baseline.queries.verification import ToVerify, contracts_to_verify, episodic_codes, to_verify


class ReaderFilter(django_filters.FilterSet):
    read = django_filters.ChoiceFilter(
        label=_("Has read it"), choices=YES_NO, empty_label=_("Either"), method="by_reading"
    )

    class Meta:
        model = User
        fields: list[str] = []

    def by_reading(self, people: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return people.filter(read_at__isnull=value == "no")


ANSWERS = [("met", _("All met")), ("not_met", _("One is not met")), ("open", _("Not answered"))]


class VerificationFilter(django_filters.FilterSet):
    """A list of records of one contract that wait for verification."""

    contract = django_filters.ChoiceFilter(label=_("Contract"), empty_label=None)
    service = django_filters.ChoiceFilter(label=_("Service"), empty_label=_("Any service"))
    first_day = django_filters.DateFilter(label=_("From"), widget=DAY)
    last_day = django_filters.DateFilter(label=_("To"), widget=DAY)
    practitioner = django_filters.CharFilter(label=_("Practitioner"))
    answers = django_filters.ChoiceFilter(
        label=_("Criteria"),
        choices=ANSWERS,
        empty_label=_("Any answers"),
    )

    class Meta:
        model = Activity
        fields: list[str] = []

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user
        self._contracts = list(contracts_to_verify(user))
        if len(self._contracts) < 2:
            del self.filters["contract"]
        else:
            self.filters["contract"].extra["choices"] = [(str(one.pk), one.code) for one in self._contracts]
        names = {code: services(one.pk)[code].name for one in self._contracts for code in episodic_codes(one.pk)}
        self.filters["service"].extra["choices"] = sorted(names.items(), key=lambda pair: pair[1])

    @property
    def wanted(self) -> ToVerify | None:
        """What the filter asks for; None where the person verifies under no contract, or asks for nonsense."""
        if not self._contracts or (self.form.is_bound and not self.form.is_valid()):
            return None
        chosen = {name: value for name, value in self.form.cleaned_data.items() if value} if self.form.is_bound else {}
        return ToVerify(contract_id=int(chosen.pop("contract", None) or self._contracts[0].pk), **chosen)

    @property
    def qs(self) -> QuerySet[Activity]:
        wanted = self.wanted
        if wanted is None:
            return self.queryset.none()
        return to_verify(self._user, wanted).select_related("member", "contract", "recorded_by")
