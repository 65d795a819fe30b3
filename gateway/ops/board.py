"""What the prober has gathered, alerts and load tests, as Redis has them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.answers import Answer, busy, ok
from gateway.ops.hour import hour_of
from schemas.codec import encode
from schemas.ops import (
    ALERTS_KEY,
    HOUR_KEY,
    HOUR_S,
    MARKS_KEY,
    NOW_KEY,
    Alert,
    Mark,
    Overview,
    decode_alert,
    decode_mark,
    decode_now,
    decode_point,
    forgotten,
)

log = logging.getLogger(__name__)
T = TypeVar("T")
_FRESH_S = 0.5
_SHOWN = 100
_UNREADABLE = (RedisError, OSError, TimeoutError, msgspec.MsgspecError)


class Board:
    """Reads the present twice a second at the most, however many look."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._answer: Answer | None = None
        self._read_at = -_FRESH_S
        self._reading = asyncio.Lock()

    async def now(self) -> Answer:
        """The present. Raises Refused (503) where nobody gathers it, or it can't be read."""
        async with self._reading:
            if time.monotonic() - self._read_at >= _FRESH_S:
                # A failure counts as long as an answer: all who wait here meanwhile need not try in turn.
                self._answer, self._read_at = None, time.monotonic()
                self._answer = await self._read(self._now)
        if self._answer is None:
            raise busy("Nobody gathers how the platform is doing, or it can't be read now")
        return self._answer

    async def hour(self, step_s: int, now_ms: int) -> Answer:
        """The last hour in steps. Raises Refused (503)."""
        found = await self._read(lambda: self._hour(step_s, now_ms))
        if found is None:
            raise busy("The last hour can't be read now")
        return found

    async def keep_alerts(self, alerts: Iterable[Alert]) -> None:
        """Each in place of what was known of it. Raises Refused (503)."""
        await self._keep(ALERTS_KEY, {one.key: encode(one) for one in alerts})

    async def mark(self, run: str) -> Mark | None:
        """What is known of a load test. Raises Refused (503)."""
        return {one.run: one for one in await self._written(self._marks)}.get(run)

    async def keep_mark(self, mark: Mark) -> None:
        """A load test, in place of what was known of it. Raises Refused (503)."""
        await self._keep(MARKS_KEY, {mark.run: encode(mark)})

    async def _now(self) -> Answer | None:
        found = await self.redis.get(NOW_KEY)
        if not found:
            return None
        alerts, marks = await self._alerts(), await self._marks()
        return ok(Overview(now=decode_now(found), alerts=alerts[:_SHOWN], marks=marks))

    async def _hour(self, step_s: int, now_ms: int) -> Answer:
        since = f"{now_ms // 1000 - HOUR_S}-0"
        entries: Any = await self.redis.xrange(HOUR_KEY, min=since)
        points = [decode_point(fields[b"p"]) for _, fields in entries]
        return ok(hour_of(points, step_s, await self._alerts(), await self._marks()))

    async def _alerts(self) -> tuple[Alert, ...]:
        """Newest first."""
        found = map(decode_alert, await self.redis.hvals(ALERTS_KEY))
        return tuple(sorted(found, key=lambda one: -one.began_ms))

    async def _marks(self) -> tuple[Mark, ...]:
        found = map(decode_mark, await self.redis.hvals(MARKS_KEY))
        return tuple(sorted(found, key=lambda one: -one.began_ms))

    async def _keep(self, key: str, values: Mapping[Any, Any]) -> None:
        if values:
            await self._written(lambda: self.redis.hset(key, mapping=values))
            await self._written(lambda: self._forget(key))

    async def _forget(self, key: str) -> None:
        found = await self.redis.hgetall(key)
        began = {name: msgspec.json.decode(value)["began_ms"] for name, value in found.items()}
        if old := forgotten(began, int(time.time() * 1000)):
            await self.redis.hdel(key, *old)

    async def _read(self, work: Callable[[], Awaitable[T]]) -> T | None:
        try:
            return await work()
        except _UNREADABLE as error:
            log.warning("what the ops page shows can't be read: %r", error)
            return None

    async def _written(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except _UNREADABLE as error:
            raise busy("Redis does not answer: nothing was kept") from error
