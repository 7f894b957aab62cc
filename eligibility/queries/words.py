"""Values of history rows as a reader meets them."""

from datetime import date, datetime
from decimal import Decimal
from functools import singledispatch
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _


@singledispatch
def spoken(value: Any) -> str:
    """A stored value as text: nothing for what is empty, days in the reader's format, decimals without their zeros."""
    return str(value) or _("nothing")


@spoken.register
def _none(value: None) -> str:
    return _("nothing")


@spoken.register
def _bool(value: bool) -> str:
    return _("yes") if value else _("no")


@spoken.register
def _list(value: list) -> str:  # type: ignore[type-arg]
    return ", ".join(map(str, value)) or _("nothing")


@spoken.register
def _moment(value: datetime) -> str:
    """In the timezone that the moment carries."""
    return f"{date_format(value, use_l10n=True)}, {value:%H:%M} {value:%Z}"


@spoken.register
def _day(value: date) -> str:
    return date_format(value)


@spoken.register
def _decimal(value: Decimal) -> str:
    return format(value.normalize(), "f")
