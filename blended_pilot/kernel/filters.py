"""Filters that lists of every stage share."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _


class YesNoField(django_filters.fields.ChoiceField):
    """True, False, or None where nothing was chosen."""

    def clean(self, value: Any) -> bool | None:
        chosen = super().clean(value)
        return chosen == "true" if chosen else None


class YesNoFilter(django_filters.ChoiceFilter):
    """Yes, no, or either; its method is given True or False."""

    field_class = YesNoField

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[("true", _("Yes")), ("false", _("No"))], empty_label=_("Either"), **options)
