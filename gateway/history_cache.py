"""Pages of history that are kept in Redis for a moment: docs/decisions/0017."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from secrets import token_hex
from typing import NamedTuple

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.filters import Filters
from gateway.history import Consultation, Page
from gateway.paging import Cursor
from gateway.settings import GatewaySettings
from runtime.metrics import HISTORY_CACHE
from runtime.redis_client import bounded_client
from schemas.codec import encode
from schemas.history_versions import ALL, EPOCH, KEY, NAMES, agent_tag, customer_tag

log = logging.getLogger(__name__)
_CONNECTIONS = 4
_MOST_BYTES = 256 * 1024
"""Of a page that is kept."""

_AWAY = (RedisError, OSError, TimeoutError)
_SHAPE = (*Page.__struct_fields__, *Consultation.__struct_fields__)
_packed = msgspec.msgpack.Encoder().encode


class Kept(NamedTuple):
    """A page as it was answered, and the versions from before it was read."""

    versions: tuple[str, ...]
    body: bytes


class Seen(NamedTuple):
    """What Redis had before Postgres was asked; `now_us` by its clock. Without versions nothing is kept."""

    versions: tuple[str, ...] | None
    kept: Kept | None
    now_us: int


_kept = msgspec.msgpack.Decoder(Kept).decode


def tags_of(filters: Filters) -> tuple[str, ...]:
    """Whatever changes a page of these filters raises one of them. On a customer's page there is no
    other customer's name, on an agent's there are any, and who has a phone only all together tell."""
    if filters.phone:
        return EPOCH, ALL
    if filters.customer_id:
        return EPOCH, customer_tag(filters.customer_id)
    if filters.agent_id:
        return EPOCH, NAMES, agent_tag(filters.agent_id)
    return EPOCH, ALL


def key_of(filters: Filters, after: Cursor | None, limit: int) -> str:
    """Of what is asked, and what the reader may see (`filters.pool`). Pages of another release, which may
    have other fields, have other keys."""
    return "history:" + sha256(_packed((filters, after, limit, _SHAPE))).hexdigest()


def serves(seen: Seen) -> bytes | None:
    """The page, where nothing of it was changed since."""
    return seen.kept.body if seen.kept and seen.kept.versions == seen.versions else None


class HistoryCache:
    """Pages for `kept_s` after their versions were read; 0: none. Redis has `wait_s` to answer."""

    def __init__(self, redis: Redis, kept_s: float, wait_s: float) -> None:
        self._redis, self._kept_s, self._wait_s = redis, kept_s, wait_s

    async def page(
        self, filters: Filters, after: Cursor | None, limit: int, ask: Callable[[], Awaitable[Page]]
    ) -> bytes:
        """The page as JSON: a kept one, or what `ask` gives. Raises what that does."""
        if not self._kept_s:
            return encode(await ask())
        key = key_of(filters, after, limit)
        seen = await self._look(key, tags_of(filters))
        if seen and (body := serves(seen)):
            HISTORY_CACHE.labels("hit").inc()
            return body
        HISTORY_CACHE.labels("miss" if seen else "error").inc()
        body = encode(await ask())
        if seen and seen.versions and len(body) <= _MOST_BYTES:
            await self._keep(key, Kept(seen.versions, body), seen.now_us)
        return body

    async def forget(self) -> None:
        """When it returns no page is served any more that was read before."""
        if not self._kept_s:
            return
        try:
            async with asyncio.timeout(self._wait_s):
                await self._redis.hset(KEY, EPOCH, token_hex(8))
        except _AWAY as error:
            log.warning("cached pages of history are left to end by themselves: %r", error)
            await asyncio.sleep(self._kept_s)

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose(close_connection_pool=True)

    async def _look(self, key: str, tags: Sequence[str]) -> Seen | None:
        try:
            async with asyncio.timeout(self._wait_s):
                pipe = self._redis.pipeline(transaction=False)
                # The versions first: an entry that comes between the two is newer than it need be.
                pipe.hmget(KEY, list(tags))
                pipe.get(key)
                pipe.time()
                found = await pipe.execute()
                if found[0][0] is None:
                    await self._redis.hsetnx(KEY, EPOCH, token_hex(8))
            return seen_of(*found)
        except (*_AWAY, msgspec.MsgspecError) as error:
            log.debug("the cache of history can't be read: %r", error)
            return None

    async def _keep(self, key: str, kept: Kept, now_us: int) -> None:
        """As of when the versions were read, so that one which comes late is not there for longer."""
        until_ms = now_us // 1000 + round(self._kept_s * 1000)
        try:
            async with asyncio.timeout(self._wait_s):
                await self._redis.set(key, _packed(kept), pxat=until_ms)
        except _AWAY as error:
            log.debug("a page of history is not kept: %r", error)


def seen_of(versions: Sequence[bytes | None], entry: bytes | None, time: tuple[int, int]) -> Seen:
    """What the commands of `_look` gave. Raises msgspec.MsgspecError for an entry that none is."""
    epoch, *numbers = versions
    told = None if epoch is None else (epoch.decode(), *((number or b"0").decode() for number in numbers))
    return Seen(told, _kept(entry) if entry else None, time[0] * 1_000_000 + time[1])


def history_cache(settings: GatewaySettings) -> HistoryCache:
    """On connections of its own: the feeds' are not for who can do without."""
    wait_s = settings.history_cache_wait_s
    redis = bounded_client(
        settings.redis_url,
        most=_CONNECTIONS,
        wait_s=wait_s,
        socket_connect_timeout=wait_s,
        socket_timeout=wait_s,
        retry=Retry(NoBackoff(), 0),
    )
    return HistoryCache(redis, settings.history_cache_s, wait_s)
