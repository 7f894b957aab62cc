"""What a JSON body must be before anything looks inside it."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

LARGEST_BYTES = 2_000_000
DEEPEST = 40
LONGEST_NUMBER = 60  # digits; nothing here counts further
SURROGATES = range(0xD800, 0xE000)


class Unfit(Exception):
    """The body cannot be taken; its text says why."""


class GuardedJSONParser(BaseParser):
    """JSON whose every reading is the same: one UTF-8 object, no key twice, nothing that the database cannot hold.

    Numbers with a point are Decimal: money never passes through a float.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            return read(stream.read(LARGEST_BYTES + 1))
        except Unfit as error:
            raise ParseError(str(error)) from None


def read(raw: bytes) -> dict[str, Any]:
    """The object that `raw` states. Raises Unfit with a sentence."""
    if len(raw) > LARGEST_BYTES:
        raise Unfit(_("The body is larger than %(most)s bytes.") % {"most": LARGEST_BYTES})
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unfit(_("The body is not UTF-8 text.")) from None
    try:
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise Unfit(
            _("The body is not JSON: line %(line)s, column %(column)s.") % {"line": error.lineno, "column": error.colno}
        ) from None
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(found, dict):
        raise Unfit(_("The body must be a JSON object."))
    _check(found)
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Unfit(_("The key %(key)s stands twice in one object.") % {"key": ascii(twice)})
    return found


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise Unfit(_("A number has more than %(most)s digits.") % {"most": LONGEST_NUMBER})
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Unfit(_("A number is beyond what can be counted.")) from None
    if len(text) > LONGEST_NUMBER or abs(number.adjusted()) > LONGEST_NUMBER:
        raise Unfit(_("A number has more than %(most)s digits.") % {"most": LONGEST_NUMBER})
    return number


def _constant(text: str) -> Any:
    raise Unfit(_("%(text)s is not a JSON number.") % {"text": text})


def _check(body: dict[str, Any]) -> None:
    ahead: list[tuple[Any, int]] = [(body, 1)]
    while ahead:
        value, depth = ahead.pop()
        if depth > DEEPEST:
            raise _too_deep()
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, dict):
            ahead += [(inner, depth + 1) for pair in value.items() for inner in pair]
        elif isinstance(value, list):
            ahead += [(inner, depth + 1) for inner in value]


def _check_text(text: str) -> None:
    if "\0" in text:
        raise Unfit(_("A text holds the character NUL."))
    if any(ord(character) in SURROGATES for character in text):
        raise Unfit(_("A text holds half of a surrogate pair."))


def _too_deep() -> Unfit:
    return Unfit(_("The body is nested deeper than %(most)s levels.") % {"most": DEEPEST})
