"""The question "is this baseline or an episode?"."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayInput
from blended_pilot.kernel.validation import require_our_time
from contracts.rules.document import ContractDocument


class AskForm(forms.Form):
    """What was done, for whom and when. For whom may stay empty: then the answer is that of the contract alone."""

    service = forms.ChoiceField(label=_("What was done"))
    member = forms.CharField(
        label=_("For whom"),
        required=False,
        max_length=60,
        help_text=_("Reference or pseudonym. Empty: the answer for anybody."),
        widget=forms.TextInput(attrs={"list": "my-people", "autocomplete": "off"}),
    )
    on = forms.DateField(label=_("When"), widget=DayInput, validators=[require_our_time])

    def __init__(self, *args: Any, document: ContractDocument, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["service"].choices = [(service.code, service.name) for service in document.services]
