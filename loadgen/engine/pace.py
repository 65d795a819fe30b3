"""Open-loop arrivals: things start at their intended times, however slow what was started before is."""

import asyncio
from collections.abc import Callable, Iterable
from time import perf_counter

from loadgen.engine.latencies import Latencies

_SHORTEST_S = 0.001


async def arrive(times: Iterable[float], launch: Callable[[float], None]) -> Latencies:
    """Calls `launch` at each of `times` (seconds from now, not falling), never early; at high rates those of
    a millisecond together.

    `launch` gets the intended time on perf_counter's clock, so that a latency can be counted from there,
    and must return at once. Returns how late the calls were.
    """
    began, lateness = perf_counter(), Latencies()
    for offset in times:
        due = began + offset
        await _until(due)
        lateness.add(perf_counter() - due)
        launch(due)
    return lateness


async def _until(due: float) -> None:
    left = due - perf_counter()
    while left > 0:
        # uvloop's timers count whole milliseconds: shorter sleeps would be none, and the loop would spin.
        await asyncio.sleep(max(left, _SHORTEST_S))
        left = due - perf_counter()
