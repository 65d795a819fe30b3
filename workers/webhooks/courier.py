"""Takes what is due and tries it: many at a time, few of one endpoint, so that a slow one holds up nobody."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

from runtime.about import about
from runtime.metrics import WEBHOOK_SECONDS, WEBHOOK_TRIES
from workers.backoff import persist
from workers.postgres import PASSING
from workers.webhooks.claims import Claim, Claims
from workers.webhooks.retrying import judge
from workers.webhooks.sending import Sender
from workers.webhooks.settings import WebhooksSettings

log = logging.getLogger(__name__)
_FORGET_EVERY_S = 600.0
T = TypeVar("T")


class Courier:
    """Runs until `stop`. Raises WorkerError where Postgres stays away, and whatever is a bug."""

    def __init__(self, claims: Claims, sender: Sender, settings: WebhooksSettings) -> None:
        self._claims = claims
        self._sender = sender
        self._settings = settings
        self._chance = Random()
        self._tries: dict[asyncio.Task[None], int] = {}
        self._forgotten = 0.0

    async def run(self, stop: asyncio.Event, woken: asyncio.Event) -> None:
        """`woken` says that something may be due; otherwise it looks every `poll_s`."""
        while not stop.is_set():
            woken.clear()
            await self._forget_now_and_then()
            for claim in await self._take():
                self._tries[asyncio.create_task(self._try(claim))] = claim.endpoint_id
            await self._wait(stop, woken)
        if self._tries:
            await asyncio.wait(self._tries)

    async def _take(self) -> list[Claim]:
        room = self._settings.in_flight - len(self._tries)
        busy, each = Counter(self._tries.values()), self._settings.in_flight_per_endpoint
        if room <= 0:
            return []
        return await self._persist(lambda: self._claims.take(busy, each, room), "taking deliveries")

    async def _wait(self, stop: asyncio.Event, woken: asyncio.Event) -> None:
        """Until a try has ended or something else is due. Raises what a try raised."""
        signals = [asyncio.create_task(event.wait()) for event in (stop, woken)]
        done, _ = await asyncio.wait(
            {*signals, *self._tries},
            timeout=self._settings.poll_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for signal in signals:
            signal.cancel()
        for ended in [task for task in self._tries if task in done]:
            del self._tries[ended]
            ended.result()

    async def _try(self, claim: Claim) -> None:
        began = time.monotonic()
        outcome = await self._sender.send(claim)
        WEBHOOK_SECONDS.observe(time.monotonic() - began)
        verdict = judge(outcome, claim.tries, self._settings.schedule, self._chance)
        WEBHOOK_TRIES.labels(verdict.state).inc()
        if verdict.gone:
            told = about(endpoint=claim.endpoint_id, delivery=claim.id)
            log.warning("an endpoint answered 410 Gone: it is disabled", extra=told)
        await self._persist(lambda: self._claims.settle(claim, outcome, verdict), "noting a try")

    async def _forget_now_and_then(self) -> None:
        now = time.monotonic()
        if now - self._forgotten >= _FORGET_EVERY_S or not self._forgotten:
            self._forgotten = now
            await self._persist(lambda: self._claims.forget(self._settings.keep_days), "forgetting")

    async def _persist(self, attempt: Callable[[], Awaitable[T]], what: str) -> T:
        return await persist(attempt, PASSING, self._settings.patience_s, what)
