"""A customer's socket: hears the session's entries and checks their numbers, over all reconnects."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Self

import msgspec

from loadgen import frames
from loadgen.agents.book import Breach, Sequence
from loadgen.engine.websocket import WebSocket
from loadgen.sockets import socket_url, stay_connected
from schemas.conversation import MessageAdded


@dataclass
class Heard:
    """What all customers' sockets of a run saw."""

    breaches: list[Breach] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def _ignore(_: MessageAdded) -> None:
    pass


class Listener:
    """Listens to `session_id` from its first entry on, while in its context."""

    def __init__(
        self,
        gateway: str,
        session_id: str,
        rng: Random,
        heard: Heard,
        message: Callable[[MessageAdded], None] = _ignore,
    ) -> None:
        self._base = f"{socket_url(gateway)}/ws/customer?session_id={session_id}&last_seq="
        self._seen = Sequence(f"customer of {session_id}", last=0)
        self._rng = rng
        self._heard = heard
        self._message = message
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self.stop()
            await asyncio.gather(self._task, return_exceptions=True)

    def start(self) -> None:
        """Begins to listen."""
        run = stay_connected(self._url, self._opened, self._received, self._rng, self._heard.counts)
        self._task = asyncio.create_task(run)

    def stop(self) -> None:
        """Ends listening, without waiting for it."""
        if self._task:
            self._task.cancel()

    def _url(self) -> str:
        return f"{self._base}{self._seen.last}"

    def _opened(self, _: WebSocket) -> None:
        pass

    def _received(self, text: bytes) -> None:
        try:
            frame = frames.decode_frame(text)
            if frame.feed != "session":
                self._heard.counts[f"other.{frame.type}"] += 1
                return
            message = frames.decode_message(frame.data)
        except msgspec.MsgspecError as error:
            self._heard.breaches.append(Breach("garbled", self._seen.who, f"{error}: {text[:200]!r}"))
            return
        if breach := self._seen.see(frame.seq):
            self._heard.breaches.append(breach)
        self._heard.counts["received"] += 1
        self._message(message)
