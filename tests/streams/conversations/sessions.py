"""One session in memory, the commands that it hears, and what brings it into each state."""

import msgspec
from msgspec import structs

from schemas.bot import BotAnswered, BotPlan, HandOver, Memory
from schemas.calls import QueueHome
from schemas.codec import Tick, type_of
from schemas.conversation import (
    AddNote,
    AddWhisper,
    AskCallback,
    AskStatus,
    CallInput,
    CommandAnswered,
    ConnectAgent,
    ConsultationChanged,
    ContactAssigned,
    ContactEnded,
    ContactOffered,
    ContactQueued,
    ContactRequeued,
    ContactTransferred,
    ConversationCommand,
    CustomerSocket,
    EndConversation,
    EraseConversation,
    MessageAdded,
    Policy,
    PostMessage,
    RateConversation,
    StartCall,
    StartChat,
)
from schemas.ids import session_id
from schemas.states import Role
from streams.conversations.decider import ConversationsDecider
from streams.conversations.state import Conversation
from streams.harness.decider import Life, Moment
from tests.streams.conversations.flows import FLOW, HOMES

PARTITION = 3
BEGIN_MS = 1_700_000_000_000
SESSION = session_id(PARTITION, BEGIN_MS, 42)
DECIDER = ConversationsDecider()
RULES = DECIDER.rules[1]
POLICY = Policy(
    customer_idle_s=600.0, agent_idle_s=300.0, customer_grace_s=60.0, ivr_idle_s=30.0, call_limit_s=9_000.0
)


def start(message: str = "hello", **more: object) -> StartChat:
    return StartChat(
        session_id=SESSION,
        request_id="start",
        reply_to="gateway",
        customer_id="c",
        message=message,
        policy=POLICY,
        **more,  # type: ignore[arg-type]
    )


def start_call(said: str = "", **more: object) -> StartCall:
    return StartCall(
        session_id=SESSION,
        request_id="call",
        reply_to="gateway",
        customer_id="c",
        flow=FLOW,
        homes=HOMES,
        input=said,
        message_id="call",
        policy=POLICY,
        **more,  # type: ignore[arg-type]
    )


def press(said: str | None = "1", message_id: str = "press") -> CallInput:
    return CallInput(
        session_id=SESSION, request_id=message_id, reply_to="gateway", message_id=message_id, input=said
    )


def unreached(agent: str = "a1") -> CallInput:
    """The agent's telephone was busy, or nobody answered it."""
    return structs.replace(press(None, "unreached"), agent_id=agent)


def post(
    message_id: str = "m", role: Role = Role.CUSTOMER, sender: str = "", until_ms: int = 0
) -> PostMessage:
    return PostMessage(
        session_id=SESSION,
        request_id=message_id,
        reply_to="gateway",
        valid_until_ms=until_ms,
        message_id=message_id,
        text="text",
        role=role,
        sender_id=sender,
    )


def by_agent(message_id: str = "m", agent: str = "a1") -> PostMessage:
    return post(message_id, Role.AGENT, agent)


def connect(pool_partition: int = 0, priority: int = 5) -> ConnectAgent:
    return ConnectAgent(
        session_id=SESSION,
        request_id="connect",
        reply_to="gateway",
        pool="p",
        pool_partition=pool_partition,
        queue="q",
        priority=priority,
    )


def end() -> EndConversation:
    return EndConversation(session_id=SESSION, request_id="end", reply_to="gateway")


def callback(at_s: float = 0.0, message: str = "", message_id: str = "back", **more: object) -> AskCallback:
    """At so many seconds after the beginning; 0 is in turn."""
    return AskCallback(
        session_id=SESSION,
        request_id=message_id,
        reply_to="gateway",
        message_id=message_id,
        home=QueueHome("q", "p", 0, **more),  # type: ignore[arg-type]
        at_ms=BEGIN_MS + round(at_s * 1000) if at_s else 0,
        phone="+8210",
        message=message,
    )


def rate(rating: int = 5, comment: str = "") -> RateConversation:
    return RateConversation(
        session_id=SESSION, request_id="rate", reply_to="gateway", rating=rating, comment=comment
    )


def note(agent: str = "a1") -> AddNote:
    return AddNote(session_id=SESSION, request_id="n", reply_to="gateway", agent_id=agent, text="hidden")


def whisper(pool: str = "p") -> AddWhisper:
    return AddWhisper(
        session_id=SESSION, request_id="w", reply_to="gateway", pool=pool, supervisor="sue", text="slowly"
    )


def socket(name: str = "s1", *, connected: bool = True) -> CustomerSocket:
    return CustomerSocket(session_id=SESSION, socket=name, connected=connected)


PLAN = BotPlan(answer_s=8.0, homes={"q": QueueHome("q", "p", 0), "sales": QueueHome("sales", "p2", 5)})


def bot_says(*texts: str, turn: int = 1, **more: object) -> BotAnswered:
    return BotAnswered(
        session_id=SESSION,
        turn=turn,
        texts=texts or ("hi",),
        memory=Memory(unsure=turn),
        **more,  # type: ignore[arg-type]
    )


def bot_hands_over(queue: str = "", turn: int = 1) -> BotAnswered:
    asks = HandOver(queue=queue, reason="asked", summary="wants a person")
    return bot_says("one moment", turn=turn, attributes={"order_number": "1"}, hand_over=asks)


def _news(leg: int) -> dict[str, object]:
    return {"session_id": SESSION, "contact_id": f"{SESSION}.{leg}", "pool": "p", "pool_partition": 0}


def queued(leg: int = 1, queue: str = "") -> ContactQueued:
    told = {"type": "contact.queued", **_news(leg), "position": 2, "queue": queue}
    estimates = {"estimated_wait_s": 40.0, "estimated_wait_high_s": 90.0}
    return msgspec.convert(told | estimates, ContactQueued)


def offered(leg: int = 1) -> ContactOffered:
    return msgspec.convert({"type": "contact.offered", **_news(leg), "agent_id": "a1"}, ContactOffered)


def requeued(leg: int = 1) -> ContactRequeued:
    return msgspec.convert({"type": "contact.requeued", **_news(leg), "reason": "no_answer"}, ContactRequeued)


def assigned(leg: int = 1, agent: str = "a1") -> ContactAssigned:
    made = {"type": "contact.assigned", **_news(leg), "agent_id": agent, "agent_name": "Ann"}
    return msgspec.convert(made, ContactAssigned)


def transferred(leg: int = 1, to_agent: str = "") -> ContactTransferred:
    made = {"type": "contact.transferred", **_news(leg), "agent_id": "a1", "note": "knows it all"}
    to = {"queue": "sales", "to_pool": "p2", "to_partition": 5, "to_agent": to_agent, "wait_s": 30.0}
    return msgspec.convert(made | to, ContactTransferred)


def ended(outcome: str = "completed", reason: str = "agent", leg: int = 1) -> ContactEnded:
    agent = "a1" if outcome == "completed" else ""
    made = {"type": "contact.ended", **_news(leg), "outcome": outcome, "reason": reason, "agent_id": agent}
    return msgspec.convert(made, ContactEnded)


HISTORIES: dict[str, list[ConversationCommand]] = {
    "absent": [],
    "bot": [start()],
    "asked": [start(bot=PLAN)],
    "ivr": [start_call()],
    "waiting": [start(), connect()],
    "offered": [start(), connect(), offered()],
    "active": [start(), connect(), offered(), assigned()],
    "wrapping": [start(), connect(), offered(), assigned(), end()],
    "scheduled": [start(), connect(), callback(3_600.0)],
    "closed": [start(), connect(), end()],
    "gone": [start(), end()],
}
"""What brings a session into each state; `asked` is `bot` with a question out,
`closed` waits for its contact's end, `gone` has left the table."""

COMMANDS: dict[str, ConversationCommand] = {
    "start": start(),
    "call": start_call(),
    "press": press(),
    "how it stands": press(None),
    "unreached": unreached(),
    "message": post(),
    "agent's message": by_agent(),
    "other agent's message": by_agent(agent="a2"),
    "bot's message": post(role=Role.BOT),
    "connect": connect(),
    "callback": callback(message_id="back 2"),
    "message left": callback(message="call me", message_id="back 3"),
    "end": end(),
    "rate": rate(),
    "status": AskStatus(session_id=SESSION, request_id="status", reply_to="gateway"),
    "note": note(),
    "other agent's note": note("a2"),
    "whisper": whisper(),
    "other pool's whisper": whisper("q"),
    "erase": EraseConversation(session_id=SESSION),
    "bot's answer": bot_says(),
    "bot's hand-over": bot_hands_over(),
    "queued": queued(),
    "offered": offered(),
    "requeued": requeued(),
    "assigned": assigned(),
    "transferred": transferred(),
    "completed": ended(),
    "refused": ended("canceled", "refused"),
    "canceled": ended("canceled", "customer_abandoned"),
    "socket": socket(),
    "early tick": Tick(),
}


class Session:
    """A session that has heard `history`, as its owner keeps it."""

    def __init__(self, *history: ConversationCommand) -> None:
        self.state = self._new(Life.ABSENT)
        self.now_ms = BEGIN_MS
        self.said: list[msgspec.Struct] = []
        for command in history:
            self.hear(command)

    def hear(self, command: ConversationCommand, after_s: float = 0.0) -> list[msgspec.Struct]:
        """What is said to one more command."""
        self.now_ms += int(after_s * 1000)
        outputs = RULES.step(self.state, command, Moment(self.now_ms, self.now_ms))
        if RULES.life(self.state) is Life.GONE:
            self.state = self._new(Life.GONE)
        said = [output.record for output in outputs]
        self.said += said
        return said

    def _new(self, life: Life) -> Conversation:
        found = DECIDER.new(SESSION, PARTITION, life)
        assert isinstance(found, Conversation)
        return found

    @property
    def where(self) -> str:
        """The state in a word."""
        if self.state.gone:
            return "gone"
        return self.state.state.value if self.state.state else "absent"


def gist(record: msgspec.Struct) -> str:
    """An output in a word or two."""
    match record:
        case ConsultationChanged():
            return f"now {record.state.value}/{record.status.value}"
        case MessageAdded():
            return f"{record.kind} {record.seq}"
        case CommandAnswered():
            return " ".join(filter(None, ["answer", record.verdict.value, record.status or record.reason]))
        case _:
            return type_of(record)


def gists(records: list[msgspec.Struct]) -> str:
    """All of them, in order."""
    return ", ".join(map(gist, records))
