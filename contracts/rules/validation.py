"""A contract document is either whole or a list of faults, each with its key path and one plain sentence."""

import types
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contracts.rules.checks import check
from contracts.rules.document import ContractDocument
from contracts.rules.document.base import shown
from contracts.rules.faults import Fault, Faults, key_path
from contracts.rules.reading import Format, Unreadable, read

MOST_FAULTS = 200


@dataclass(frozen=True)
class Parsed:
    """`document` is there exactly when `faults` is empty."""

    document: ContractDocument | None
    faults: tuple[Fault, ...] = field(default=())

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(str(fault) for fault in self.faults)


def parse(text: str, form: Format) -> Parsed:
    """Read, type and check a document. Never raises for anything that an author could write."""
    try:
        values = read(text, form)
    except Unreadable as error:
        return Parsed(None, (Fault("document", f"cannot be read as {form.upper()}: {error}".rstrip(".")),))
    return parse_values(values)


def parse_values(values: Any) -> Parsed:
    """The same for values that were read already (a stored document, an API body)."""
    try:
        document = ContractDocument.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = tuple(_fault(detail, values) for detail in details)
        if all(detail["type"] == "extra_forbidden" for detail in details):  # the rest can be read, and is checked
            known = _without([_place(detail["loc"], values) for detail in details], values)
            found += parse_values(known).faults
        return Parsed(None, found[:MOST_FAULTS])
    faults = Faults()
    check(document, faults)
    found = tuple(faults)[:MOST_FAULTS]
    return Parsed(None if found else document, found)


def _place(loc: tuple[int | str, ...], values: Any) -> tuple[int | str, ...]:
    """`loc` without the names that pydantic adds for the branch of a choice, which are no keys of the document."""
    place: list[int | str] = []
    for index, part in enumerate(loc):
        if isinstance(part, str) and part[:1] in ("<", "["):
            continue
        if isinstance(values, dict):
            if part not in values and index < len(loc) - 1:
                continue
            values = values.get(part)
        elif isinstance(values, list) and isinstance(part, int):
            values = values[part]
        place.append(part)
    return tuple(place)


def _without(places: Iterable[tuple[int | str, ...]], values: Any) -> Any:
    """A copy of `values` that lacks the keys at `places`."""
    rest = deepcopy(values)
    for *steps, last in places:
        within = rest
        for step in steps:
            within = within[step]
        del within[last]
    return rest


def _fault(detail: ErrorDetails, values: Any) -> Fault:
    loc = _place(detail["loc"], values)
    if detail["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        loc = (*loc, _discriminator(detail))
    if detail["type"] == "extra_forbidden":
        return Fault(key_path(loc), _unknown_key(detail["loc"]))
    return Fault(key_path(loc), _sentence(detail))


def _sentence(detail: ErrorDetails) -> str:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    match kind:
        case "missing" | "union_tag_not_found":
            return "is missing"
        case "literal_error":
            return f"{shown(value)} is not one of {_listed(context['expected'])}"
        case "union_tag_invalid":
            return f"{shown(context['tag'])} is not one of {_listed(context['expected_tags'])}"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"must be a mapping of keys, not {shown(value)}"
        case "too_short":
            return "must not be empty"
    return detail["msg"]


def _listed(expected: Any) -> str:
    """Pydantic's `'a', 'b' or 'c'` as `a, b, c`."""
    return str(expected).replace(" or ", ", ").replace("'", "")


def _discriminator(detail: ErrorDetails) -> str:
    return str(detail["ctx"]["discriminator"]).strip("'")


def _unknown_key(loc: tuple[int | str, ...]) -> str:
    known = sorted(_keys_beside(loc))
    close = get_close_matches(str(loc[-1]), known, n=1)
    if close:
        return f"is not a key of this document; did you mean '{close[0]}'?"
    return f"is not a key of this document; the keys here are {', '.join(known)}"


def _keys_beside(loc: tuple[int | str, ...]) -> set[str]:
    """The keys that the mapping at the parent of `loc` (as pydantic gives it) may have."""
    models: set[type[BaseModel]] = {ContractDocument}
    for part in loc[:-1]:
        inner: set[type[BaseModel]] = set()
        for model in models:
            for name, info in model.model_fields.items():
                if (info.alias or name) == part:
                    inner |= _models_in(info.annotation)
        # else a position, an entry of a mapping by code, or the value that tells the branches of a choice apart
        models = inner or {model for model in models if _is_branch(model, part)} or models
    return {info.alias or name for model in models for name, info in model.model_fields.items()}


def _is_branch(model: type[BaseModel], value: int | str) -> bool:
    annotations = (info.annotation for info in model.model_fields.values())
    return any(get_origin(one) is Literal and value in get_args(one) for one in annotations)


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    if get_origin(annotation) in (Annotated, Union, types.UnionType, tuple, dict):
        return {model for argument in get_args(annotation) for model in _models_in(argument)}
    return set()
