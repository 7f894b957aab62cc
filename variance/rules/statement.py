"""What a statement says, as one text, so that a hash can prove it was not touched."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def plain(number: Decimal | None, places: int = 0) -> str | None:
    """A number as text, exact, without an exponent, with at least `places` decimals and no zeros after them.

    >>> plain(Decimal("42.000000"), 2), plain(Decimal("0.566667")), plain(Decimal("1.000000"))
    ('42.00', '0.566667', '1')
    """
    if number is None:
        return None
    text = format(number.normalize(), "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.ljust(places, "0")
    text = f"{whole}.{fraction}" if fraction else whole
    return text.removeprefix("-") if not number else text


def content_hash(heading: Mapping[str, Any], total: Decimal, lines: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 of heading, total and lines in canonical JSON (keys in order, no spaces), in hexadecimal."""
    content = {"heading": heading, "total": plain(total), "lines": list(lines)}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
