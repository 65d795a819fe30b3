"""Requests made into records: pure, so that time, randomness and identity come in as arguments."""

from typing import NamedTuple

from gateway.directory import Place
from gateway.idempotency import Key
from gateway.masking import masked_record
from gateway.settings import GatewaySettings
from schemas.api import ChatStart
from schemas.bot import BotPlan
from schemas.codec import Record, encode, type_of
from schemas.conversation import (
    Asked,
    ConnectAgent,
    CustomerSocket,
    KeyedRequest,
    Policy,
    StartCall,
    StartChat,
    decode_keyable,
)
from schemas.envelope import Headers, header, headers
from schemas.ids import partition_of
from schemas.needs import Request
from schemas.routing import Requested
from schemas.topics import CONVERSATION_COMMANDS, ROUTING_COMMANDS

_STICK_MS = 10


class Post(NamedTuple):
    """A record and its place."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: Headers


class Origin(NamedTuple):
    """Who asks and until when: stamped on commands that want a verdict."""

    request_id: str
    reply_to: str
    valid_until_ms: int


def spread(partitions: int, now_ms: int, offset: int) -> int:
    """The partition of a session that begins now.

    All that begin within 10 ms share one, as larger batches cost less; over time all get the same.
    """
    return (now_ms // _STICK_MS + offset) % partitions


def to_conversation(command: Asked | CustomerSocket, identity: str, traceparent: str = "") -> Post:
    """A command for the owner of its session. Raises ValueError for what is no session id."""
    partition = partition_of(command.session_id)
    return _post(CONVERSATION_COMMANDS.name, partition, command.session_id, command, identity, traceparent)


def to_pool(command: Requested, partition: int, identity: str, traceparent: str = "") -> Post:
    """A command for the owner of a pool."""
    return _post(ROUTING_COMMANDS.name, partition, command.pool, command, identity, traceparent)


def to_partition(command: StartChat | StartCall, partition: int, traceparent: str) -> Post:
    """A command that begins a session on the partition that is in its id."""
    session_id = command.session_id
    return _post(CONVERSATION_COMMANDS.name, partition, session_id, command, session_id, traceparent)


def under_key(post: Post, key: Key, keep_s: float) -> Post:
    """The command of `post` for the entity of its key, which passes it on once."""
    asked = KeyedRequest(
        key=key.name, partition=post.partition, keep_s=keep_s, command=decode_keyable(post.value)
    )
    traceparent = header(post.headers, "traceparent")
    return _post(CONVERSATION_COMMANDS.name, key.partition, key.name, asked, key.request_id, traceparent)


def _post(
    topic: str, partition: int, key: str, command: Record, identity: str, traceparent: str = ""
) -> Post:
    command = masked_record(command)
    told = headers(identity, type_of(command), traceparent=traceparent)
    return Post(topic, partition, key.encode(), encode(command), told)


def start_chat(body: ChatStart, session_id: str, policy: Policy, bot: BotPlan | None = None) -> StartChat:
    """The record that creates a conversation; its first message has the session's id."""
    return StartChat(
        session_id=session_id,
        request_id=session_id,
        customer_id=body.customer_id,
        message=body.message,
        message_id=session_id if body.message else "",
        customer_name=body.customer_name,
        phone=body.phone,
        synthetic=body.synthetic,
        policy=policy,
        bot=bot,
    )


def connect_agent(session_id: str, place: Place, asks: Request, origin: Origin) -> ConnectAgent:
    """The request for a person at `place`."""
    return ConnectAgent(
        session_id=session_id,
        pool=place.pool,
        pool_partition=place.partition,
        queue=asks.queue,
        priority=asks.priority,
        skills=asks.skills,
        skills_for_s=asks.skills_for_s,
        relaxed=asks.relaxed,
        preferred_agent=asks.preferred_agent,
        preferred_s=asks.preferred_s,
        **origin._asdict(),
    )


def policy_of(settings: GatewaySettings) -> Policy:
    """The time limits that new conversations get."""
    return Policy(
        settings.customer_idle_s,
        settings.agent_idle_s,
        settings.customer_grace_s,
        settings.ivr_idle_s,
        settings.call_limit_s,
        settings.callback_tries,
        settings.callback_pause_s,
        settings.callback_expires_s,
    )
