"""`--mapping FILE.yaml`: their names and values for ours, and constants for what their file does not say."""

from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from blended_pilot.kernel.errors import Unusable
from contracts.operations.feeds.kinds import FeedKind

LARGEST = 1_000_000  # characters
PARTS = ("columns", "values", "constants")


@dataclass(frozen=True)
class Mapping:
    """`columns` our name → their header; `values` our column → their value → ours; `constants` our column → value."""

    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        parts = {"columns": self.columns, "values": self.values, "constants": self.constants}
        return {name: part for name, part in parts.items() if part}


class _Words(yaml.BaseLoader):
    """Everything is the text that stands there: yes, 010 and 2026-01-01 are words."""


def _pairs(loader: _Words, node: yaml.MappingNode) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise Unusable(_("The mapping, line %(line)d: a key must be a word.") % {"line": line})
        if key in pairs:
            raise Unusable(_("The mapping, line %(line)d: “%(key)s” is there twice.") % {"line": line, "key": key})
        pairs[key] = loader.construct_object(value_node, deep=True)
    return pairs


_Words.add_constructor("tag:yaml.org,2002:map", _pairs)


def read_mapping(text: str, kind: FeedKind) -> Mapping:
    """The mapping for files of one kind. Raises Unusable with every fault, each naming its key."""
    if len(text) > LARGEST:
        raise Unusable(_("The mapping is larger than a mapping may be."))
    try:
        document = yaml.load(text, Loader=_Words)  # noqa: S506  the base loader makes text, lists and mappings only
    except yaml.YAMLError as error:
        raise Unusable(_("The mapping is no YAML: %(why)s") % {"why": " ".join(str(error).split())}) from None
    except RecursionError:
        raise Unusable(_("The mapping is nested too deep.")) from None
    return mapping_of(document or {}, kind)


def mapping_of(document: Any, kind: FeedKind) -> Mapping:
    """As `read_mapping`, from plain values."""
    if not isinstance(document, dict):
        raise Unusable(_("The mapping must hold the keys columns, values or constants."))
    faults = [
        _("%(key)s: not a part of a mapping; the parts are columns, values and constants.") % {"key": key}
        for key in document
        if key not in PARTS
    ]
    parts: dict[str, dict[str, Any]] = {}
    ours = {column.name for column in kind.columns}
    for name in PARTS:
        part = document.get(name) or {}
        if not isinstance(part, dict):
            faults.append(_("%(part)s: must be a mapping of columns.") % {"part": name})
            part = {}
        for key in part:
            if key not in ours:
                faults.append(
                    _("%(part)s.%(key)s: a %(kind)s feed has no such column; it has %(columns)s.")
                    % {"part": name, "key": key, "kind": kind.name, "columns": ", ".join(sorted(ours))}
                )
        parts[name] = part
    for name in ("columns", "constants"):
        for key, value in parts[name].items():
            if not isinstance(value, str) or not value.strip():
                faults.append(_("%(part)s.%(key)s: must be one text.") % {"part": name, "key": key})
    for key, translations in parts["values"].items():
        if not isinstance(translations, dict) or not all(isinstance(value, str) for value in translations.values()):
            faults.append(_("values.%(key)s: must be a mapping from their value to ours.") % {"key": key})
    for key in parts["columns"].keys() & parts["constants"].keys():
        faults.append(_("constants.%(key)s: this column is named under columns, too.") % {"key": key})
    if faults:
        raise Unusable(_("The mapping cannot be used."), faults)
    return Mapping(
        columns={key: value.strip() for key, value in parts["columns"].items()},
        values={
            key: {theirs.strip(): value.strip() for theirs, value in translations.items()}
            for key, translations in parts["values"].items()
        },
        constants={key: value.strip() for key, value in parts["constants"].items()},
    )
