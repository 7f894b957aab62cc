"""What people type on the pages of this stage; parsed here, decided by the operations."""

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import MailRhythm, Organisation, Role, TokenScope, User
from blended_pilot.kernel.periods import DAY


class DayInput(forms.DateInput):
    """The browser's own day picker; the value on the wire is ISO."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    widget = DayInput


class ReasonForm(forms.Form):
    """Confirming with a reason, which goes into the history."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the history, for everybody who may read it."),
    )


class PeriodForm(ReasonForm):
    """A period as people write it: both days belong to it, and no last day means open."""

    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"), required=False, help_text=_("Leave empty for an open end."))
    field_order = ("first_day", "last_day", "reason")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day cannot lie before the first day."))
        return data

    @property
    def period(self) -> dict[str, date | None]:
        """`starts_on` and `ends_before` of the half-open span."""
        last = self.cleaned_data["last_day"]
        return {"starts_on": self.cleaned_data["first_day"], "ends_before": last + DAY if last else None}


class RoleForm(PeriodForm):
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("Choose a role")), *Role.choices])
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none(), empty_label=None
    )
    field_order = ("role", "organisation", "first_day", "last_day", "reason")

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations.order_by("name")  # type: ignore[attr-defined]


class AddPersonForm(RoleForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(
        label=_("E-mail"), help_text=_("They sign in with it, and receive a link there to set a password.")
    )
    field_order = ("name", "email", "role", "organisation", "first_day", "last_day", "reason")


class EndRoleForm(ReasonForm):
    last_day = DayField(label=_("Last day"), help_text=_("The role is held for the last time on this day."))
    field_order = ("last_day", "reason")


class DeputyForm(PeriodForm):
    deputy = forms.ModelChoiceField(
        label=_("Deputy"),
        queryset=User.objects.none(),
        empty_label=_("Choose a person"),
        help_text=_("A colleague of the same organisation. They act in their own name."),
    )
    field_order = ("deputy", "first_day", "last_day", "reason")

    def __init__(self, *args: Any, colleagues: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deputy"].queryset = colleagues.order_by("name")  # type: ignore[attr-defined]
        self.fields["last_day"].required = True
        self.fields["last_day"].help_text = ""


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(
        label=_("Language and formats"),
        required=False,
        choices=[("", _("As my browser asks")), *settings.LANGUAGES],
        help_text=_("How dates and amounts are written. Times stay in the timezone of the contract."),
    )


class NoticeSettingsForm(forms.Form):
    rhythm = forms.ChoiceField(
        label=_("E-mail"),
        choices=MailRhythm.choices,
        help_text=_("A letter says how many notices wait and nothing about anybody."),
    )
    timezone = forms.ChoiceField(
        label=_("My timezone"), choices=[(name, name) for name in sorted(available_timezones())]
    )
    quiet_from = forms.TimeField(label=_("Quiet from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("No letter comes in these hours; the same time twice means that none are quiet."),
    )


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What the token is for, so that you know it again.")
    )
    scope = forms.ChoiceField(label=_("The program may"), choices=TokenScope.choices)
    last_day = DayField(label=_("Last day"), help_text=_("Within a year; in UTC."))
