"""Reads contacts back from the platform until they are over."""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from urllib.parse import urlencode

from loadgen import bodies
from loadgen.calls import Calls
from loadgen.engine import Client
from loadgen.journal import Entry
from loadgen.verify import History, Item, terminal

_POLL_S = (0.2, 1.5)
_AT_ONCE = 8


async def items_of(client: Client, calls: Calls, session_id: str) -> list[Item] | None:
    """What history has of one contact; None where it did not answer."""
    query = urlencode({"session_id": session_id, "include": "messages"})
    answer = calls.record("history", await client.get(f"{bodies.HISTORY}?{query}"))
    history = bodies.read(answer, History)
    return history.items if history else None


async def await_terminal(
    client: Client,
    calls: Calls,
    entries: Iterable[Entry],
    timeout_s: float,
    done: Callable[[], None] = lambda: None,
) -> list[tuple[Entry, list[Item]]]:
    """Waits until each contact is in a terminal state, `timeout_s` for all together; calls `done` for each.

    What history says at the end is given in the order of `entries`, however it stands then.
    """
    end = monotonic() + timeout_s
    free = asyncio.Semaphore(_AT_ONCE)

    async def one(entry: Entry) -> tuple[Entry, list[Item]]:
        items: list[Item] = []
        pause_s = _POLL_S[0]
        while True:
            async with free:
                items = await items_of(client, calls, entry.session_id) or items
            if terminal(items) or monotonic() > end:
                done()
                return entry, items
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _POLL_S[1])

    return list(await asyncio.gather(*(one(entry) for entry in entries)))
