"""Who waits for the verdict on which command."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import msgspec

from schemas.answers import RoutingAnswered
from schemas.conversation import CommandAnswered
from schemas.states import Verdict

Answered = CommandAnswered | RoutingAnswered
A = TypeVar("A", CommandAnswered, RoutingAnswered)
decode_answered = msgspec.json.Decoder(Answered).decode


class Waiting(Generic[A]):
    """The answers to one command: the first final one ends the wait, others are remembered."""

    def __init__(self, final: Callable[[A], bool]) -> None:
        self._final: Callable[[A], bool] = final
        self._latest: A | None = None
        self._done: asyncio.Future[A] = asyncio.get_running_loop().create_future()

    def hear(self, answer: A) -> None:
        """Takes an answer; later ones than the final one are ignored."""
        if self._done.done():
            return
        self._latest = answer
        if self._final(answer):
            self._done.set_result(answer)

    async def answer(self, wait_s: float) -> A | None:
        """The final answer, after `wait_s` the latest other one, or None where nothing was heard."""
        try:
            async with asyncio.timeout(wait_s):
                return await asyncio.shield(self._done)
        except TimeoutError:
            return self._latest


class Replies(Generic[A]):
    """All waits of this gateway for one kind of answers, by request_id."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Waiting[A]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def expect(self, request_id: str, final: Callable[[A], bool]) -> Iterator[Waiting[A]]:
        """Listens for answers to `request_id` inside the block; enter it before the command is sent.

        Equal requests under one idempotency key have one id, and may wait at one time.
        """
        waiting: Waiting[A] = Waiting(final)
        beside = self._waiting.setdefault(request_id, [])
        beside.append(waiting)
        try:
            yield waiting
        finally:
            beside.remove(waiting)
            if not beside:
                del self._waiting[request_id]

    def hear(self, answer: A) -> None:
        """Passes an answer on; nobody may wait for it any more."""
        for waiting in self._waiting.get(answer.request_id, ()):
            waiting.hear(answer)


def any_answer(_: Answered) -> bool:
    """Every answer is final."""
    return True


def connected_or_refused(answer: CommandAnswered) -> bool:
    """An agent has the contact, or nobody will: `queued` is not final."""
    return answer.verdict is not Verdict.ACCEPTED or answer.status in ("assigned", "refused")
