"""Forms of the weekly review."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField
from accounts.models import User


class LookForm(forms.Form):
    """What was found about one member who stands out, and what somebody is to do about it."""

    text = forms.CharField(
        label=_("What you found"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the care team and auditors. With it the member counts as looked at."),
    )
    action = forms.CharField(
        label=_("Action"), max_length=300, required=False, help_text=_("Leave empty where nothing is to be done.")
    )
    owner = forms.ModelChoiceField(
        label=_("Who does it"), queryset=User.objects.none(), required=False, empty_label=_("Choose a person")
    )
    due_on = DayField(label=_("By"), required=False)

    def __init__(self, *args: Any, organisation_id: int, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._today = today
        people = User.objects.filter(is_active=True, memberships__organisation=organisation_id)
        self.fields["owner"].queryset = people.distinct().order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("action"):
            for name, sentence in (("owner", _("Say who does it.")), ("due_on", _("Say by which day."))):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        if data.get("due_on") and data["due_on"] < self._today:
            self.add_error("due_on", _("This day has passed."))
        return data


class SignForm(forms.Form):
    """The fingerprint of what was on the screen, and that it was read."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    read = forms.BooleanField(label=_("I sign this statement in my name."))


class OutcomeForm(forms.Form):
    outcome = forms.CharField(label=_("What came of it"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
