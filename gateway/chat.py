"""POST /chat/start, /chat/message and /chat/end."""

import asyncio
from contextlib import ExitStack
from http import HTTPStatus

from msgspec.structs import replace

from gateway import idempotency
from gateway.answers import Answer, Refused, busy, ok, problem
from gateway.attachments.attaching import attached
from gateway.commands import Post, start_chat, to_conversation, to_partition
from gateway.problems import Kind
from gateway.replies import Waiting, any_answer
from gateway.sessions import new_session
from gateway.state import Gateway
from schemas.api import ChatEnd, ChatMessage, ChatStart, ChatStarted, MessageAccepted
from schemas.conversation import Asked, CommandAnswered, EndConversation, PostMessage, StartChat
from schemas.states import Verdict

_REFUSED = {
    Verdict.NOT_FOUND: (HTTPStatus.NOT_FOUND, "There is no such session"),
    Verdict.CONFLICT: (HTTPStatus.CONFLICT, "The session's state does not allow this"),
}
REASONS = {
    "closed": "The conversation is over",
    "already_connecting": "An agent is being looked for already",
    "already_assigned": "An agent is in the conversation already",
    "in_ivr": "The call is in the menu: what its caller says comes by /ivr/process",
    "not_a_call": "The session is no call",
    "not_assigned": "The agent has not this contact",
    "open": "The conversation is not over yet",
    "rated": "The conversation has another rating already",
}


async def start(gateway: Gateway, body: ChatStart, traceparent: str) -> Answer:
    """Answers when the log has the record that creates the session. Raises Refused."""
    gateway.switchboard.check_open()
    session, partition = new_session(gateway)
    off = gateway.switchboard.bot_off
    bot = gateway.directory.bot_of(body.queue, synthetic=body.synthetic, off=off)
    command = start_chat(body, session, gateway.policy, bot)
    if gateway.key is not None:
        return await _start_once(gateway, command, traceparent)
    await gateway.send(to_partition(command, partition, traceparent))
    return ok(ChatStarted(session_id=session, token=gateway.passes.of(session)))


async def _start_once(gateway: Gateway, command: StartChat, traceparent: str) -> Answer:
    """The session that the key's first request began."""
    answer = await ask(gateway, replace(command, **gateway.origin()._asdict()), traceparent)
    begun = answer.session_id if answer else command.session_id
    return refusal(answer) or ok(ChatStarted(session_id=begun, token=gateway.passes.of(begun)))


async def message(gateway: Gateway, body: ChatMessage, traceparent: str) -> Answer:
    """Answers with the verdict, or without `seq` where none comes in time. Raises Refused."""
    origin = gateway.origin()
    command = PostMessage(
        session_id=body.session_id,
        message_id=body.message_id or origin.request_id,
        text=body.message,
        bot_off=gateway.switchboard.bot_off,
        attachments=await attached(gateway, body.session_id, body.attachment_ids),
        **origin._asdict(),
    )
    answer = await ask(gateway, command, traceparent)
    accepted = MessageAccepted(
        session_id=body.session_id,
        message_id=answer.message_id or command.message_id if answer else command.message_id,
        seq=answer.seq if answer else None,
    )
    return refusal(answer) or ok(accepted)


async def end(gateway: Gateway, body: ChatEnd, traceparent: str) -> Answer:
    """The customer ends the conversation. Raises Refused."""
    command = EndConversation(session_id=body.session_id, **gateway.origin()._asdict())
    answer = await ask(gateway, command, traceparent)
    accepted = MessageAccepted(
        session_id=body.session_id, message_id=command.request_id, seq=answer.seq if answer else None
    )
    return refusal(answer) or ok(accepted)


def addressed(command: Asked, traceparent: str = "") -> Post:
    """The command's record and place. Raises Refused (404) where its session id is none."""
    try:
        return to_conversation(command, command.request_id, traceparent)
    except ValueError as error:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such session", kind=Kind.UNKNOWN_SESSION) from error


def refusal(answer: CommandAnswered | None) -> Answer | None:
    """The problem document of a verdict that is no acceptance. Raises Refused (503) where it is expired."""
    if answer is None or answer.verdict is Verdict.ACCEPTED:
        return None
    if answer.verdict is Verdict.EXPIRED:
        raise busy("The command came too late and was not done", Kind.TOO_LATE)
    status, detail = idempotency.REASONS.get(answer.reason) or _REFUSED[answer.verdict]
    kind = Kind.UNKNOWN_SESSION if status is HTTPStatus.NOT_FOUND else None
    return problem(status, REASONS.get(answer.reason, detail), reason=answer.reason, kind=kind)


async def ask(gateway: Gateway, command: Asked, traceparent: str) -> CommandAnswered | None:
    """The conversation's verdict, or None where none comes in time. Raises Refused."""
    post = addressed(command, traceparent)
    with ExitStack() as stack:
        waiting = stack.enter_context(gateway.replies.expect(command.request_id, any_answer))
        await gateway.send(post)
        answer = await gateway.hear(waiting, gateway.settings.reply_wait_s)
        if answer is None and command.session_id in gateway.customers:
            task = asyncio.create_task(_tell_late(gateway, waiting, stack.pop_all()))
            gateway.tasks.add(task)
            task.add_done_callback(gateway.tasks.discard)
        return answer


async def _tell_late(gateway: Gateway, waiting: Waiting[CommandAnswered], stack: ExitStack) -> None:
    """A refusal that comes after the 200 goes to the customer's sockets."""
    with stack:
        answer = await waiting.answer(gateway.settings.valid_for_s)
    if answer and answer.verdict is not Verdict.ACCEPTED:
        for rejected in tuple(gateway.customers.get(answer.session_id, ())):
            rejected(answer)
