"""How the contact center is doing, read from Redis when somebody asks."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.answers import Answer, Refused, busy, ok
from gateway.rates import Meter
from schemas import lag
from schemas.codec import encode
from schemas.lag import Lag, decode_lag
from schemas.summary import (
    CENTER_KEY,
    RATES_FRESH_S,
    RATES_KEY,
    Center,
    GatewayRates,
    Rates,
    StageLag,
    Summary,
    decode_center,
    decode_rates,
)

log = logging.getLogger(__name__)
_FRESH_S = 0.25
_TELL_S = 1.0
_FORGOTTEN_S = 600.0


class Summaries:
    """Reads Redis four times a second at the most, however often it is asked."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._answer: Answer | None = None
        self._waiting: Mapping[str, int] = {}
        self._read_at = -_FRESH_S
        self._reading = asyncio.Lock()

    async def answer(self) -> Answer:
        """The summary. Raises Refused (503) where it can't be read, or nobody makes one."""
        async with self._reading:
            if time.monotonic() - self._read_at >= _FRESH_S:
                # A failure counts as long as an answer: all who wait here meanwhile need not try in turn.
                self._answer, self._read_at = await self._read(), time.monotonic()
        if self._answer is None:
            raise busy("Nobody sums up how the contact center is doing, or it can't be read now")
        return self._answer

    async def waiting(self) -> Mapping[str, int]:
        """How many wait by queue, as it was known last."""
        try:
            await self.answer()
        except Refused:
            log.debug("nobody sums up how many wait")
        return self._waiting

    async def tell_rates(self, gateway_id: str) -> None:
        """What this gateway does, once a second; while Redis does not answer nobody hears of it."""
        meter = Meter()
        while True:
            told = GatewayRates(at_ms=time.time_ns() // 1_000_000, rates=meter.read(time.monotonic()))
            try:
                await self._redis.hset(RATES_KEY, gateway_id, encode(told))
            except (RedisError, OSError, TimeoutError) as error:
                log.debug("the rates are not in Redis: %r", error)
            await asyncio.sleep(_TELL_S)

    async def _read(self) -> Answer | None:
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.get(CENTER_KEY)
                pipe.get(lag.KEY)
                pipe.hgetall(RATES_KEY)
                found = await pipe.execute()
            told = {name: decode_rates(value) for name, value in found[2].items()}
            if stale := [name for name, one in told.items() if _age_s(one) > _FORGOTTEN_S]:
                await self._redis.hdel(RATES_KEY, *stale)
            if found[0] is None:
                return None
            measured = decode_lag(found[1]) if found[1] else None
            center = decode_center(found[0])
            self._waiting = {one.now.queue: one.now.waiting for one in center.queues}
            return ok(summary(center, measured, _fresh(told)))
        except (RedisError, OSError, TimeoutError, msgspec.MsgspecError) as error:
            log.warning("the summary can't be read: %r", error)
            return None


def summary(center: Center, measured: Lag | None, told: Iterable[Rates]) -> Summary:
    """What the prober and all gateways say, as one."""
    rates = list(told)
    return Summary(
        at_ms=center.at_ms,
        within_s=center.within_s,
        window_s=center.window_s,
        queues=center.queues,
        pools=center.pools,
        lag_at_ms=measured.at_ms if measured else None,
        lag=_stages(measured) if measured else (),
        gateways=len(rates),
        rates=Rates(**{name: round(sum(getattr(one, name) for one in rates), 1) for name in _RATES}),
    )


def _stages(measured: Lag) -> tuple[StageLag, ...]:
    """Each group with all that it has not read, and the oldest of it."""
    records: dict[str, int] = defaultdict(int)
    for one in measured.partitions:
        records[one.group] += one.records
    return tuple(
        StageLag(stage=group, records=count, seconds=measured.worst_s(group))
        for group, count in sorted(records.items())
    )


def _fresh(told: Mapping[bytes, GatewayRates]) -> list[Rates]:
    return [one.rates for one in told.values() if _age_s(one) <= RATES_FRESH_S]


def _age_s(one: GatewayRates) -> float:
    return time.time() - one.at_ms / 1000


_RATES = Rates.__struct_fields__
