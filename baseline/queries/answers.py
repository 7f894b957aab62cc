"""What a record answers to the criteria of its service."""

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baseline.models import Activity, Present
from baseline.queries.templates import fields_of
from contracts.rules.document import Service

OUTCOMES = {"no_answer": gettext_lazy("no answer"), "did_not_attend": gettext_lazy("did not attend")}
State = Literal["met", "not_met", "open"]


@dataclass(frozen=True)
class Answer:
    """One criterion. `state` is "open" where nobody answered: then verifying says that it was met."""

    text: str
    state: State


def answers(one: Activity, service: Service | None) -> list[Answer]:
    """In the order of the contract."""
    found = []
    for criterion in service.criteria if service else ():
        state: State = "met" if criterion.code in one.criteria_met else "open"
        found.append(Answer(criterion.text, "not_met" if criterion.code in one.criteria_not_met else state))
    return found


def present(one: Activity) -> str:
    """Who was there, in words."""
    words = dict(Present.choices)
    return ", ".join(str(words.get(code, code)) for code in one.present)


def details(one: Activity, service: Service | None) -> list[tuple[str, str]]:
    """(label, value) of the fields that the service's template asks for beyond the columns of the record."""
    known = {field.code: field for field in (fields_of(service) if service else ())}
    found = []
    for code, value in one.details.items():
        field = known.get(code)
        choices = {**dict(field.choices), "yes": _("yes"), "no": _("no")} if field and field.type != "text" else {}
        found.append((field.label if field else code, str(choices.get(value, value))))
    return found
