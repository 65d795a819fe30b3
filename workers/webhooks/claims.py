"""Deliveries in Postgres: taken for a while, and what became of them."""

from collections import Counter
from typing import NamedTuple

import asyncpg

from workers.webhooks.retrying import Outcome, Verdict
from workers.webhooks.statements import statement

_GONE = "the endpoint answered 410 Gone"


class Claim(NamedTuple):
    """A delivery that is ours to try until the lease ends; `tries` counts this one."""

    id: int
    endpoint_id: int
    event_id: str
    body: str
    tries: int
    url: str
    secrets: tuple[str, ...]


class Claims:
    """Raises asyncpg's errors, OSError and TimeoutError. `lease_s` is longer than any try takes."""

    _claim = statement("claim")
    _settle = statement("settle")
    _disable = statement("disable")
    _bury = statement("bury")
    _forget = statement("forget")

    def __init__(self, pool: asyncpg.Pool, lease_s: float) -> None:
        self._pool = pool
        self._lease_s = lease_s

    async def take(self, busy: Counter[int], per_endpoint: int, most: int) -> list[Claim]:
        """What is due, `busy` being how many are under way by endpoint."""
        rows = await self._pool.fetch(
            self._claim, list(busy), list(busy.values()), per_endpoint, most, self._lease_s
        )
        return [Claim(**{**row, "secrets": tuple(row["secrets"])}) for row in rows]

    async def settle(self, claim: Claim, outcome: Outcome, verdict: Verdict) -> None:
        """Notes what came of a try; an endpoint that is gone hears of nothing any more."""
        async with self._pool.acquire() as db, db.transaction():
            # In this order: afterwards nothing new is added to what is buried.
            if verdict.gone:
                await db.execute(self._disable, claim.endpoint_id, _GONE)
            await db.execute(
                self._settle,
                claim.id,
                claim.tries,
                verdict.state,
                verdict.wait_s,
                outcome.status,
                outcome.error,
            )
            if verdict.gone:
                await db.execute(self._bury, claim.endpoint_id, _GONE)

    async def forget(self, days: float) -> None:
        """Deletes what has ended and is older."""
        await self._pool.execute(self._forget, days)
