"""Who has signed out: tokens given before are refused, on all gateways, until they would be over anyway."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.security.tokens import Claims

log = logging.getLogger(__name__)
CHANNEL = NAME = "signed-out"
_KEPT_S = 24 * 3600
Called = Callable[[], None]


class SignedOut(msgspec.Struct, frozen=True):
    """Who, and when in Unix seconds."""

    sub: str
    at: int


_decode = msgspec.json.Decoder(SignedOut).decode
_encode = msgspec.json.Encoder().encode


class SignOuts:
    """Kept in Redis for a day, longer than any access token should last. Where Redis is away or lost, tokens
    stay good until they are over."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._at: dict[str, int] = {}
        self._sockets: dict[str, set[Called]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    def covers(self, claims: Claims) -> bool:
        """Whether the token was given before its bearer signed out."""
        return self.ended(claims.sub, claims.iat)

    def ended(self, sub: str, at: int) -> bool:
        """Whether who signed in at that time (Unix seconds) has signed out since, here or elsewhere."""
        return at <= self._at.get(sub, -1)

    def listen(self, sub: str, called: Called) -> Called:
        """Calls when `sub` signs out; returns what ends that."""
        sockets = self._sockets.setdefault(sub, set())
        sockets.add(called)

        def leave() -> None:
            sockets.discard(called)
            if not sockets:
                self._sockets.pop(sub, None)

        return leave

    async def add(self, sub: str) -> None:
        """Tells all gateways, this one at once. Raises RedisError."""
        done = SignedOut(sub, int(time.time()))
        self._take(done)
        pipeline = self._redis.pipeline()
        pipeline.zadd(NAME, {sub: done.at})
        pipeline.zremrangebyscore(NAME, "-inf", done.at - _KEPT_S)
        pipeline.publish(CHANNEL, _encode(done))
        await pipeline.execute()

    def hear(self, payload: bytes | None) -> None:
        """From the bus; None where some may have been missed."""
        if payload is not None:
            self._take(_decode(payload))
            return
        task = asyncio.create_task(self._read())
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read(self) -> None:
        try:
            found: Any = await self._redis.zrange(NAME, 0, -1, withscores=True)
        except (RedisError, OSError) as error:
            log.warning("who has signed out can't be read: %r", error)
            return
        for sub, at in found:
            self._take(SignedOut(sub.decode(), int(at)))

    def _take(self, done: SignedOut) -> None:
        since = done.at - _KEPT_S
        self._at = {sub: at for sub, at in self._at.items() if at > since} | {done.sub: done.at}
        for called in tuple(self._sockets.get(done.sub, ())):
            called()
