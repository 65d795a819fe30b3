"""The tables of topics and sockets. Who adds one adds a row here; a test says where one is missing."""

import msgspec

from gateway.contract.channel import Socket, Stream
from gateway.realtime import frames
from schemas import topics
from schemas.answers import RoutingAnswered
from schemas.assignments import AgentFeed
from schemas.audit import RoutingEvent
from schemas.audit_trail import Audited
from schemas.bot import BotAsked
from schemas.config import PoolConfig
from schemas.config_change import ConfigChanged
from schemas.conversation import ConversationCommand, ConversationEvent, MessageAdded
from schemas.erasure import CustomerErased
from schemas.pool_view import PoolView
from schemas.positions import Position
from schemas.routing import RoutingCommand
from schemas.summary import PoolReport
from schemas.switches import Switch


class SessionEntry(msgspec.Struct, kw_only=True, tag_field="feed", tag="session"):
    """To a client: an entry of a transcript, numbered without gap. `last_seq` of the address is the last one
    known; hidden entries come without their content."""

    session_id: str
    seq: int
    data: MessageAdded


class AgentEntry(msgspec.Struct, kw_only=True, tag_field="feed", tag="agent"):
    """To an agent: an entry of its own feed, numbered without gap."""

    seq: int
    data: AgentFeed


_REFUSALS = frames.MessageRejected | frames.FrameError


class PoolEntry(msgspec.Struct, kw_only=True, tag_field="feed", tag="pool"):
    """To a supervisor: an entry of the life of a pool, numbered without gap."""

    pool: str
    seq: int
    data: PoolView | RoutingEvent


_BESIDE = frames.SomebodyTypes | frames.SomebodyThere | frames.Reconnect
"""Best effort: without a number, and not repeated."""

_TOKENS = frames.TokenEnding | frames.TokenAccepted

SOCKETS: tuple[Socket, ...] = (
    Socket(
        path="/ws/customer",
        says="The transcript of a conversation as it grows; the customer writes and ends it.",
        query=("session_id", "last_seq"),
        takes=frames.CustomerFrame,
        gives=SessionEntry | frames.Position | _BESIDE | _REFUSALS,
    ),
    Socket(
        path="/ws/agent",
        says="The agent's feed, the transcripts of what it holds, and all that the agent says. Being "
        "connected is being routable, unless a break was said before.",
        query=("token", "last_seq"),
        takes=frames.AgentFrame,
        gives=AgentEntry | SessionEntry | _BESIDE | _TOKENS | _REFUSALS,
    ),
    Socket(
        path="/ws/supervisor",
        says="The life of a pool, and transcripts of contacts that the supervisor listens to.",
        query=("token", "pool", "supervisor", "last_seq"),
        takes=frames.SupervisorFrame,
        gives=PoolEntry
        | SessionEntry
        | frames.Reset
        | frames.ListenEnded
        | _BESIDE
        | _TOKENS
        | frames.FrameError,
    ),
)

STREAMS: tuple[Stream, ...] = (
    Stream(
        topic=topics.CONVERSATION_COMMANDS,
        says="What customers, agents and pools say to a conversation.",
        key="session_id, whose bits name the partition",
        records=ConversationCommand,
        written_by="gateway, routing, persister, responder",
        read_by="conversations",
    ),
    Stream(
        topic=topics.CONVERSATION_EVENTS,
        says="What became of each conversation: transcript, versions of the consultation, verdicts.",
        key="session_id; on the partition of its commands",
        records=ConversationEvent,
        written_by="conversations",
        read_by="persister, notifier",
        decided=True,
    ),
    Stream(
        topic=topics.ROUTING_COMMANDS,
        says="What conversations, agents, supervisors and the configuration say to a pool.",
        key="pool, whose configuration names the partition",
        records=RoutingCommand,
        written_by="conversations, gateway, aicc-config, aicc-switch, aicc-upgrade",
        read_by="routing",
    ),
    Stream(
        topic=topics.ROUTING_EVENTS,
        says="Every decision of a pool, and why: the audit that measures are made from.",
        key="pool; on the partition of its commands",
        records=RoutingEvent,
        written_by="routing",
        read_by="prober, persister, aicc-routing",
        decided=True,
    ),
    Stream(
        topic=topics.AGENT_ASSIGNMENTS,
        says="What each agent is told: docs/agent-clients.md. Any reader sees every agent's offers.",
        key="agent_id; on the partition of its pool's commands",
        records=AgentFeed,
        written_by="routing",
        read_by="notifier, agents' own clients",
        decided=True,
    ),
    Stream(
        topic=topics.ROUTING_ANSWERS,
        says="Verdicts on commands to pools, for the gateway that waits.",
        key="the gateway's id; on the partition of the pool's commands",
        records=RoutingAnswered,
        written_by="routing",
        read_by="notifier",
        decided=True,
    ),
    Stream(
        topic=topics.BOT_QUESTIONS,
        says="What customers write to the bot, a turn at a time, with what it remembers.",
        key="session_id; on the partition of its commands",
        records=BotAsked,
        written_by="conversations",
        read_by="responder",
        decided=True,
    ),
    Stream(
        topic=topics.CONFIG,
        says="Each pool as it is configured; without a value it is gone.",
        key="pool",
        records=PoolConfig,
        written_by="gateway, aicc-config, aicc-setup",
        read_by="gateway, persister, aicc-config, aicc-token",
    ),
    Stream(
        topic=topics.CONFIG_AUDIT,
        says="Who changed what in the configuration.",
        key="pool",
        records=ConfigChanged,
        written_by="gateway, aicc-config, aicc-setup",
        read_by="persister",
    ),
    Stream(
        topic=topics.SWITCHES,
        says="How each of the operators' switches stands.",
        key="name",
        records=Switch,
        written_by="gateway, aicc-switch",
        read_by="gateway, aicc-switch",
    ),
    Stream(
        topic=topics.AUDIT,
        says="Who listened in, searched, exported, erased, changed webhooks, turned switches.",
        key="who did it",
        records=Audited,
        written_by="gateway, aicc-switch",
        read_by="persister",
    ),
    Stream(
        topic=topics.ERASURES,
        says="Customers whose data is erased, by a digest of their id.",
        key="the digest",
        records=CustomerErased,
        written_by="gateway",
        read_by="persister",
    ),
    Stream(
        topic=topics.POSITIONS,
        says="How far each owner has come, by which rules, and what it carries, twice a second.",
        key="app, topic and partition",
        records=Position,
        written_by="conversations, routing, prober",
        read_by="prober, aicc-upgrade",
    ),
    Stream(
        topic=topics.POOL_REPORTS,
        says="How each pool is doing, twice a second; decides nothing.",
        key="pool",
        records=PoolReport,
        written_by="routing",
        read_by="prober",
    ),
)
