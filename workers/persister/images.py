"""The images of erased sessions."""

import asyncio
import logging
from collections.abc import Iterable

from runtime.objects import ObjectStore, Unavailable
from schemas.attachments import session_prefix

log = logging.getLogger(__name__)
_AT_ONCE = 16
_LIMIT_S = 8.0
"""Well below the time that the sink's transaction may be idle."""


class Images:
    """Deletes what was uploaded in a session. A store that is slow or away holds nothing up: what is left,
    `aicc-db retain` deletes, as it knows of all sessions that are erased."""

    def __init__(self, store: ObjectStore, limit_s: float = _LIMIT_S) -> None:
        self._store = store
        self._limit_s = limit_s

    async def erase(self, sessions: Iterable[str]) -> None:
        """Never raises what the store does."""
        left = set(sessions)
        free = asyncio.Semaphore(_AT_ONCE)

        async def one(session_id: str) -> None:
            async with free:
                async for lot in self._store.list(session_prefix(session_id)):
                    for stored in lot:
                        await self._store.delete(stored.key)
            left.discard(session_id)

        try:
            async with asyncio.timeout(self._limit_s), asyncio.TaskGroup() as group:
                for session_id in sorted(left):
                    group.create_task(one(session_id))
        except* (Unavailable, TimeoutError) as errors:
            why = errors.exceptions[0]
            log.error("images of %d erased sessions are left to `aicc-db retain`: %r", len(left), why)
