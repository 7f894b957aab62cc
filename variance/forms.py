from django import forms
from django.utils.translation import gettext_lazy as _


class SendBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("What has to change before the month can be closed. It is kept in the history of the cycle."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )
