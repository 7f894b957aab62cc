"""Members, who looks after them, teams and practitioners: what people type.

People give the last day that counts; operations take the day after it.
"""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from accounts.permissions import sides
from blended_pilot.kernel.periods import DAY
from blended_pilot.kernel.validation import require_our_time
from contracts.queries.terms import signed_terms
from eligibility.models import Practitioner, Team
from eligibility.queries.codes import codes


def day_field(label: Any, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, validators=[require_our_time], **options)


def reason_field(hint: Any = "") -> forms.CharField:
    return forms.CharField(label=_("Reason"), max_length=300, help_text=hint, widget=forms.Textarea(attrs={"rows": 2}))


class PeriodForm(forms.Form):
    """Forms with a first and a last day give `ends_before` for the operations."""

    @property
    def ends_before(self) -> date | None:
        last: date | None = self.cleaned_data["last_day"]
        return last + DAY if last else None


class RevealForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you need the name"),
        max_length=300,
        help_text=_("Kept in the access log, where the provider's administrator and auditors read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class StaffFields(forms.Form):
    """A practitioner and a team of one provider, either of which may stay empty."""

    practitioner = forms.ModelChoiceField(
        label=_("Practitioner"), queryset=Practitioner.objects.none(), required=False, empty_label=_("Nobody")
    )
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("No team")
    )

    def __init__(self, *args: Any, organisation_id: int, **options: Any) -> None:
        super().__init__(*args, **options)
        of_provider = {"organisation_id": organisation_id}
        self.fields["practitioner"].queryset = Practitioner.objects.filter(**of_provider).order_by("name", "reference")
        self.fields["team"].queryset = Team.objects.filter(**of_provider).order_by("name")

    @property
    def staff(self) -> dict[str, int | None]:
        practitioner, team = self.cleaned_data["practitioner"], self.cleaned_data["team"]
        return {"practitioner_id": practitioner and practitioner.pk, "team_id": team and team.pk}


class AssignForm(StaffFields):
    starts_on = day_field(_("From"))
    reason = reason_field()


class CoverForm(StaffFields, PeriodForm):
    starts_on = day_field(_("First day"))
    last_day = day_field(_("Last day"))
    reason = reason_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["practitioner"].required = True


class HandOverForm(StaffFields):
    starts_on = day_field(_("From"))
    reason = reason_field(_("Goes into the history of every member that moves."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["practitioner"].empty_label = _("Stays as it is")
        self.fields["team"].empty_label = _("Stays as it is")

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        if not chosen.get("practitioner") and not chosen.get("team"):
            raise forms.ValidationError(_("Choose a practitioner, a team, or both."))
        return chosen


class EndForm(PeriodForm):
    last_day = day_field(_("Last day"))
    reason = reason_field()


class WithdrawForm(forms.Form):
    reopen = forms.BooleanField(
        label=_("Let the one before go on in its place"),
        required=False,
        initial=True,
        help_text=_("Where the assignment before ended on the day this one began."),
    )
    reason = reason_field()


class DatesForm(PeriodForm):
    starts_on = day_field(_("First day"))
    last_day = day_field(_("Last day"), required=False, help_text=_("Empty: it goes on."))
    reason = reason_field()


class _GroupFields(forms.Form):
    """A cohort and a geography of one contract's terms."""

    cohort = forms.ChoiceField(label=_("Cohort"))
    geography = forms.ChoiceField(label=_("Geography"))

    def offer(self, contract_id: int) -> None:
        known = codes(signed_terms(contract_id))
        self.fields["cohort"].choices = sorted(known.cohorts.items())
        self.fields["geography"].choices = sorted(known.geographies.items())


class GroupForm(_GroupFields):
    from_day = day_field(_("From"))
    reason = reason_field()

    def __init__(self, *args: Any, contract_id: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.offer(contract_id)


class AddCoverageForm(_GroupFields, PeriodForm):
    starts_on = day_field(_("First day"))
    last_day = day_field(_("Last day"), required=False, help_text=_("Empty: it goes on."))
    reason = reason_field()

    def __init__(self, *args: Any, contract_id: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.offer(contract_id)


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)


class NewTeamForm(TeamForm):
    organisation = forms.ModelChoiceField(label=_("Provider"), queryset=Organisation.objects.none())

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer_providers(self.fields["organisation"], user)


class PractitionerForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    user = forms.ModelChoiceField(
        label=_("Signs in as"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("Shows this person their own members on My work."),
    )

    def __init__(self, *args: Any, organisation_ids: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        of_provider = User.objects.filter(is_active=True, memberships__organisation__in=organisation_ids)
        self.fields["user"].queryset = of_provider.distinct().order_by("name")

    @property
    def user_id(self) -> int | None:
        user: User | None = self.cleaned_data["user"]
        return user.pk if user else None


class NewPractitionerForm(PractitionerForm):
    organisation = forms.ModelChoiceField(label=_("Provider"), queryset=Organisation.objects.none())
    reference = forms.CharField(
        label=_("Reference in files"),
        max_length=100,
        help_text=_("As the roster and the records of delivered work name them."),
    )
    field_order = ("organisation", "reference", "name", "user")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, organisation_ids=sides(user, "team.manage").provider, **options)
        _offer_providers(self.fields["organisation"], user)


def _offer_providers(field: Any, user: User) -> None:
    """Those at which the person manages teams; one of them is nothing to ask about."""
    field.queryset = Organisation.objects.filter(pk__in=sides(user, "team.manage").provider).order_by("name")
    if len(field.queryset) == 1:
        field.initial = field.queryset[0]
        field.widget = forms.HiddenInput()
