"""What people type to put an entry of the register right, and to end an episode early."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from authorizations.forms.requests import ASK, VerdictForm
from eligibility.forms import day_field, reason_field


class SupersedeForm(VerdictForm):
    """What should have been decided, and what was wrong with what was."""

    reason = reason_field(_("What was wrong with the entry. Kept in the register."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["question"]
        self.fields["verdict"].choices = [one for one in self.fields["verdict"].choices if one[0] != ASK]


class EndEarlyForm(forms.Form):
    last_day = day_field(
        _("Last day"), required=False, help_text=_("Leave it empty if the episode should never have begun.")
    )
    reason = reason_field(_("Why it ends. Kept in the history, for everybody who may read it."))
