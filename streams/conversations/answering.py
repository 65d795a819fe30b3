"""Verdicts for who waits: a gateway hears them as events, an idempotency key as a command."""

import msgspec

from schemas.conversation import Asked, CommandAnswered
from schemas.ids import known_partition
from schemas.keys import home_of_key, is_key
from schemas.states import Verdict
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS
from streams.conversations.state import Asker
from streams.harness.decider import Output


def answered(session_id: str, asked: Asked | Asker, verdict: Verdict, **more: object) -> Output:
    """The verdict on what was asked of the session."""
    answer = msgspec.convert(
        {
            "type": "command.answered",
            "session_id": session_id,
            "request_id": asked.request_id,
            "reply_to": asked.reply_to,
            "verdict": verdict,
            **more,
        },
        CommandAnswered,
    )
    if is_key(asked.reply_to):
        return Output(CONVERSATION_COMMANDS, home_of_key(asked.reply_to), asked.reply_to, answer)
    return Output(CONVERSATION_EVENTS, known_partition(session_id), session_id, answer)
