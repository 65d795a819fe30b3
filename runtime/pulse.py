"""How a process itself does: how late its event loop is, and for how long garbage collection stops it."""

import asyncio
import gc
import math
import time
from collections.abc import Mapping

from runtime.metric_kinds import SWITCHED_OFF
from runtime.metrics import GC_PAUSE_SECONDS, LOOP_LAG_SECONDS

EVERY_S = 0.25
LIFELESS_S = 30.0
"""A loop that has not turned for so long is taken for stuck."""


async def feel_pulse() -> None:
    """Until it is canceled. A loop that is late by x serves everybody late by x."""
    watch_collections()
    while True:
        _felt[0] = time.monotonic()
        await asyncio.sleep(EVERY_S)
        if not SWITCHED_OFF:
            LOOP_LAG_SECONDS.observe(max(time.monotonic() - _felt[0] - EVERY_S, 0.0))


def is_alive() -> bool:
    """Whether the loop turns, for other threads to ask; a process that feels no pulse counts as alive."""
    return time.monotonic() - _felt[0] < LIFELESS_S


def watch_collections() -> None:
    """Once a process, however often it is called."""
    if not SWITCHED_OFF and _noted not in gc.callbacks:
        gc.callbacks.append(_noted)


_pauses = [GC_PAUSE_SECONDS.labels(str(generation)) for generation in range(3)]
_began = [0.0]
_felt = [math.inf]


def _noted(phase: str, info: Mapping[str, int]) -> None:
    if phase == "start":
        _began[0] = time.perf_counter()
    else:
        _pauses[info["generation"]].observe(time.perf_counter() - _began[0])
