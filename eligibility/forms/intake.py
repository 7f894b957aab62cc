"""Referrals, determinations, and how members leave: what intake types."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from blended_pilot.kernel.validation import require_our_time
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.forms.members import day_field, reason_field
from eligibility.models import AnswerChoice, DepartureKind, Determination, Member, Urgency
from eligibility.operations.determinations import GivenAnswer
from eligibility.operations.referrals import DISPOSITIONS
from eligibility.queries.codes import codes
from eligibility.queries.determinations import AnswerShown

MINUTES = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    """A date and time of the contract's timezone; one that occurs twice is the first."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTES)
        super().__init__(widget=widget, validators=[require_our_time], **options)
        self.zone = ZoneInfo("UTC")

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            moment = datetime.fromisoformat(str(value).strip())
            moment = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
            back = moment.astimezone(UTC).astimezone(moment.tzinfo)
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        if back.replace(tzinfo=None) != moment.replace(tzinfo=None):
            raise forms.ValidationError(_("This time does not exist: the clocks go forward then."), code="gone")
        return moment


class MultipleFileInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; each is judged by the operation that keeps it."""

    def __init__(self, **options: Any) -> None:
        kinds = ".pdf,.png,.jpg,.jpeg,.docx"
        super().__init__(widget=MultipleFileInput(attrs={"accept": kinds}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        return list(data) if isinstance(data, list | tuple) else [data] if data else []


class _PlaceFields(forms.Form):
    """Cohort and geography of one contract."""

    def offer(self, contract: Contract, *, cohort_needed: bool) -> None:
        known = codes(signed_terms(contract.pk))
        none = [] if cohort_needed else [("", _("Not known yet"))]
        self.fields["cohort"].choices = [*none, *sorted(known.cohorts.items())]
        self.fields["geography"].choices = sorted(known.geographies.items())


class CorrectReferralForm(_PlaceFields):
    received_at = MomentField(label=_("Received"))
    referred_by = forms.CharField(label=_("Who referred"), max_length=100)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency)
    geography = forms.ChoiceField(label=_("Geography"))
    cohort = forms.ChoiceField(label=_("Cohort"), required=False)
    reason = reason_field()

    def __init__(self, *args: Any, contract: Contract, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["received_at"].zone = ZoneInfo(contract.timezone)
        self.offer(contract, cohort_needed=False)


class ReferralForm(CorrectReferralForm):
    referral_ref = forms.CharField(
        label=_("Reference"), max_length=100, required=False, help_text=_("Empty: one is made up.")
    )
    given_name = forms.CharField(label=_("Given name"), max_length=100, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    birth_date = day_field(_("Date of birth"), required=False)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the care team only, as are the names."),
    )
    reason = None  # type: ignore[assignment]


class ResponseForm(forms.Form):
    responded_at = MomentField(label=_("First response"))

    def __init__(self, *args: Any, contract: Contract, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["responded_at"].zone = ZoneInfo(contract.timezone)


class DispositionForm(forms.Form):
    disposition = forms.ChoiceField(
        label=_("What became of it"),
        choices=[(code, label) for code, label in DISPOSITIONS.items() if code not in {"eligible", "not_eligible"}],
    )
    reason = reason_field()


class PersonForm(forms.Form):
    """Who it is: a member, or a new person by name."""

    same_as = forms.ModelChoiceField(
        label=_("The same person as"), queryset=Member.objects.none(), required=False, empty_label=_("Nobody of these")
    )
    not_a_duplicate = forms.CharField(
        label=_("Why it is nobody of those"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    given_name = forms.CharField(label=_("Given name"), max_length=100, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=100, required=False)
    birth_date = day_field(_("Date of birth"), required=False)
    reference = forms.CharField(
        label=_("Reference"),
        max_length=60,
        required=False,
        help_text=_("As files will name the person. Empty: one is made up."),
    )
    sex = forms.CharField(label=_("Sex"), max_length=40, required=False)
    ethnicity = forms.CharField(label=_("Ethnicity"), max_length=60, required=False)
    language = forms.CharField(label=_("Language"), max_length=40, required=False)
    disability = forms.CharField(label=_("Disability"), max_length=60, required=False)

    def __init__(self, *args: Any, alike: Sequence[Member] = (), labels: dict[int, str] | None = None, **options: Any):
        super().__init__(*args, **options)
        if not alike:
            del self.fields["same_as"], self.fields["not_a_duplicate"]
            return
        field = self.fields["same_as"]
        field.queryset = Member.objects.filter(pk__in=[one.pk for one in alike])
        field.label_from_instance = lambda one: (labels or {}).get(one.pk, one.reference)

    @property
    def person(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {"same_as", "not_a_duplicate"} and value
        }


class DeterminationForm(_PlaceFields):
    """One group of fields for each criterion, and what follows from them."""

    cohort = forms.ChoiceField(label=_("Cohort"), required=False)
    geography = forms.ChoiceField(label=_("Geography"), required=False)
    effective_on = day_field(
        _("From"),
        required=False,
        help_text=_("Eligible: the first day covered. Not eligible: the first day that is not."),
    )
    explanation = forms.CharField(
        label=_("In words for the person"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed where the person is not eligible; it is printed."),
    )

    def __init__(
        self, *args: Any, determination: Determination, answers: Iterable[AnswerShown], **options: Any
    ) -> None:
        super().__init__(
            *args,
            initial={
                name: getattr(determination, name) for name in ("cohort", "geography", "effective_on", "explanation")
            },
            **options,
        )
        self.offer(determination.contract, cohort_needed=False)
        self._answers = tuple(answers)
        for shown in self._answers:
            answer = shown.answer
            self.fields[f"answer-{answer.criterion}"] = forms.ChoiceField(
                label=_("Answer"),
                choices=AnswerChoice,
                required=False,
                widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
                initial=answer.answer,
            )
            self.fields[f"reason-{answer.criterion}"] = forms.CharField(
                label=_("Reason"),
                required=False,
                max_length=1000,
                initial=answer.reason,
                widget=forms.Textarea(attrs={"rows": 1}),
            )
            self.fields[f"files-{answer.criterion}"] = FilesField(label=_("Evidence"), required=False)

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Each criterion with its three fields, and the files that are there."""
        return [
            {
                "answer": shown.answer,
                "files": shown.files,
                "choice": self[f"answer-{shown.answer.criterion}"],
                "reason": self[f"reason-{shown.answer.criterion}"],
                "upload": self[f"files-{shown.answer.criterion}"],
            }
            for shown in self._answers
        ]

    @property
    def outcome_fields(self) -> list[Any]:
        return [self[name] for name in ("cohort", "geography", "effective_on", "explanation")]

    @property
    def given(self) -> dict[str, GivenAnswer]:
        return {
            shown.answer.criterion: GivenAnswer(
                answer=self.cleaned_data[f"answer-{shown.answer.criterion}"],
                reason=self.cleaned_data[f"reason-{shown.answer.criterion}"],
                files=tuple((file.name or "", file) for file in self.cleaned_data[f"files-{shown.answer.criterion}"]),
            )
            for shown in self._answers
        }

    @property
    def outcome(self) -> dict[str, Any]:
        effective_on: date | None = self.cleaned_data["effective_on"]
        return {
            "cohort": self.cleaned_data["cohort"],
            "geography": self.cleaned_data["geography"],
            "effective_on": effective_on,
            "explanation": self.cleaned_data["explanation"],
        }


class DepartureForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("How"), choices=DepartureKind, widget=forms.RadioSelect(attrs={"class": "form-check-input"})
    )
    last_day = day_field(_("Last day covered"), help_text=_("Of a death, the day itself."))
    transferred_to = forms.CharField(label=_("Transferred to"), max_length=200, required=False)
    reason = reason_field()


class MergeForm(forms.Form):
    other = forms.CharField(
        label=_("Reference of the other"),
        max_length=60,
        help_text=_("The member whose page this is stays; the other becomes part of them."),
    )
    reason = reason_field(_("How you know that the two are one person."))
