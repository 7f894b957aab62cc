"""One text for one content: what a digest is taken of, whatever file it came from."""

import hashlib
import json
from typing import Any

from contracts.rules.document import ContractDocument


def content(document: ContractDocument) -> dict[str, Any]:
    """The document as JSON values, exactly what its author stated: decimals as text, no defaults filled in."""
    return document.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)


def canonical(values: dict[str, Any]) -> str:
    """Keys in order, no spaces, no escapes beyond what JSON demands."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(values: dict[str, Any]) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(values).encode()).hexdigest()
