"""What no form and no body may say, whatever it is about."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from blended_pilot.kernel.periods import FIRST_YEAR, LAST_YEAR, in_our_time


def far_away() -> str:
    return _("Give a day between %(first)d and %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR}


def require_our_time(day: date) -> None:
    """A validator of form fields. A slip of the keyboard would else be a date with which nothing can be reckoned."""
    if not in_our_time(day):
        raise ValidationError(far_away(), code="far_away")
