"""Columns that money lists share: months, moments, amounts, and codes by their names."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from blended_pilot.kernel.templatetags import kit

NUMBER = {"th": {"class": "num"}, "td": {"class": "num"}}


class MonthColumn(tables.Column):
    """A month; `short` where several stand beside each other."""

    def __init__(self, *args: Any, short: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._short = short

    def render(self, value: Any) -> Any:
        if self._short:
            return format_html('<span class="nowrap">{}</span>', date_format(value, "M Y"))
        return kit.month(value)

    def value(self, value: Any) -> str:
        return f"{value:%Y-%m}" if value else ""


class MomentColumn(tables.Column):
    """A moment in the timezone of the row's contract."""

    def render(self, value: Any, record: Any) -> Any:
        return kit.when(value, record.contract)


class MoneyColumn(tables.Column):
    """An amount to two places; exports keep every place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, attrs=NUMBER, **kwargs)

    def render(self, value: Any, record: Any, table: Any) -> Any:
        return kit.money(value, table.contract or record.contract)

    def value(self, value: Any) -> Any:
        return value


class QuantityColumn(tables.Column):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, attrs=NUMBER, **kwargs)

    def render(self, value: Any) -> Any:
        return kit.quantity(value)

    def value(self, value: Any) -> Any:
        return value


class WordColumn(tables.Column):
    """A code shown as its words; exports keep the code."""

    def __init__(self, choices: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._words = dict(choices.choices)

    def render(self, value: Any) -> Any:
        return self._words.get(value, value)

    def value(self, record: Any, bound_column: Any) -> Any:
        return bound_column.accessor.resolve(record)  # what is passed as value is the field's words already


class NamedColumn(tables.Column):
    """A code by the name that the row's contract gives it; exports keep the code. `of` is a field of `Codes`."""

    def __init__(self, of: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._of = of

    def render(self, value: Any, record: Any, table: Any) -> Any:
        return table.name_of(record, self._of, value)

    def value(self, value: Any) -> Any:
        return value


class DayColumn(tables.Column):
    def render(self, value: Any) -> Any:
        return kit.day(value)

    def value(self, value: Any) -> Any:
        return value


class MemberColumn(tables.Column):
    """The reference for those who may see it, else the pseudonym; a link where the reader may open the person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, accessor="member_id", orderable=False, verbose_name=_("Member"), **kwargs)

    def render(self, value: Any, table: Any) -> Any:
        shown = table.shown(value)
        if shown is None:
            return kit.NOTHING
        if not table.opens_members:
            return shown.code
        return format_html('<a href="{}">{}</a>', reverse("eligibility:member", args=[value]), shown.code)

    def value(self, value: Any, table: Any) -> str:
        shown = table.shown(value)
        return shown.code if shown else ""


class ActivityColumn(tables.Column):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, accessor="activity", orderable=False, verbose_name=_("Record"), **kwargs)

    def render(self, value: Any) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("baseline:activity", args=[value.pk]), value.activity_ref)

    def value(self, value: Any) -> str:
        return value.activity_ref
