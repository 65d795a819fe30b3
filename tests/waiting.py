"""Waiting for conditions, not for times."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(
    condition: Callable[[], bool | Awaitable[bool]], within_s: float, otherwise: str, every_s: float = 0.05
) -> None:
    """Returns when the condition holds; raises TimeoutError saying `otherwise` after `within_s`."""
    deadline = time.monotonic() + within_s
    while True:
        held = condition()
        if held is True or (not isinstance(held, bool) and await held):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        await asyncio.sleep(every_s)
