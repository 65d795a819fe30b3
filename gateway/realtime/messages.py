"""Commands to conversations that come over a socket: sent in order, their refusals told later."""

import asyncio

from gateway.answers import Refused
from gateway.chat import addressed
from gateway.outbox import Unsent
from gateway.realtime.frames import MessageRejected, text_of
from gateway.realtime.outlet import Outlet
from gateway.replies import any_answer
from gateway.state import Gateway
from runtime.metrics import SOCKET_COMMANDS
from schemas.conversation import Asked, CommandAnswered, PostMessage
from schemas.states import Verdict

_AT_ONCE = 32


class Messages:
    """At most 32 commands of one socket wait for their verdict; more are not read from the socket."""

    def __init__(self, gateway: Gateway, outlet: Outlet) -> None:
        self._gateway = gateway
        self._outlet = outlet
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, command: Asked, ref: str) -> None:
        """Enqueues before it returns; a refusal later repeats `ref`. Raises Refused for one at once."""
        post = addressed(command)
        await self._free.acquire()
        try:
            sent = self._gateway.post(post)
        except Refused:
            self._free.release()
            raise
        SOCKET_COMMANDS.inc()
        task = asyncio.create_task(self._follow(command, ref, sent))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def rejected(self, answer: CommandAnswered) -> None:
        """Tells the client of a refusal."""
        reason = answer.reason or answer.verdict.value
        self._reject(answer.session_id, answer.message_id, reason, "")

    async def _follow(self, command: Asked, ref: str, sent: asyncio.Future[None]) -> None:
        """Holds a place until the usual time for a verdict is over, and listens on while one may come."""
        settings = self._gateway.settings
        with self._gateway.replies.expect(command.request_id, any_answer) as waiting:
            try:
                await sent
                answer = await waiting.answer(settings.reply_wait_s)
            except Unsent:
                self._reject(command.session_id, _message_id(command), "unknown", ref)
                return
            finally:
                self._free.release()
            answer = answer or await waiting.answer(settings.valid_for_s)
        if answer and answer.verdict is not Verdict.ACCEPTED:
            reason = answer.reason or answer.verdict.value
            self._reject(command.session_id, _message_id(command), reason, ref)

    def _reject(self, session_id: str, message_id: str, reason: str, ref: str) -> None:
        rejected = MessageRejected(session_id=session_id, message_id=message_id, reason=reason, ref=ref)
        self._outlet.push(text_of(rejected))


def _message_id(command: Asked) -> str:
    return command.message_id if isinstance(command, PostMessage) else ""
