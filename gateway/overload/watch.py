"""Looks at all that tells of too much work, and moves the admission by it."""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.outbox import Outbox
from gateway.overload.admission import Signals
from gateway.overload.door import Door
from gateway.overload.standing import Stages, Standing
from gateway.settings import GatewaySettings
from runtime.metrics import (
    ADMISSION_BUDGET,
    ADMISSION_LEVEL,
    ADMISSION_PRESSURE,
    ADMISSION_REJECTED,
    ADMISSION_SIGNAL_AGE,
    REQUESTS,
)
from schemas.lag import KEY, decode_lag
from schemas.topics import CONVERSATIONS_APP, ROUTING_APP

log = logging.getLogger(__name__)
_LOOK_S, _TICK_S = 0.02, 0.1
_READ_EVERY_S = 0.5
_CALM_S = 2.0
_FULL = 0.5


class Lags:
    """The prober's measurements, as Redis has them; each is news once."""

    def __init__(self, redis: Redis, stages: Stages, now: Callable[[], float]) -> None:
        self._redis = redis
        self._stages = stages
        self._now = now
        self._at_ms = 0
        self._heard: float | None = None
        self._news: Standing | None = None

    async def run(self) -> None:
        """Until cancelled. What can't be read is as if it were not there: it grows old."""
        while True:
            try:
                value: bytes | None = await self._redis.get(KEY)  # type: ignore[assignment]
                self._take(value)
            except (RedisError, OSError, TimeoutError, msgspec.DecodeError) as error:
                log.debug("the lag can't be read: %r", error)
            await asyncio.sleep(_READ_EVERY_S)

    def news(self) -> Standing | None:
        """What has come since it was asked last."""
        news, self._news = self._news, None
        return news

    def age_s(self) -> float | None:
        """Since the newest measurement came; None where there never was one."""
        return None if self._heard is None else self._now() - self._heard

    def _take(self, value: bytes | None) -> None:
        lag = decode_lag(value) if value else None
        if lag is None or lag.at_ms == self._at_ms:
            return
        self._at_ms, self._heard = lag.at_ms, self._now()
        self._news = self._stages.hear(lag)


class Watch:
    """Ticks the admission of `door`."""

    def __init__(self, settings: GatewaySettings, redis: Redis, outbox: Outbox, door: Door) -> None:
        near, far = settings.lag_target_s, settings.store_lag_target_s
        targets = {CONVERSATIONS_APP: near, ROUTING_APP: near, "notifier": near, "persister": far}
        self.lags = Lags(redis, Stages(targets), monotonic)
        self._settings = settings
        self._outbox = outbox
        self._door = door
        self._refusing_until: float | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            began, looks = monotonic(), 0
            while (passed_s := monotonic() - began) < _TICK_S:
                await asyncio.sleep(_LOOK_S)
                looks += 1
            # Also by what others have of the processors: most of them work for what was admitted here.
            self._tick(passed_s / looks - _LOOK_S)

    def _tick(self, late_s: float) -> None:
        settings, age_s, admission = self._settings, self.lags.age_s(), self._door.admission
        pressures = {
            "loop": late_s / settings.loop_target_s,
            "produce": self._outbox.took_s() / settings.produce_target_s,
            "in_flight": self._outbox.in_flight / (settings.max_in_flight * _FULL),
        }
        news = self.lags.news()
        fresh = None if age_s is None else age_s < settings.lag_stale_s
        now = monotonic()
        admission.tick(now, Signals(max(pressures.values()), news, fresh))
        if news is not None:
            pressures["stages"] = news.pressure
        for signal, pressure in pressures.items():
            ADMISSION_PRESSURE.labels(signal).set(pressure)
        ADMISSION_SIGNAL_AGE.set(-1.0 if age_s is None else age_s)
        self._tell(now)

    def _tell(self, now: float) -> None:
        """Metrics; and one line in the log when refusing begins, and one when it has ended."""
        admission = self._door.admission
        ADMISSION_LEVEL.set(admission.level)
        ADMISSION_BUDGET.set(-1.0 if admission.budget is None else admission.budget)
        for (kind, reason), number in self._door.take_refused().items():
            ADMISSION_REJECTED.labels(kind.label if kind is not None else "any", reason.value).inc(number)
        for (method, path, status), number in self._door.take_answered().items():
            REQUESTS.labels(method, path, str(status)).inc(number)
        if admission.level > 0:
            if self._refusing_until is None:
                log.warning("more is asked than gets done: %.0f%% is refused", admission.level * 100)
            self._refusing_until = now + _CALM_S
        elif self._refusing_until is not None and now > self._refusing_until:
            self._refusing_until = None
            log.warning("nothing is refused any more")
