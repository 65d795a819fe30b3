"""/ws/customer: every entry once and in order, whatever is lost between; commands in, refusals back."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import asyncpg
import msgspec
import pytest
import redis
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from schemas.codec import encode
from schemas.conversation import (
    Asked,
    CommandAnswered,
    CustomerSocket,
    PostMessage,
    QueuePosition,
    decode_event,
)
from schemas.ids import created_at
from schemas.states import Verdict
from tests.gateway.conftest import Servers
from tests.gateway.feeds import SOON_S, added, commands_of, customer, frames, listening, seqs, store, write
from tests.gateway.owner import Owner
from tests.gateway.process import GatewayProcess


def test_gets_what_stands_there_and_what_comes(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    write(feeds, session, 1, 2)
    with customer(gateway, session) as socket:
        first = frames(socket, 2)
        assert first[0] == {
            "feed": "session",
            "session_id": session,
            "seq": 1,
            "data": json.loads(encode(added(session, 1))),
        }
        write(feeds, session, 3)
        assert seqs(socket, 1) == [3]


def test_resumes_after_its_cursor(gateway: GatewayProcess, feeds: "redis.Redis", session: str) -> None:
    write(feeds, session, *range(1, 6))
    with customer(gateway, session, last_seq=3) as socket:
        write(feeds, session, 6)
        assert seqs(socket, 3) == [4, 5, 6]


def test_lost_doubled_and_late_nudges_change_nothing(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    with customer(gateway, session) as socket:
        listening(feeds, f"nudge:session:{session}")
        write(feeds, session, 1)
        write(feeds, session, 2, 3, nudge=False)
        write(feeds, session, 4)
        for again in (1, 3, 4, 2):
            feeds.publish(f"nudge:session:{session}", encode(added(session, again)))
        write(feeds, session, 5)
        assert seqs(socket, 5) == [1, 2, 3, 4, 5]
        write(feeds, session, 6, nudge=False)
        assert seqs(socket, 1) == [6], "the comparison every two seconds finds it"


def test_many_writers_at_once_leave_no_gap(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    with customer(gateway, session) as socket:
        writer = threading.Thread(target=write, args=(feeds, session, *range(1, 1001)))
        writer.start()
        assert seqs(socket, 1000) == list(range(1, 1001))
        writer.join()


def test_a_lost_connection_to_redis_is_made_up_for(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    with customer(gateway, session) as socket:
        write(feeds, session, 1)
        assert seqs(socket, 1) == [1]
        feeds.client_kill_filter(_type="pubsub")
        write(feeds, session, 2, 3)
        assert seqs(socket, 2) == [2, 3]


async def _insert(url: str, session: str, last: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.executemany(
        "INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, text, at)"
        " VALUES ($1, $2, $3, $4, 'bot', $5, to_timestamp(1750000000))",
        [(session, created_at(session), seq, f"m{seq}", f"text {seq}") for seq in range(1, last + 1)],
    )
    await connection.close()


def test_a_subscription_is_followed_by_reading_up(servers: Servers, feeds: "redis.Redis") -> None:
    gateway = GatewayProcess(servers.environment, compare_every_s=3600)
    gateway.start()
    session = gateway.post("/chat/start", {"customer_id": "c"}).body["session_id"]
    write(feeds, session, 1, nudge=False)
    with customer(gateway, session) as socket, customer(gateway, session) as other:
        assert seqs(socket, 1) == seqs(other, 1) == [1]
        feeds.publish(f"nudge:session:{session}", b"no JSON")
        feeds.client_kill_filter(_type="pubsub")
        write(feeds, session, 2, nudge=False)
        assert seqs(socket, 1) == seqs(other, 1) == [2]
    assert gateway.stop() == 0


def test_what_redis_has_no_more_comes_from_postgres(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    asyncio.run(_insert(servers.database, session, 5))
    with customer(gateway, session, last_seq=1) as socket:
        assert seqs(socket, 4) == [2, 3, 4, 5], "Redis has nothing of it"
    write(feeds, session, 4, 5, 6)
    with customer(gateway, session) as socket:
        found = frames(socket, 6)
        assert [frame["seq"] for frame in found] == [1, 2, 3, 4, 5, 6]
        first = decode_event(json.dumps(found[0]["data"]))
        assert first == msgspec.structs.replace(added(session, 1), at_ms=1_750_000_000_000)


def test_what_the_customer_says_is_in_the_log(
    gateway: GatewayProcess, servers: Servers, session: str
) -> None:
    with customer(gateway, session) as socket:
        for number in range(20):
            socket.send(json.dumps({"type": "message", "message": f"{number}", "message_id": f"c{number}"}))
        socket.send('{"type":"end"}')
        socket.send("{")
        assert frames(socket, 1)[0]["type"] == "error"
        socket.send('{"type":"message"}')
        assert "message" in frames(socket, 1)[0]["detail"]
    commands = commands_of(servers, session, _closed)
    texts = [command.text for command in commands if isinstance(command, PostMessage)]
    assert texts == [str(number) for number in range(20)]
    sockets = [command for command in commands if isinstance(command, CustomerSocket)]
    assert [command.connected for command in sockets] == [True, False]
    assert sockets[0].socket == sockets[1].socket


def test_refusals_come_back(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    with (
        Owner(servers.kafka, feeds, lambda command: [_conflict(command)]),
        customer(gateway, session) as socket,
    ):
        socket.send('{"type":"message","message":"hi","message_id":"c1"}')
        (frame,) = frames(socket, 1)
        socket.send('{"type":"end","ref":"f2"}')
        (end,) = frames(socket, 1)
        socket.send('{"type":"message","message":"","ref":"f3"}')
        (error,) = frames(socket, 1)
    assert frame.items() >= {"type": "message.rejected", "message_id": "c1", "reason": "closed"}.items()
    assert "ref" not in frame
    assert (end["type"], end["ref"], end["reason"]) == ("message.rejected", "f2", "closed")
    assert (error["type"], error["ref"]) == ("error", "f3")


@pytest.mark.parametrize(
    ("query", "status"), [("", 404), ("session_id=nope", 404), ("session_id={}&last_seq=x", 422)]
)
def test_bad_addresses_are_refused(gateway: GatewayProcess, session: str, query: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{gateway.url}/ws/customer?{query.format(session)}")
    assert refused.value.response.status_code == status


def test_who_waits_hears_of_each_new_place(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    channel = f"live:session:{session}"
    place = QueuePosition(session_id=session, position=3, estimated_wait_s=40.0)
    with customer(gateway, session) as socket:
        listening(feeds, channel)
        feeds.publish(channel, b"{}")
        feeds.publish(channel, encode(place))
        write(feeds, session, 1)
        told, entry = frames(socket, 2)
    estimates = {"estimated_wait_s": 40.0, "estimated_wait_high_s": None}
    assert told == {"type": "queue.position", "position": 3, **estimates}
    assert entry["seq"] == 1, "a place has no number"


def _closed(commands: list[Any]) -> bool:
    return any(isinstance(command, CustomerSocket) and not command.connected for command in commands)


def test_a_refusal_after_the_200_comes_to_the_socket(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    answered = threading.Event()

    def refuse(command: Asked) -> Iterator[CommandAnswered]:
        assert answered.wait(SOON_S)
        yield _conflict(command)

    with Owner(servers.kafka, feeds, refuse), customer(gateway, session) as socket:
        listening(feeds, f"nudge:session:{session}")
        answer = gateway.post("/chat/message", {"session_id": session, "message": "hi", "message_id": "c9"})
        assert (answer.status, answer.body["seq"]) == (200, None)
        answered.set()
        (frame,) = frames(socket, 1)
    assert (frame["type"], frame["message_id"]) == ("message.rejected", "c9")


def test_a_client_that_takes_nothing_is_closed(servers: Servers, feeds: "redis.Redis") -> None:
    gateway = GatewayProcess(servers.environment, slow_socket_s=0.5, socket_queue_frames=8)
    gateway.start()
    session = gateway.post("/chat/start", {"customer_id": "c"}).body["session_id"]
    entry = msgspec.structs.replace(added(session, 1), text="x" * 1_000_000)
    for seq in range(1, 41):
        store(feeds, f"session:{session}", seq, msgspec.structs.replace(entry, seq=seq), nudge=False)
    with customer(gateway, session, max_size=None, max_queue=1) as socket:
        slow = 'aicc_gateway_slow_sockets_total{kind="customer"} 1.0'
        deadline = time.monotonic() + 3 * SOON_S
        while slow not in gateway.get("/metrics").body.decode():
            assert time.monotonic() < deadline, "the slow client is not closed"
        got, code = _all_of(socket)
        assert code == 1013
    with customer(gateway, session, last_seq=len(got), max_size=None) as socket:
        rest = seqs(socket, 40 - len(got))
    assert [*got, *rest] == list(range(1, 41)), "it goes on where it was cut off"
    assert gateway.stop() == 0


def _all_of(socket: ClientConnection) -> tuple[list[int], int]:
    """Reads to the end: the numbers, and the code."""
    got: list[int] = []
    try:
        while True:
            got += seqs(socket, 1)
    except ConnectionClosed as closed:
        return got, closed.rcvd.code if closed.rcvd else 0


def _conflict(command: Asked) -> CommandAnswered:
    return CommandAnswered(
        session_id=command.session_id,
        request_id=command.request_id,
        reply_to=command.reply_to,
        verdict=Verdict.CONFLICT,
        message_id=command.message_id if isinstance(command, PostMessage) else "",
        reason="closed",
    )
