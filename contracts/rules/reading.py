"""From the text of a YAML or JSON file to plain values, without guessing.

What comes out: text, whole numbers, exact decimals (a number with a point is never a float), booleans, lists and
mappings with text keys. Dates stay text. Empty values are dropped: an empty value counts as left out. Text that only
looks like an old-style number (010, 1_000, 12:30) stays text.
"""

import json
import re
from collections.abc import Hashable
from decimal import Decimal
from typing import Any, Literal

import yaml

Format = Literal["yaml", "json"]

LARGEST_BYTES = 1_000_000
MOST_VALUES = 50_000
DEEPEST = 30


class Unreadable(Exception):
    """The text is no YAML or JSON document that can be taken apart safely. The message is for its author."""


class _Loader(yaml.SafeLoader):
    """YAML without surprises: exact numbers, no dates, no duplicate keys, bounded depth."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        if self.depth > 2 * DEEPEST:  # a mapping and its value are two nodes
            raise Unreadable(f"It is nested more than {DEEPEST} deep.")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] in {"bool", "null", "merge"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"), list("-+.0123456789")
)


def _int(loader: _Loader, node: yaml.ScalarNode) -> int | str:
    return _whole(node.value)


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= 30 else text


def _decimal(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(node.value)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    """A mapping whose keys are the text that stands there (`on`, `2026` and `null` are words here)."""
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Unreadable(f"Line {key.start_mark.line + 1}: a key must be a word, not a list or a mapping.")
        if key.value in seen:
            raise Unreadable(f"Line {key.start_mark.line + 1}: the key '{key.value}' is there twice.")
        seen.add(key.value)
    loader.flatten_mapping(node)
    # merged-in keys come first, so that a key written here overrides them
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _size(node: yaml.Node, known: dict[int, int], open_nodes: set[int]) -> int:
    """How many values the node stands for once every alias is followed."""
    if id(node) in open_nodes:
        raise Unreadable(f"Line {node.start_mark.line + 1}: a value contains itself.")
    if id(node) not in known:
        open_nodes.add(id(node))
        inner: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            inner = list(node.value)
        elif isinstance(node, yaml.MappingNode):
            inner = [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_size(part, known, open_nodes) for part in inner)
        open_nodes.discard(id(node))
    return known[id(node)]


def _read_yaml(text: str) -> Any:
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise Unreadable("It is empty.")
            if _size(node, {}, set()) > MOST_VALUES:
                raise Unreadable(f"It holds more than {MOST_VALUES} values (aliases counted each time they are used).")
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise Unreadable(f"{where}{error.problem or error.context}.") from None
    except yaml.reader.ReaderError as error:
        raise Unreadable(f"Character {error.position + 1} is not allowed in YAML: {error.reason}.") from None
    except (ValueError, ArithmeticError) as error:  # a value tagged as something that it is not
        raise Unreadable(f"{error}.") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(f"The key '{key}' is there twice in one mapping.")
        found[key] = value
    return found


def _read_json(text: str) -> Any:
    def refused(constant: str) -> Any:
        raise Unreadable(f"{constant} is not a number.")

    try:
        return json.loads(text, parse_float=Decimal, parse_int=_whole, parse_constant=refused, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        raise Unreadable(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None


def _filled(value: Any, depth: int) -> Any:
    """The value without empty ones inside mappings; refuses what is too deep."""
    if depth > DEEPEST:
        raise Unreadable(f"It is nested more than {DEEPEST} deep.")
    if isinstance(value, dict):
        return {key: _filled(inner, depth + 1) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_filled(inner, depth + 1) for inner in value]
    return value


def decoded(content: bytes) -> str:
    """The file as text. Raises Unreadable when it is too large or not UTF-8."""
    if len(content) > LARGEST_BYTES:
        raise Unreadable(f"It is larger than {LARGEST_BYTES // 1000} kB, which no contract is.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"It is not UTF-8 text (byte {error.start + 1}).") from None


def read(text: str, form: Format) -> dict[Hashable, Any]:
    """The document as plain values. Raises Unreadable."""
    if len(text) > LARGEST_BYTES:
        raise Unreadable(f"It is larger than {LARGEST_BYTES // 1000} kB, which no contract is.")
    try:
        value = _filled(_read_yaml(text) if form == "yaml" else _read_json(text), 0)
    except RecursionError:
        raise Unreadable(f"It is nested more than {DEEPEST} deep.") from None
    if not isinstance(value, dict):
        raise Unreadable("It must be a mapping of keys, beginning with `schema:`.")
    return value
