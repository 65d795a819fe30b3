"""What tests of sockets share: feeds written as the notifier does, and what a socket gets of them."""

import json
import time
from collections.abc import Callable
from typing import Any

import redis
from websockets.sync.client import ClientConnection, connect

from schemas.codec import Record, encode
from schemas.conversation import MessageAdded, decode_command
from schemas.states import Role
from schemas.topics import CONVERSATION_COMMANDS
from tests.gateway.conftest import Servers
from tests.gateway.process import GatewayProcess
from tests.gateway.topics import records

SOON_S = 5.0


def added(session: str, seq: int) -> MessageAdded:
    return MessageAdded(session_id=session, seq=seq, message_id=f"m{seq}", role=Role.BOT, text=f"text {seq}")


def store(feeds: "redis.Redis", name: str, seq: int, record: Record, *, nudge: bool = True) -> None:
    feeds.xadd(name, {"d": encode(record)}, id=f"{seq}-0")
    if nudge:
        feeds.publish(f"nudge:{name}", encode(record))


def write(feeds: "redis.Redis", session: str, *seqs: int, nudge: bool = True) -> None:
    for seq in seqs:
        store(feeds, f"session:{session}", seq, added(session, seq), nudge=nudge)


def frames(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    return [json.loads(socket.recv(timeout=SOON_S)) for _ in range(count)]


def seqs(socket: ClientConnection, count: int) -> list[int]:
    return [frame["seq"] for frame in frames(socket, count)]


def listening(feeds: "redis.Redis", channel: str) -> None:
    """Returns when the gateway listens to the channel."""
    deadline = time.monotonic() + SOON_S
    while not feeds.pubsub_numsub(channel)[0][1]:
        assert time.monotonic() < deadline, f"nobody listens to {channel}"
        time.sleep(0.01)


def customer(gateway: GatewayProcess, session: str, last_seq: int = 0, **options: Any) -> ClientConnection:
    socket: ClientConnection = connect(
        f"{gateway.url}/ws/customer?session_id={session}&last_seq={last_seq}", **options
    )
    return socket


def commands_of(servers: Servers, session: str, complete: Callable[[list[Any]], bool]) -> list[Any]:
    """The session's commands in the log, when there are all that are waited for."""
    deadline = time.monotonic() + SOON_S
    while True:
        found = records(servers.kafka, CONVERSATION_COMMANDS, session.encode())
        commands = [decode_command(one.value) for one in found]
        if complete(commands):
            return commands
        assert time.monotonic() < deadline, commands
