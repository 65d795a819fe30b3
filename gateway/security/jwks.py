"""The issuer's public keys, read again in time and when a token names one that is not known."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import httpx
import msgspec

from gateway.security.keys import Key, keys_in
from gateway.security.tokens import KeyPending

log = logging.getLogger(__name__)
Locate = Callable[[httpx.AsyncClient], Awaitable[str]]
Unread = (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, OSError)
"""What reading from an issuer raises that may pass."""


class Jwks:
    """The keys at the address that `locate` gives. Requests never wait for the issuer: one with an unknown
    key makes it be asked, at most once in `floor_s`, and is told to come again."""

    def __init__(self, locate: Locate, every_s: float, floor_s: float) -> None:
        self._locate = locate
        self._every_s = every_s
        self._floor_s = floor_s
        self._keys: dict[str, Key] = {}
        self._wanted = asyncio.Event()
        self._asked_at = float("-inf")

    @property
    def known(self) -> bool:
        """Keys are there."""
        return bool(self._keys)

    def find(self, kid: str) -> Key | None:
        """The key of that id, or the only one for an empty id. Raises KeyPending."""
        key = self._keys.get(kid) if kid or len(self._keys) != 1 else next(iter(self._keys.values()))
        if key is None and self._may_be_new():
            self._wanted.set()
            raise KeyPending
        return key

    async def run(self, client: httpx.AsyncClient) -> None:
        """Until cancelled. What can't be read leaves the keys as they are."""
        while True:
            try:
                self._keys = await self._read(client)
            except Unread as error:
                log.warning("the issuer's keys can't be read: %r", error)
            self._asked_at = time.monotonic()
            self._wanted.clear()
            await asyncio.sleep(self._floor_s)
            try:
                async with asyncio.timeout(self._every_s if self._keys else 0):
                    await self._wanted.wait()
            except TimeoutError:
                pass

    def _may_be_new(self) -> bool:
        return not self._keys or self._wanted.is_set() or time.monotonic() - self._asked_at >= self._floor_s

    async def _read(self, client: httpx.AsyncClient) -> dict[str, Key]:
        answer = await client.get(await self._locate(client))
        return keys_in(answer.raise_for_status().content)
