"""Closed-loop load for benches: N connections, each sends its next request as soon as it has its answer."""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from hdrh.histogram import HdrHistogram

from loadgen.engine.address import Address, with_body
from loadgen.engine.answer import Failure
from loadgen.engine.latencies import Latencies
from loadgen.engine.protocol import HttpProtocol

_SWEEP_S = 0.1
_BACKOFF_S = (0.05, 1.0)


@dataclass(frozen=True)
class Result:
    """What a blast measured. `histogram` in microseconds from the actual send, all answers of any status."""

    seconds: float
    rate: float
    """Answers of status 200 to 299 a second."""
    histogram: HdrHistogram
    statuses: dict[int, int]
    errors: dict[str, int]
    """Requests without an answer, and failed attempts to connect, by engine.Failure."""
    cpu_s: float
    """Processor time of this process meanwhile, user and system."""

    def percentile_ms(self, percentile: float) -> float:
        """Milliseconds; 0 where nothing was answered."""
        return float(self.histogram.get_value_at_percentile(percentile)) / 1000 if self.statuses else 0.0


class _Run:
    def __init__(self, head: bytes, bodies: Callable[[], bytes], timeout_s: float) -> None:
        self.head = head
        self.bodies = bodies
        self.timeout_s = timeout_s
        self.latencies = Latencies()
        self.statuses: Counter[int] = Counter()
        self.errors: Counter[str] = Counter()
        self.going = True
        self.open: set[_Blaster] = set()

    def reset(self) -> None:
        """Forgets what the warm-up measured."""
        self.latencies = Latencies()
        self.statuses.clear()
        self.errors.clear()

    def sweep(self) -> None:
        self.latencies.fold()
        oldest = perf_counter() - self.timeout_s
        for blaster in [one for one in self.open if one.busy and one.sent_at < oldest]:
            blaster.abort(Failure.TIMEOUT)


class _Blaster(HttpProtocol):
    def __init__(self, run: _Run) -> None:
        super().__init__()
        self._run = run
        self.lost = asyncio.Event()

    def next(self) -> None:
        run = self._run
        self.send(with_body(run.head, run.bodies()))

    def answered(self, status: int, body: bytes) -> None:
        run = self._run
        if not run.going:
            return
        run.latencies.add(perf_counter() - self.sent_at)
        run.statuses[status] += 1
        if self.usable:
            self.next()

    def failed(self, failure: Failure) -> None:
        if self._run.going:
            self._run.errors[failure.value] += 1

    def gone(self) -> None:
        self.lost.set()


async def blast(
    url: str,
    path: str,
    bodies: Callable[[], bytes],
    connections: int,
    seconds: float,
    *,
    method: str = "POST",
    content_type: str = "application/json",
    warm_up_s: float = 0.0,
    timeout_s: float = 10.0,
) -> Result:
    """Sends `method` `path` over `connections` connections for `seconds`.

    What happens in the warm-up before is not counted. `bodies` makes each request's body. Lost
    connections are counted and opened again with backoff. Raises ValueError for https.
    """
    address = Address.of(url)
    if address.secure:
        raise ValueError(f"{url}: benches blast plain HTTP only")
    run = _Run(address.head(method, path, (("Content-Type", content_type),)), bodies, timeout_s)
    keepers = [asyncio.create_task(_keep(address, run)) for _ in range(connections)]
    try:
        await _watch(run, warm_up_s)
        run.reset()
        started, cpu = perf_counter(), _cpu_s()
        await _watch(run, seconds)
        elapsed, cpu = perf_counter() - started, _cpu_s() - cpu
    finally:
        run.going = False
        for keeper in keepers:
            keeper.cancel()
        for blaster in list(run.open):
            blaster.abort(Failure.CLOSED)
        await asyncio.gather(*keepers, return_exceptions=True)
    good = sum(times for status, times in run.statuses.items() if 200 <= status < 300)
    return Result(elapsed, good / elapsed, run.latencies.histogram, dict(run.statuses), dict(run.errors), cpu)


async def _watch(run: _Run, seconds: float) -> None:
    end = perf_counter() + seconds
    while (left := end - perf_counter()) > 0:
        await asyncio.sleep(min(_SWEEP_S, left))
        run.sweep()


async def _keep(address: Address, run: _Run) -> None:
    """Keeps one connection open and busy."""
    backoff_s = _BACKOFF_S[0]
    while run.going:
        blaster = await _connect(address, run)
        if blaster:
            backoff_s = _BACKOFF_S[0]
            await blaster.lost.wait()
            run.open.discard(blaster)
        else:
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, _BACKOFF_S[1])


async def _connect(address: Address, run: _Run) -> _Blaster | None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(run.timeout_s):
            _, blaster = await loop.create_connection(lambda: _Blaster(run), address.host, address.port)
    except TimeoutError:
        run.errors[Failure.TIMEOUT.value] += 1
    except OSError:
        run.errors[Failure.REFUSED.value] += 1
    else:
        run.open.add(blaster)
        blaster.next()
        return blaster
    return None


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
