"""What the gateway gives a browser to keep, and nobody else can read or make: sealed texts."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

T = TypeVar("T", bound=msgspec.Struct)
_encode = msgspec.json.Encoder().encode


class Broken(ValueError):
    """The text is not sealed by us for this, or too old."""


class Seal:
    """Fernet (AES-128-CBC, HMAC-SHA256) with a key of its own for each `use`, derived from the secret: what
    is sealed for one can't be opened as another."""

    def __init__(self, secret: str, use: str) -> None:
        key = HKDF(SHA256(), 32, None, f"aicc {use}".encode()).derive(secret.encode())
        self._fernet = Fernet(urlsafe_b64encode(key))

    def closed(self, kept: msgspec.Struct) -> str:
        """The sealed text."""
        return self._fernet.encrypt(_encode(kept)).decode()

    def opened(self, text: str, decode: Callable[[bytes], T], valid_s: int) -> T:
        """What was sealed at most so long ago. Raises Broken."""
        try:
            return decode(self._fernet.decrypt(text.encode(), valid_s))
        except (InvalidToken, ValueError) as error:
            raise Broken("it is not sealed by us, or too old") from error
