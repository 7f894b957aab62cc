"""How values look on a page: dates in the contract's timezone, money with its currency, icons, status tones."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_tables2.utils import signature

from blended_pilot.kernel.money import rounded

register = template.Library()

SIGNS = {"USD": "$", "GBP": "£", "EUR": "€"}
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
BLANK = (None, "", "\N{EM DASH}")  # what django-tables2 puts into a cell without a value


def _zone(contract: Any) -> Any:
    name = getattr(contract, "timezone", contract)
    return ZoneInfo(name) if isinstance(name, str) and name else timezone.get_current_timezone()


@register.filter(expects_localtime=False)
def when(value: datetime | date | None, contract: Any = None) -> SafeString | str:
    """A moment in the contract's timezone (a contract, or a zone's name), as a `<time>` element."""
    if value is None:
        return NOTHING
    if not isinstance(value, datetime):
        return day(value)
    local = value.astimezone(_zone(contract)) if timezone.is_aware(value) else value
    return format_html(
        '<time datetime="{}" class="nowrap">{}, {} <small>{}</small></time>',
        local.isoformat(),
        formats.date_format(local, "DATE_FORMAT"),
        formats.time_format(local, "TIME_FORMAT"),
        local.tzname() or "",
    )


@register.simple_tag
def moment(value: datetime | date | None, contract: Any = None) -> SafeString | str:
    """`when`, for partials to which a contract may or may not be given."""
    return when(value, contract)


@register.filter(expects_localtime=False)
def day(value: date | datetime | None, contract: Any = None) -> SafeString | str:
    """A day, as a `<time>` element; a moment's day is that of the contract's timezone."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = value.astimezone(_zone(contract))
    iso = value.date().isoformat() if isinstance(value, datetime) else value.isoformat()
    return format_html('<time datetime="{}" class="nowrap">{}</time>', iso, formats.date_format(value, "DATE_FORMAT"))


@register.filter(expects_localtime=False)
def last_day(value: date | None) -> SafeString | str:
    """The last day of a half-open span, for people; "open" without an end."""
    if value is None:
        return _("open")
    return day(date.fromordinal(value.toordinal() - 1))


@register.filter(expects_localtime=False)
def month(value: date | None) -> SafeString | str:
    """A month: March 2026."""
    if value is None:
        return NOTHING
    return format_html(
        '<time datetime="{}" class="nowrap">{}</time>', f"{value:%Y-%m}", formats.date_format(value, "F Y")
    )


@register.filter(expects_localtime=False)
def month_text(value: date | None) -> str:
    """A month as words only, for titles and buttons: March 2026."""
    return NOTHING if value is None else formats.date_format(value, "F Y")


@register.filter(expects_localtime=False)
def month_code(value: date) -> str:
    """A month as addresses and files write it: 2026-03."""
    return f"{value:%Y-%m}"


@register.filter
def money(value: Decimal | int | str | None, contract: Any = "") -> str:
    """An amount with two places, grouped as the reader's locale does, with the sign of the contract's currency."""
    if value is None or value == "":
        return NOTHING
    amount = rounded(Decimal(value), 2)
    currency = getattr(contract, "currency", contract) or ""
    digits = formats.number_format(abs(amount), decimal_pos=2, use_l10n=True, force_grouping=True)
    sign = SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}" if currency else "")
    return f"{MINUS if amount < 0 else ''}{sign}{digits}"


@register.filter
def change(value: Decimal | int | None, contract: Any = "") -> str:
    """A difference of money, always with its sign."""
    if value is None or value == "":
        return NOTHING
    shown = money(value, contract)
    return f"+{shown}" if rounded(Decimal(value), 2) > 0 else shown


@register.filter
def quantity(value: Decimal | int | None, places: int | None = None) -> str:
    """A number grouped by the reader's locale; without `places` up to six decimals, trailing zeros dropped."""
    if value is None or value == "":
        return NOTHING
    number = Decimal(value)
    if places is None:
        number = rounded(number, 6).normalize()
        places = max(0, -int(number.as_tuple().exponent))
    number = rounded(number, places)  # Django's own formatting cuts digits off
    text = formats.number_format(abs(number), decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"{MINUS}{text}" if number < 0 else text


@register.filter
def percent(value: Decimal | float | None, places: int = 1) -> str:
    """A ratio as a percentage: 0.814 is 81.4%."""
    if value is None or value == "":
        return NOTHING
    return f"{quantity(Decimal(value) * 100, places)}%"


@register.filter
def is_figure(cell: Any) -> bool:
    """Whether a cell is a number, or text that begins like one (-12, $3.50, 81%)."""
    return isinstance(cell, int | float | Decimal) or str(cell)[:3].lstrip(f"+-{MINUS}$£€")[:1].isdigit()


@register.filter
def column_of_figures(rows: Any, column: int) -> bool:
    """Whether the column's first cell is a figure; its head then stands on the right as well."""
    return column > 0 and bool(rows) and is_figure(rows[0][column])


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """One picture of the sprite; decoration only, so hidden from screen readers."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" icon-{size}" if size else "",
        static("vendor/icons/sprite.svg"),
        name,
    )


TONES = {
    **dict.fromkeys(
        ("done", "approved", "closed", "active", "applied", "passed", "verified", "signed", "in_force", "met"), "good"
    ),
    **dict.fromkeys(
        ("waiting", "pending", "draft", "in_review", "queued", "partly", "held", "unverified", "soon", "missing"),
        "warn",
    ),
    **dict.fromkeys(("failed", "refused", "rejected", "overdue", "deactivated", "blocked", "gone"), "bad"),
    **dict.fromkeys(("running", "open", "calculated", "new", "checked"), "info"),
}


@register.inclusion_tag("kit/status.html")
def status(label: Any, tone: str = "") -> dict[str, Any]:
    """A badge. `tone` is good, warn, bad, info or a status code whose tone is known; the word itself says it all."""
    return {"label": label, "tone": TONES.get(tone, tone if tone in {"good", "warn", "bad", "info"} else "")}


@register.simple_tag(takes_context=True)
def address(context: template.Context, **changes: Any) -> str:
    """This page's query string with some parameters changed (None removes one)."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value is not None:
            query[key] = value
    return f"?{query.urlencode()}"


@register.filter
def widget_kind(bound: Any) -> str:
    """Which markup a form field needs: check, choices, select, file or text."""
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "")
    if kind == "checkbox" and not getattr(widget, "choices", None):
        return "check"
    if kind in {"radio", "checkbox"}:
        return "choices"
    return kind if kind in {"select", "file", "hidden"} else "text"


@register.simple_tag
def control(bound: Any, **attrs: Any) -> SafeString:
    """The field's control with the class, `aria-describedby` and `aria-invalid` that its help and errors call for."""
    kind = widget_kind(bound)
    classes = {"select": "form-select", "check": "form-check-input", "choices": "form-check-input"}.get(
        kind, "form-control"
    )
    if bound.errors:
        classes += " is-invalid"
    described = []
    if bound.help_text:
        described.append(f"{bound.auto_id}-hint")
    if bound.errors:
        described.append(f"{bound.auto_id}-error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    own = bound.field.widget.attrs.get("class", "")
    return mark_safe(bound.as_widget(attrs={**attrs, "class": f"{classes} {own}".strip()}))  # noqa: S308 - Django's own


@register.simple_tag
def language() -> str:
    return get_language() or "en-us"


@register.simple_tag
def sprite() -> str:
    return static("vendor/icons/sprite.svg")


@register.simple_tag(takes_context=True)
def sort_address(context: template.Context, column: Any) -> str:
    """This page's query string with the list sorted by `column`, from its first page."""
    return address(context, page=None, **{column._table.prefixed_order_by_field: column.order_by_alias.next})


@register.filter
def cells(row: Any) -> Iterator[tuple[SafeString, Any]]:
    """The attributes and the content (None: blank) of each visible cell of a table's row.

    What is the same for every row is worked out for the first: django-tables2 would inspect for every cell which
    arguments its render function takes.
    """
    table = row.table
    if not hasattr(table, "drawn"):
        table.drawn = [_Drawn(column) for column in table.columns if column.visible]
    for drawn in table.drawn:
        content = row._get_and_render_with(drawn.column, partial(drawn.content, row), drawn.column.default)
        yield drawn.attributes, None if content in BLANK else content


class _Drawn:
    """A column of a table on its page."""

    def __init__(self, column: Any) -> None:
        self.column = column
        self.attributes = format_html('data-label="{}" class="{}', column.header, column.attrs["td"].get("class") or "")
        names, takes_any = signature(column.render)
        self._names = None if takes_any else names

    def content(self, row: Any, column: Any, value: Any = None) -> Any:
        given = row._optional_cell_arguments(column, value)
        content = column.render(**(given if self._names is None else {name: given[name] for name in self._names}))
        return column.link(content, **given) if column.link else content


@register.simple_tag
def page_numbers(page: Any) -> list[int | str]:
    """First, last and the numbers around this page, with an ellipsis between."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))
