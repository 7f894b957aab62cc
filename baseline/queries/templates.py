"""The standard record of a service: the fields that the contract asks for, with their words and kinds."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.rules.document import Service
from contracts.rules.document.services import TemplateField

FieldType = Literal["text", "number", "yes_no", "choice", "date"]
LONGEST = 2_000

# fields that the program knows by name; the rest go by their own label, or by their code in words
KNOWN = {
    "purpose": gettext_lazy("Purpose"),
    "mode": gettext_lazy("How"),
    "place": gettext_lazy("Place"),
    "minutes": gettext_lazy("Minutes"),
    "outcome": gettext_lazy("Outcome"),
    "next_step": gettext_lazy("Next step"),
}
MODES = {
    "in_person": gettext_lazy("In person"),
    "phone": gettext_lazy("Phone"),
    "video": gettext_lazy("Video"),
    "message": gettext_lazy("Message"),
}
TEXT_COLUMNS = frozenset({"place", "minutes", "outcome"})  # columns of the record, not details


@dataclass(frozen=True)
class RecordField:
    """One field of a service's standard record. `choices` are (value, label) pairs."""

    code: str
    label: str
    type: FieldType = "text"
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def narrative(self) -> bool:
        """Free text about a person: not repeated from one record to the next."""
        return self.type == "text" and self.code not in ("purpose", "place")


def fields_of(service: Service) -> list[RecordField]:
    """In the order of the contract."""
    return [_field(one) for one in service.template]


def _field(one: str | TemplateField) -> RecordField:
    if isinstance(one, TemplateField):
        return RecordField(one.code, one.label, one.type, tuple((choice, choice) for choice in one.choices))
    label = str(KNOWN.get(one, one.replace("_", " ").capitalize()))
    if one == "mode":
        return RecordField(one, label, "choice", tuple((code, str(text)) for code, text in MODES.items()))
    return RecordField(one, label, "number" if one == "minutes" else "text")


def refuse_value(field: RecordField, value: str) -> str:
    """Why a value does not fit its field; "" where it does. An empty value fits every field."""
    if value == "":
        return ""
    fits = {
        "text": len(value) <= LONGEST,
        "number": _is_number(value),
        "yes_no": value in ("yes", "no"),
        "choice": value in dict(field.choices),
        "date": _is_date(value),
    }
    if fits[field.type]:
        return ""
    needs = {
        "text": _("%(field)s: at most %(longest)s characters."),
        "number": _("%(field)s: a number is needed."),
        "yes_no": _("%(field)s: yes or no."),
        "choice": _("%(field)s: choose one of those the contract lists."),
        "date": _("%(field)s: a date is needed."),
    }
    return needs[field.type] % {"field": field.label, "longest": LONGEST}


def _is_number(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
