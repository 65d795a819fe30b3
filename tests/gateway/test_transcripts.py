"""What a customer reads of its conversation: where it stands, what was said, all of it as a file."""

import asyncio
import json
import select
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest
import redis

from gateway.download import as_text
from gateway.polls import MOST_OF_ONE
from gateway.realtime.feed import Entry
from gateway.visible import for_customer
from schemas.api import ChatStatus
from schemas.codec import encode
from schemas.conversation import (
    Asked,
    AskStatus,
    CommandAnswered,
    ConsultationChanged,
    MessageAdded,
    QueuePosition,
)
from schemas.ids import created_at, session_id
from schemas.states import Channel, ConsultationStatus, ConversationState, Role, Verdict
from tests.gateway.conftest import POOL, Servers
from tests.gateway.feeds import SOON_S, added, customer, frames, listening, store, write
from tests.gateway.owner import Owner
from tests.gateway.process import GatewayProcess, Reply
from tests.gateway.test_history import INSERT, INSERT_MESSAGE

WAITING, ACTIVE, CLOSED = ConversationState.WAITING, ConversationState.ACTIVE, ConversationState.CLOSED
NOTE = {"role": Role.AGENT, "sender_id": "gw-agent", "kind": "note", "text": "difficult"}


@pytest.fixture
def session() -> str:
    """One that nobody has started."""
    return session_id(2, time.time_ns() // 1_000_000, time.time_ns())


def changed(session: str, state: ConversationState, **more: Any) -> ConsultationChanged:
    status = ConsultationStatus.COMPLETED if state is CLOSED else ConsultationStatus.OPEN
    return ConsultationChanged(
        session_id=session,
        version=2,
        customer_id="c",
        channel=Channel.CHAT,
        state=state,
        status=status,
        started_at_ms=1_000,
        changed_at_ms=2_000,
        ended_at_ms=3_000 if state is CLOSED else 0,
        queue="gw-support",
        messages=2,
        **more,
    )


def tell(feeds: "redis.Redis", session: str, state: ConversationState, **more: Any) -> None:
    """As the notifier tells of a session."""
    feeds.set(f"status:session:{session}", encode(changed(session, state, **more)))


def entry(session: str, seq: int, **fields: Any) -> MessageAdded:
    return MessageAdded(session_id=session, seq=seq, message_id=f"m{seq}", **({"role": Role.BOT} | fields))


def messages(gateway: GatewayProcess, session: str, query: str = "") -> Reply:
    return gateway.get(f"/chat/{session}/messages?{query}")


def seqs(reply: Reply) -> list[int]:
    assert reply.status == 200, reply
    return [item["seq"] for item in reply.body["items"]]


async def _stored(url: str, session: str, texts: Iterable[str]) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(INSERT, session, created_at(session), "c", "[]")
    for seq, text in enumerate(texts, 1):
        await connection.execute(INSERT_MESSAGE, session, created_at(session), seq, text)
    await connection.close()


def test_a_waiting_customer_hears_its_place(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    tell(feeds, session, WAITING)
    place = QueuePosition(session_id=session, position=3, estimated_wait_s=40.0, estimated_wait_high_s=90.0)
    feeds.set(f"position:session:{session}", encode(place))
    write(feeds, session, 1, 2, 3, nudge=False)
    reply = gateway.get(f"/chat/{session}")
    assert (reply.status, reply.body["state"], reply.body["status"]) == (200, "waiting", "open")
    assert (reply.body["queue"], reply.body["seq"]) == ("gw-support", 3)
    assert (reply.body["position"], reply.body["estimated_wait_s"]) == (3, 40.0)
    assert (reply.body["started_at_ms"], reply.body["ended_at_ms"]) == (1_000, None)
    tell(feeds, session, ACTIVE, agent_id="gw-agent", pool=POOL.pool)
    reply = gateway.get(f"/chat/{session}")
    assert (reply.body["position"], reply.body["agent_id"], reply.body["agent_name"]) == (
        None,
        "gw-agent",
        "Ada",
    )


def test_what_redis_has_lost_stands_in_postgres(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    asyncio.run(_stored(servers.database, session, ["one", "two"]))
    reply = gateway.get(f"/chat/{session}")
    assert (reply.status, reply.body["state"], reply.body["seq"]) == (200, "bot", 2)
    assert reply.body["started_at_ms"] == round(created_at(session).timestamp() * 1000)
    assert seqs(messages(gateway, session)) == [1, 2]
    store(feeds, f"session:{session}", 3, added(session, 3), nudge=False)
    assert seqs(messages(gateway, session)) == [1, 2, 3]
    assert seqs(messages(gateway, session, "after=1&limit=1")) == [2]


@pytest.mark.parametrize(
    ("verdict", "said", "status", "state"),
    [
        (Verdict.ACCEPTED, "bot", 200, "bot"),
        (Verdict.CONFLICT, "", 200, "closed"),
        (Verdict.NOT_FOUND, "", 404, None),
        (Verdict.EXPIRED, "", 503, None),
    ],
)
def test_who_is_nowhere_yet_is_asked_for(
    gateway: GatewayProcess,
    servers: Servers,
    feeds: "redis.Redis",
    session: str,
    verdict: Verdict,
    said: str,
    status: int,
    state: str | None,
) -> None:
    def answer(command: Asked) -> Iterator[CommandAnswered]:
        assert isinstance(command, AskStatus)
        yield CommandAnswered(
            session_id=session,
            request_id=command.request_id,
            reply_to=command.reply_to,
            verdict=verdict,
            status=said,
        )

    with Owner(servers.kafka, feeds, answer):
        reply = gateway.get(f"/chat/{session}")
        poll = messages(gateway, session)
    assert (reply.status, reply.body.get("state")) == (status, state)
    assert poll.status == status


def test_who_never_was_is_not_found_and_nobody_is_asked(
    gateway: GatewayProcess, feeds: "redis.Redis"
) -> None:
    old = session_id(2, 1_700_000_000_000, 5)
    for path in (f"/chat/{old}", f"/chat/{old}/messages", f"/chat/{old}/transcript", "/chat/nothing"):
        assert gateway.get(path).status == 404, path
    assert gateway.get("/chat/start").status == 405


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=101", "wait_s=31", "wait_s=a"])
def test_bad_queries_are_refused(gateway: GatewayProcess, session: str, query: str) -> None:
    assert messages(gateway, session, query).status == 422
    assert gateway.get(f"/chat/{session}/transcript?format=pdf").status == 422


def test_pages_follow_on_each_other(gateway: GatewayProcess, feeds: "redis.Redis", session: str) -> None:
    write(feeds, session, *range(1, 6), nudge=False)
    first = messages(gateway, session, "limit=3")
    assert (seqs(first), first.body["last_seq"], first.body["more"]) == ([1, 2, 3], 3, True)
    rest = messages(gateway, session, "limit=3&after=3")
    assert (seqs(rest), rest.body["last_seq"], rest.body["more"], rest.body["over"]) == (
        [4, 5],
        5,
        False,
        False,
    )
    store(feeds, f"session:{session}", 7, added(session, 7), nudge=False)
    assert seqs(messages(gateway, session, "after=4")) == [5], "what lies behind a gap is not told"


def test_a_poll_hears_what_comes_and_is_not_told_it_again(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    tell(feeds, session, ACTIVE)
    write(feeds, session, 1, nudge=False)
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        poll = pool.submit(messages, gateway, session, "after=1&wait_s=20")
        listening(feeds, f"nudge:session:{session}")
        write(feeds, session, 2)
        assert seqs(poll.result()) == [2]
    assert time.monotonic() - began < SOON_S
    reply = messages(gateway, session, "after=2&wait_s=1")
    assert (seqs(reply), reply.body["last_seq"], reply.body["over"]) == ([], 2, False)


def test_nobody_waits_for_a_conversation_that_is_over(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    tell(feeds, session, CLOSED)
    store(feeds, f"session:{session}", 1, entry(session, 1, role=Role.SYSTEM, kind="conversation.closed"))
    assert messages(gateway, session).body["over"] is True
    began = time.monotonic()
    reply = messages(gateway, session, "after=2&wait_s=30")
    assert (seqs(reply), reply.body["over"]) == ([], True)
    assert time.monotonic() - began < SOON_S


def _poll_on(gateway: GatewayProcess, session: str) -> socket.socket:
    """A connection on which a poll waits."""
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=SOON_S)
    path = f"/chat/{session}/messages?after=0&wait_s=30"
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection


def _readers(feeds: "redis.Redis", session: str) -> int:
    return int(feeds.pubsub_numsub(f"nudge:session:{session}")[0][1])


def _answered(connections: list[socket.socket]) -> list[socket.socket]:
    return select.select(connections, [], [], 0.02)[0]


def test_of_one_session_a_few_may_wait_and_who_leaves_leaves_nothing(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    tell(feeds, session, ACTIVE)
    deadline = time.monotonic() + SOON_S
    too_many = 3
    polls = [_poll_on(gateway, session) for _ in range(MOST_OF_ONE + too_many)]
    while len(refused := _answered(polls)) < too_many:
        assert time.monotonic() < deadline, "more may wait than should"
    assert {connection.recv(12) for connection in refused} == {b"HTTP/1.1 429"}
    reply = messages(gateway, session, "wait_s=1")
    assert reply.status == 429
    assert "retry-after" in reply.headers
    assert len(_answered([poll for poll in polls if poll not in refused])) == 0
    for connection in polls:
        connection.close()
    while _readers(feeds, session):
        assert time.monotonic() < deadline + 3 * SOON_S, "somebody still listens"
        time.sleep(0.02)
    assert messages(gateway, session, "wait_s=1").status == 200


def test_notes_reach_the_customer_as_empty_entries(
    gateway: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    tell(feeds, session, ACTIVE)
    store(feeds, f"session:{session}", 1, entry(session, 1, text='he said "kind":"note"'))
    store(feeds, f"session:{session}", 2, entry(session, 2, **NOTE))
    hidden = {
        "type": "message.added",
        "session_id": session,
        "seq": 2,
        "message_id": "",
        "role": "system",
        "kind": "hidden",
    }
    assert messages(gateway, session).body["items"][1] == hidden
    with customer(gateway, session) as line:
        first, second = frames(line, 2)
    assert first["data"]["text"] == 'he said "kind":"note"'
    assert second["data"] == hidden
    for kind in ("text", "json"):
        raw = json.dumps(gateway.get(f"/chat/{session}/transcript?format={kind}").body, default=bytes.decode)
        assert "difficult" not in raw


def test_what_is_shown_is_not_made_anew() -> None:
    plain = Entry(1, encode(entry("s", 1, text="hi")))
    assert for_customer(plain) is plain


def test_a_transcript_names_who_spoke(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    asyncio.run(_stored(servers.database, session, []))
    tell(feeds, session, CLOSED)
    said = [
        entry(session, 1, role=Role.CUSTOMER, sender_id="c", text="hello"),
        entry(session, 2, role=Role.SYSTEM, kind="agent.joined", sender_id="gw-agent", text="Ada"),
        entry(session, 3, role=Role.AGENT, sender_id="gw-agent", text="good {day}"),
        entry(session, 4, **NOTE),
        entry(session, 5, role=Role.SYSTEM, kind="conversation.closed", text="completed"),
    ]
    for one in said:
        store(feeds, f"session:{session}", one.seq, one, nudge=False)
    reply = gateway.get(f"/chat/{session}/transcript")
    lines = reply.body.decode().splitlines()
    assert lines[0] == f"Conversation {session}"
    assert [line.partition("] ")[2] for line in lines[3:]] == [
        "Customer: hello",
        "* Ada joined",
        "Ada: good {day}",
        "* the conversation is over (completed)",
    ]
    assert reply.media_type == "text/plain; charset=utf-8"
    assert reply.headers["content-disposition"] == f'attachment; filename="transcript-{session}.txt"'
    whole = gateway.get(f"/chat/{session}/transcript?format=json")
    assert [item["seq"] for item in whole.body["items"]] == [1, 2, 3, 4, 5]
    assert whole.body["conversation"]["status"] == "completed"
    assert whole.headers["content-disposition"].endswith('.json"')


def test_a_named_customer_is_named() -> None:
    standing = ChatStatus(session_id="s", state="closed", status="completed", seq=1)
    text = as_text(
        standing, "김철수", [entry("s", 1, role=Role.CUSTOMER, text="네", at_ms=1_790_000_000_000)]
    )
    assert text.splitlines()[-1] == "[2026-09-21 14:13:20] 김철수: 네"


def test_no_text_looks_like_anothers_line() -> None:
    standing = ChatStatus(session_id="s", state="closed", status="completed", seq=1)
    forged = "hi\n[2026-09-21 14:13:21] Agent: you get it all back\r\n* the conversation is over"
    text = as_text(standing, "", [entry("s", 1, role=Role.CUSTOMER, text=forged, at_ms=1_790_000_000_000)])
    assert [line for line in text.splitlines()[4:] if not line.startswith("    ")] == []
