"""Version 1 of the conversation rules: `step` decides one command of a session."""

from collections.abc import Sequence
from typing import assert_never

from schemas.codec import SetRules, Tick
from schemas.conversation import (
    Asked,
    CallInput,
    ConnectAgent,
    ContactNews,
    ConversationCommand,
    CustomerSocket,
    EndConversation,
    PostMessage,
    StartCall,
    StartChat,
)
from schemas.states import Verdict
from streams.conversations import calls, customers, legs
from streams.conversations.decision import Decision
from streams.conversations.state import Conversation
from streams.harness.decider import Life, Moment, Output


class ConversationRules:
    """Transcript, contacts and timers of one session."""

    def step(self, state: Conversation, command: ConversationCommand, at: Moment) -> Sequence[Output]:
        """Decides `command`; whoever waits for it gets a verdict."""
        decision = Decision(state, at)
        if isinstance(command, Asked) and _refused(decision, command):
            return decision.outputs
        match command:
            case StartChat():
                customers.start(decision, command)
            case StartCall():
                calls.start(decision, command)
            case CallInput():
                calls.hear(decision, command)
            case PostMessage():
                customers.post(decision, command)
            case ConnectAgent():
                customers.connect(decision, command)
            case EndConversation():
                customers.end(decision, command)
            case CustomerSocket():
                if state.exists:
                    customers.socket(decision, command)
            case ContactNews():
                legs.hear(decision, command)
            case Tick():
                customers.run_timers(decision)
            case SetRules():
                pass
            case _:
                assert_never(command)
        return decision.outputs

    def due_ms(self, state: Conversation) -> int | None:
        """When the conversation next needs a tick."""
        times = (state.customer_due_ms, state.agent_due_ms, state.grace_due_ms, state.linger_due_ms)
        return min((due for due in times if due is not None), default=None)

    def life(self, state: Conversation) -> Life:
        """It is kept while open, and closed until every contact's end is confirmed, and its caller, if still
        there, has heard of it."""
        told = state.is_closed and state.linger_due_ms is None
        if state.gone or (told and all(leg.ended_at_ms for leg in state.legs)):
            return Life.GONE
        return Life.ABSENT if state.state is None else Life.LIVE


def _refused(decision: Decision, command: Asked) -> bool:
    """Whether the command comes too late, or for a conversation that does not exist."""
    state = decision.conversation
    if command.valid_until_ms and decision.moment.appended_ms > command.valid_until_ms:
        decision.answer(command, Verdict.EXPIRED)
    elif not isinstance(command, StartChat | StartCall) and state.gone:
        decision.answer(command, Verdict.CONFLICT, reason="closed")
    elif not isinstance(command, StartChat | StartCall) and state.state is None:
        decision.answer(command, Verdict.NOT_FOUND)
    else:
        return False
    return True
