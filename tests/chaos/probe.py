"""A contact each 0.1 s through the whole path: when it was seen that something is broken, and until when."""

import asyncio
import statistics
from collections import Counter
from time import perf_counter
from typing import NamedTuple

from loadgen.engine import Client
from loadgen.watch.sentinel import Sentinel

EVERY_S = 0.1
_LOOK_EVERY_S = 0.1
SLOWEST_S = 1.5
"""A probe that takes longer has met something broken; a quiet machine needs some 0.2 s."""

STEADY_S = 2.0
_TIMEOUT_S = 12.0
_SLACK = 3.0


class Probed(NamedTuple):
    """A probe that was due at `due` and known to be good or bad at `known`, both on perf_counter's clock."""

    due: float
    known: float
    good: bool
    how: str


class Probes:
    """Sends them until stopped."""

    def __init__(self, gateway: str, queue: str, run: str, every_s: float = EVERY_S) -> None:
        self.done: list[Probed] = []
        self.limit_s, self._every_s = SLOWEST_S, every_s
        self._client = Client(gateway, 512, _TIMEOUT_S)
        self._sentinel = Sentinel(self._client, run, queue, _TIMEOUT_S, _LOOK_EVERY_S)
        self._due: dict[int, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Probes":
        await self._client.__aenter__()
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in (self._running, *self._tasks):
            if task:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._client.close()

    def median_s(self, since: float) -> float:
        """Of those due since then; what failed or is on its way counts as slow as can be."""
        took = [
            one.known - one.due if one.how == "ok" else _TIMEOUT_S for one in self.done if one.due >= since
        ]
        took += [_TIMEOUT_S for due in self._due.values() if since <= due < perf_counter() - self.limit_s]
        return statistics.median(took) if took else _TIMEOUT_S

    def told(self, since: float) -> str:
        """How many came to what."""
        how = Counter(one.how for one in self.done if one.due >= since)
        under_way = sum(due >= since for due in self._due.values())
        return ", ".join(f"{count} {name}" for name, count in [*how.items(), ("under way", under_way)])

    def calibrate(self, since: float) -> float:
        """Takes for usual what probes have needed since then; returns the limit of a good one (s)."""
        self.limit_s = min(max(SLOWEST_S, _SLACK * self.median_s(since)), _TIMEOUT_S - 1.0)
        return self.limit_s

    def first_bad(self, since: float) -> float | None:
        """When it was known of the first one due since then that it is bad, or late."""
        # One that is late was known to be bad when its time was over.
        known = [
            min(one.known, one.due + self.limit_s) for one in self.done if one.due >= since and not one.good
        ]
        late = [due + self.limit_s for due in self._due.values() if due >= since]
        found = [at for at in (*known, *late) if at <= perf_counter()]
        return min(found, default=None)

    def good_since(self, since: float) -> float | None:
        """From when on every probe that is due since then is good, where that lasts for STEADY_S."""
        bad = [one.due for one in self.done if one.due >= since and not one.good]
        late = [due for due in self._due.values() if perf_counter() - due > self.limit_s]
        begun = max([*bad, *[due for due in late if due >= since]], default=None)
        again = since if begun is None else begun + self._every_s
        good = [one for one in self.done if one.due >= again and one.good]
        if not good or max(one.due for one in good) - again < STEADY_S:
            return None
        return again

    async def _run(self) -> None:
        number, began = 0, perf_counter()
        while True:
            number += 1
            due = began + number * self._every_s
            await asyncio.sleep(max(due - perf_counter(), 0))
            task = asyncio.create_task(self._probe(number, due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _probe(self, number: int, due: float) -> None:
        self._due[number] = due
        try:
            passed = await self._sentinel.send(number, due)
        finally:
            del self._due[number]
        known = perf_counter()
        good = passed.how == "ok" and known - due <= self.limit_s
        self.done.append(Probed(due, known, good, passed.how))
