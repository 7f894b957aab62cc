"""How a register is sealed: a chain of digests, each signed. Plain Python, so that anybody can work it out again.

    digest    = SHA-256 of the canonical JSON of {contract, seal, first, last, entries, previous, sealed_at}
    signature = HMAC-SHA-256 of the digest's 64 characters, with a key that is not in the database
    key       = the first 16 characters of the SHA-256 of that key

`entries` are the SHA-256 of the entries, in order, as `authorizations/sql/register_contents.sql` writes them down.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Content:
    """What one seal says."""

    contract: str
    number: int
    first: int
    last: int
    entries: Sequence[str]
    previous: str
    sealed_at: datetime


def digest_of(content: Content) -> str:
    text = json.dumps(
        {
            "contract": content.contract,
            "seal": content.number,
            "first": content.first,
            "last": content.last,
            "entries": list(content.entries),
            "previous": content.previous,
            "sealed_at": content.sealed_at.astimezone(UTC).isoformat(),
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def key_name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def signature_of(digest: str, key: str) -> str:
    return hmac.new(key.encode(), digest.encode(), hashlib.sha256).hexdigest()


def signed_by(digest: str, signature: str, name: str, keys: Sequence[str]) -> bool | None:
    """Whether the signature is good; None where none of the keys has the name."""
    key = next((key for key in keys if key_name(key) == name), None)
    return None if key is None else hmac.compare_digest(signature_of(digest, key), signature)
