"""What has come over one socket and is not taken yet."""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """Of asyncio.Queue what uvicorn uses, for one taker. It holds little, as reading pauses at each message;
    a queue's four deques would be a tenth of what an idle socket costs."""

    __slots__ = ("_items", "_taker")

    def __init__(self) -> None:
        self._items: list[T] = []
        self._taker: asyncio.Future[None] | None = None

    def put_nowait(self, item: T) -> None:
        """Adds a message."""
        self._items.append(item)
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    async def get(self) -> T:
        """The oldest one, as soon as there is one."""
        while not self._items:
            self._taker = asyncio.get_running_loop().create_future()
            await self._taker
        return self._items.pop(0)

    def empty(self) -> bool:
        """There is none."""
        return not self._items
