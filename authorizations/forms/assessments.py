"""What people type about an assessment."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eligibility.forms import day_field, reason_field
from eligibility.forms.intake import FilesField


class AssessmentForm(forms.Form):
    """A score of one of the contract's instruments."""

    instrument = forms.ChoiceField(label=_("Instrument"))
    score = forms.IntegerField(label=_("Score"))
    flags = forms.MultipleChoiceField(
        label=_("Flags"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )
    assessed_on = day_field(_("Assessed on"))
    assessor = forms.CharField(label=_("Assessor"), max_length=200)
    files = FilesField(
        label=_("Evidence"), required=False, help_text=_("PDF, PNG, JPEG or Word document of at most 25 MB each.")
    )

    def __init__(self, *args: Any, instruments: Mapping[str, Any], **options: Any) -> None:
        super().__init__(*args, **options)
        known = instruments.values()
        ranges = ", ".join(f"{one.code}: {one.score.min}–{one.score.max}" for one in known)
        flags = sorted({flag for one in known for flag in one.flags})
        if "instrument" in self.fields:
            self.fields["instrument"].choices = [(one.code, f"{one.code} {one.version}") for one in known]
        self.fields["score"].help_text = ranges
        self.fields["flags"].choices = [(flag, flag.replace("_", " ")) for flag in flags]
        if not flags:
            del self.fields["flags"]

    @property
    def values(self) -> dict[str, Any]:
        return {
            "score": self.cleaned_data["score"],
            "flags": self.cleaned_data.get("flags", []),
            "assessed_on": self.cleaned_data["assessed_on"],
            "assessor": self.cleaned_data["assessor"],
            "files": [(file.name or "", file) for file in self.cleaned_data["files"]],
        }


class CorrectAssessmentForm(AssessmentForm):
    instrument = None  # type: ignore[assignment]
    reason = reason_field()
