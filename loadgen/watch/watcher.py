"""The watching process's loop: each second the lag, a sentinel, and what the processes hold."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from time import perf_counter

import psutil
from redis.asyncio import Redis
from redis.exceptions import RedisError

from loadgen.capacity.processes import machine_s
from loadgen.engine import Client
from loadgen.soak import sample
from loadgen.watch.seen import MachineSeen, ProcessSeen, Seen, StageSeen, stages_of
from loadgen.watch.sentinel import Passed, Sentinel
from schemas.lag import KEY, decode_lag

_REDIS_S = 0.5
_LATE_S = 25.0
_EVERY = 5
"""Reading what a process holds costs milliseconds: seconds from one time to the next."""

_STALE = 2

Named = Sequence[tuple[str, psutil.Process]]


class Watcher:
    """Tells `told` each second's Seen, in order, once its sentinel is through or given up.

    `redis` is where the prober publishes; a second in which it did not has no stages. `processes` are asked
    for anew every `_EVERY` seconds, so that those that were started again are found.
    """

    def __init__(
        self, redis: Redis, sentinel: Sentinel, processes: Callable[[], Named], told: Callable[[Seen], None]
    ) -> None:
        self._redis, self._sentinel, self._processes, self._told = redis, sentinel, processes, told
        self._lag_at_ms = self._repeats = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; the seconds under way are told before it returns."""
        pending: asyncio.Queue[asyncio.Task[Seen] | None] = asyncio.Queue()
        teller = asyncio.create_task(self._tell(pending))
        began, number = perf_counter(), 0
        while not stop.is_set():
            due = began + number
            await asyncio.sleep(max(0.0, due - perf_counter()))
            pending.put_nowait(asyncio.create_task(self._second(number, due)))
            number += 1
        pending.put_nowait(None)
        await teller

    async def _tell(self, pending: "asyncio.Queue[asyncio.Task[Seen] | None]") -> None:
        while task := await pending.get():
            self._told(await task)

    async def _second(self, number: int, due: float) -> Seen:
        at_ms = time.time_ns() // 1_000_000
        sentinel = asyncio.create_task(self._sentinel.send(number, due))
        stages = await self._stages()
        processes = tuple(
            ProcessSeen(name=found.name, pid=found.pid, pss=found.pss, cpu_s=found.cpu_s)
            for name, process in (() if number % _EVERY else self._processes())
            if (found := sample(0.0, name, process))
        )
        machine = _machine() if processes else None
        try:
            passed = await asyncio.wait_for(sentinel, _LATE_S)
        except TimeoutError:
            passed = Passed(None, "timeout")
        return Seen(
            at_ms=at_ms,
            stages=stages,
            sentinel_ms=passed.ms,
            sentinel=passed.how,
            processes=processes,
            machine=machine,
        )

    async def _stages(self) -> dict[str, StageSeen]:
        """Empty where the prober has told nothing new: an old lag is none."""
        try:
            found = await asyncio.wait_for(self._redis.get(KEY), _REDIS_S)
        except (RedisError, OSError, TimeoutError):
            return {}
        if not found:
            return {}
        lag = decode_lag(found)
        self._repeats = self._repeats + 1 if lag.at_ms == self._lag_at_ms else 0
        self._lag_at_ms = lag.at_ms
        return stages_of(lag) if self._repeats < _STALE else {}


def _machine() -> MachineSeen:
    memory = psutil.virtual_memory()
    return MachineSeen(
        at_s=time.time(),
        cpu_s=machine_s(),
        cpus=os.cpu_count() or 1,
        memory=memory.total,
        used=memory.total - memory.available,
    )


def client_for(gateway: str) -> Client:
    """The sentinel's own connections: it never waits behind the load's."""
    return Client(gateway, connections=64, timeout_s=_LATE_S)
