"""How long to wait between attempts at something that fails for a while."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from workers.errors import GivenUp

T = TypeVar("T")
log = logging.getLogger(__name__)


def delays(first_s: float = 0.05, most_s: float = 2.0) -> Iterator[float]:
    """Waits that double up to `most_s`, without end."""
    delay = first_s
    while True:
        yield delay
        delay = min(delay * 2, most_s)


async def persist(
    attempt: Callable[[], Awaitable[T]], passing: tuple[type[Exception], ...], patience_s: float, what: str
) -> T:
    """Repeats `attempt` while it raises one of `passing`. Raises GivenUp; any other error at once."""
    until = time.monotonic() + patience_s
    for delay in delays():
        try:
            return await attempt()
        except passing as error:
            if time.monotonic() + delay > until:
                raise GivenUp(f"{what}: {error!r}, for {patience_s:g} s") from error
            log.warning("%s: %r; again in %.2f s", what, error, delay)
            await asyncio.sleep(delay)
    raise AssertionError("delays have no end")
