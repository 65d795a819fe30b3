"""Open-loop arrivals: things start at their intended times, however slow what was started before is."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter

from loadgen.engine.latencies import Latencies
from loadgen.engine.timerfd import alarm

_GRID_S = 0.0002
"""What is due within that starts together: at 10,000 a second a wake each takes a fifth of a core."""
_AT_ONCE = 100
"""So many at the most before the loop may do something else: answers have to be read, however late we are."""
_FOLD_EVERY = 4096


async def arrive(
    times: Iterable[float], launch: Callable[[float], None], began: float | None = None
) -> Latencies:
    """Calls `launch` at each of `times` (seconds from `began`, by default now; not falling), never early;
    at high rates those of 0.2 ms together.

    `launch` gets the intended time on perf_counter's clock, so that a latency can be counted from there,
    and must return at once. Returns how late the calls were.
    """
    pacer = _Pacer(iter(times), launch, perf_counter() if began is None else began)
    try:
        await pacer.over
    finally:
        pacer.close()
    return pacer.lateness


class _Pacer:
    def __init__(self, times: Iterator[float], launch: Callable[[float], None], began: float) -> None:
        self.lateness = Latencies()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._times = times
        self._launch = launch
        self._began = began
        self._launched = 0
        self._alarm = alarm(self._ring)
        self._next = self._due()
        self._arm()

    def close(self) -> None:
        self._alarm.close()

    def _ring(self) -> None:
        if self.over.done():
            return
        try:
            self._launch_due()
            self._arm()
        except Exception as error:  # noqa: BLE001 - it is raised where arrive() is awaited
            self.over.set_exception(error)

    def _launch_due(self) -> None:
        due, launch, late = self._next, self._launch, self.lateness.add
        for _ in range(_AT_ONCE):
            now = perf_counter()
            if due is None or due > now:
                break
            late(now - due)
            launch(due)
            self._launched += 1
            if not self._launched % _FOLD_EVERY:
                self.lateness.fold()
            due = self._next = self._due()

    def _due(self) -> float | None:
        offset = next(self._times, None)
        return None if offset is None else self._began + offset

    def _arm(self) -> None:
        if self._next is None:
            self.over.set_result(None)
        else:
            self._alarm.at(max(self._next, perf_counter() + _GRID_S))
