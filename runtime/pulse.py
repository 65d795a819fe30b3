"""How a process itself does: how late its event loop is, and for how long garbage collection stops it."""

import asyncio
import gc
import time
from collections.abc import Mapping

from runtime.metric_kinds import SWITCHED_OFF
from runtime.metrics import GC_PAUSE_SECONDS, LOOP_LAG_SECONDS

EVERY_S = 0.25


async def feel_pulse() -> None:
    """Until it is canceled. A loop that is late by x serves everybody late by x."""
    watch_collections()
    if SWITCHED_OFF:
        await asyncio.Event().wait()
    while True:
        due = time.monotonic() + EVERY_S
        await asyncio.sleep(EVERY_S)
        LOOP_LAG_SECONDS.observe(max(time.monotonic() - due, 0.0))


def watch_collections() -> None:
    """Once a process, however often it is called."""
    if not SWITCHED_OFF and _noted not in gc.callbacks:
        gc.callbacks.append(_noted)


_pauses = [GC_PAUSE_SECONDS.labels(str(generation)) for generation in range(3)]
_began = [0.0]


def _noted(phase: str, info: Mapping[str, int]) -> None:
    if phase == "start":
        _began[0] = time.perf_counter()
    else:
        _pauses[info["generation"]].observe(time.perf_counter() - _began[0])
