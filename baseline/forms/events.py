"""Forms for complaints and safety signals."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField
from accounts.models import User
from baseline.models import EventKind, Severity
from eligibility.models import Member
from eligibility.queries.identities import shown_reference


class OwnedForm(forms.Form):
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)
    category = forms.CharField(label=_("Category"), max_length=100, required=False, help_text=_("Such as late visit."))
    owner = forms.ModelChoiceField(
        label=_("Who deals with it"), queryset=User.objects.none(), required=False, empty_label=_("Nobody yet")
    )
    due_on = DayField(label=_("By"), required=False)

    def __init__(self, *args: Any, organisation_id: int, **options: Any) -> None:
        super().__init__(*args, **options)
        people = User.objects.filter(is_active=True, memberships__organisation=organisation_id)
        self.fields["owner"].queryset = people.distinct().order_by("name")  # type: ignore[attr-defined]

    @property
    def owned(self) -> dict[str, Any]:
        """As the operations take it."""
        data = dict(self.cleaned_data)
        owner = data.pop("owner")
        return {**data, "owner_id": owner.pk if owner else None}


class RecordEventForm(OwnedForm):
    kind = forms.ChoiceField(label=_("What it is"), choices=EventKind.choices)
    occurred_on = DayField(label=_("Occurred on"))
    description = forms.CharField(
        label=_("What happened"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    safeguarding = forms.CharField(
        label=_("Safeguarding"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Read by the care team and the clinical lead alone."),
    )
    field_order = (
        "kind",
        "occurred_on",
        "severity",
        "category",
        "description",
        "safeguarding",
        "owner",
        "due_on",
    )

    def __init__(self, *args: Any, safeguarding: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not safeguarding:
            del self.fields["safeguarding"]

    @property
    def owned(self) -> dict[str, Any]:
        return {"safeguarding": "", **super().owned}


class CorrectEventForm(forms.Form):
    member = forms.CharField(
        label=_("Member"), max_length=100, help_text=_("The reference of the member whom it concerns.")
    )
    kind = forms.ChoiceField(label=_("What it is"), choices=EventKind.choices)
    occurred_on = DayField(label=_("Occurred on"))
    description = forms.CharField(
        label=_("What happened"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    reason = forms.CharField(label=_("Why it is corrected"), max_length=300)

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user

    def clean_member(self) -> Member:
        said = self.cleaned_data["member"].strip()
        members = Member.objects.visible_to(self._user).annotate(shown=shown_reference(self._user))
        found: Member | None = members.filter(shown__iexact=said).first()
        if found is None:
            raise forms.ValidationError(_("No member whom you may see has this reference."))
        return found


class ReopenEventForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is opened again"),
        max_length=300,
        help_text=_("Such as: it happened again. What was learned stays, to be added to."),
    )


class SafeguardingForm(forms.Form):
    text = forms.CharField(
        label=_("Safeguarding"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Read by the care team and the clinical lead alone."),
    )


class CloseEventForm(forms.Form):
    closed_on = DayField(label=_("Closed on"))
    learning = forms.CharField(
        label=_("What was learned"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What is done differently from now on. That is what closes it."),
    )
