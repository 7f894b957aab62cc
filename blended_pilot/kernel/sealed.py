"""Short secrets that must be read back, sealed with a key that is not in the database."""

import base64
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

SHORTEST_KEY = 32  # characters


class Unopened(Exception):
    """None of the keys opens it: the one that sealed it has been taken away, or the text was changed."""


def seal(text: str, keys: Sequence[str]) -> str:
    """`text` encrypted and authenticated with the first key."""
    return _cipher(keys).encrypt(text.encode()).decode()


def unseal(sealed: str, keys: Sequence[str]) -> str:
    """What was sealed with any of the keys. Raises Unopened."""
    try:
        return _cipher(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unopened("No key opens this secret.") from None


def reseal(sealed: str, keys: Sequence[str]) -> str:
    """The same secret under the first key. Raises Unopened."""
    return seal(unseal(sealed, keys), keys)


def _cipher(keys: Sequence[str]) -> MultiFernet:
    """Keys are long random texts; their SHA-256 is the key of the cipher, so any generator will do."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])
