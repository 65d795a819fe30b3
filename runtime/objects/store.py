"""What a store of objects can do."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple, Protocol


class Unavailable(Exception):
    """The store does not answer, or refuses us: its text says which."""


class Stored(NamedTuple):
    """An object as a list has it."""

    key: str
    size: int
    changed_at: datetime


class Unread(NamedTuple):
    """An object that is about to be read, once."""

    size: int
    chunks: AsyncIterator[bytes]


class ObjectStore(Protocol):
    """Objects by key, `folder/name`, of characters that file names may have. All raise Unavailable."""

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        """Stores it whole or not at all; when this returns it is durable."""

    async def size(self, key: str) -> int | None:
        """In bytes; None where there is none."""

    async def read(self, key: str) -> Unread | None:
        """The object, or None where there is none."""

    async def delete(self, key: str) -> None:
        """Also of what is not there."""

    def list(self, folder: str = "") -> AsyncIterator[list[Stored]]:
        """All objects, or those whose key begins with `folder` (which ends in a slash), lot by lot."""
        ...

    async def close(self) -> None:
        """Nothing is asked of it any more."""
