"""Version 1 of the conversation rules: `step` decides one command of a session."""

from collections.abc import Sequence
from typing import assert_never

from schemas.answers import RoutingAnswered
from schemas.bot import BotAnswered
from schemas.codec import ApplyVersion, Tick
from schemas.conversation import (
    AddNote,
    AddWhisper,
    AskCallback,
    Asked,
    AskStatus,
    CallInput,
    CommandAnswered,
    ConnectAgent,
    ContactEnded,
    ContactNews,
    ConversationCommand,
    CustomerSocket,
    EndConversation,
    EraseConversation,
    KeyedRequest,
    PostMessage,
    RateConversation,
    StartCall,
    StartChat,
)
from schemas.states import Verdict
from streams.conversations import (
    bot,
    calls,
    customers,
    deferring,
    endings,
    erasing,
    keys,
    legs,
    notes,
    ratings,
)
from streams.conversations.decision import Decision
from streams.conversations.keys import Key
from streams.conversations.ratings import Rating
from streams.conversations.state import Conversation
from streams.harness.decider import Life, Moment, Output

State = Conversation | Key | Rating


class ConversationRules:
    """Transcript, contacts and timers of one session; and the entities beside it: its rating, and what an
    idempotency key stands for."""

    def step(self, state: State, command: ConversationCommand, at: Moment) -> Sequence[Output]:
        """Decides `command`; whoever waits for it gets a verdict."""
        if isinstance(state, Key):
            return keys.step(state, command, at)
        if isinstance(state, Rating):
            return ratings.step(state, command, at)
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
            case AskCallback():
                deferring.ask(decision, command)
            case EndConversation():
                if not calls.hang_up(decision, command):
                    customers.end(decision, command)
            case AskStatus():
                where = state.state.value if state.state else ""
                decision.answer(command, Verdict.ACCEPTED, seq=state.seq, status=where)
            case RateConversation():
                ratings.rate(decision, command)
            case AddNote():
                notes.add(decision, command)
            case AddWhisper():
                notes.whisper(decision, command)
            case BotAnswered():
                bot.take(decision, command)
            case CustomerSocket():
                if state.exists:
                    customers.socket(decision, command)
            case EraseConversation():
                erasing.erase(decision)
            case ContactEnded():
                endings.hear(decision, command)
            case ContactNews():
                legs.hear(decision, command)
            case KeyedRequest() | CommandAnswered() | RoutingAnswered():
                raise ValueError(f"{type(command).__name__} to a session")
            case Tick():
                calls.run_timers(decision)
                deferring.run_timers(decision)
                customers.run_timers(decision)
                bot.run_timer(decision)
            case ApplyVersion():
                pass
            case _:
                assert_never(command)
        return decision.outputs

    def due_ms(self, state: State) -> int | None:
        """When the entity next needs a tick."""
        if isinstance(state, Key | Rating):
            return state.due_ms
        bot_due_ms = state.dialogue.due_ms if state.dialogue else None
        silences = (state.customer_due_ms, state.agent_due_ms, state.grace_due_ms, state.linger_due_ms)
        times = (*silences, bot_due_ms, deferring.due_ms(state))
        return min((due for due in times if due is not None), default=None)

    def life(self, state: State) -> Life:
        """A conversation is kept while open, and closed until every contact's end is confirmed, and its
        caller, if still there, has heard of it."""
        if isinstance(state, Key):
            return keys.life(state)
        if isinstance(state, Rating):
            return ratings.life(state)
        told = state.is_closed and state.linger_due_ms is None
        if state.gone or (told and all(leg.ended_at_ms for leg in state.legs)):
            return Life.GONE
        return Life.ABSENT if state.state is None else Life.LIVE


def _refused(decision: Decision, command: Asked) -> bool:
    """Whether the command comes too late, or for a conversation that does not exist."""
    state = decision.conversation
    if command.valid_until_ms and decision.moment.appended_ms > command.valid_until_ms:
        decision.answer(command, Verdict.EXPIRED)
    elif not isinstance(command, StartChat | StartCall | RateConversation) and state.gone:
        decision.answer(command, Verdict.CONFLICT, reason="closed")
    elif not isinstance(command, StartChat | StartCall) and state.state is None and not state.gone:
        decision.answer(command, Verdict.NOT_FOUND)
    else:
        return False
    return True
