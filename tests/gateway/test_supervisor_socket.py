"""/ws/supervisor: the pool as a whole, its events without a gap, and transcripts that may be listened to."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
import redis
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from gateway.answers import busy
from gateway.realtime.frames import Listen
from gateway.realtime.listening import Listening
from gateway.security.tokens import Role
from schemas.audit import Decided
from schemas.audit_trail import Action, decode_audited
from schemas.ids import session_id
from schemas.topics import AUDIT
from tests.gateway.bearers import staff
from tests.gateway.conftest import Servers
from tests.gateway.feeds import frames, listening, seqs, write
from tests.gateway.pool_feed import ShownPool, decide, event, showing, watch
from tests.gateway.process import GatewayProcess
from tests.gateway.topics import records
from tests.waiting import until

NUDGE = "nudge:pool:gw-pool"


def say(socket: ClientConnection, **frame: Any) -> None:
    socket.send(json.dumps(frame))


def test_the_pool_comes_first_and_then_what_it_decides(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    decide(feeds, event(1), event(2))
    with showing(servers, feeds, ShownPool(2)), watch(gateway) as socket:
        (first,) = frames(socket, 1)
        assert (first["feed"], first["pool"], first["seq"]) == ("pool", "gw-pool", 2)
        assert first["data"]["type"] == "pool.state"
        assert first["data"]["queues"] == [{"queue": "gw-support", "waiting": 3, "longest_wait_s": 0.0}]
        decide(feeds, event(3, Decided.OFFERED, agent_id="gw-agent"))
        (offered,) = frames(socket, 1)
        assert (offered["seq"], offered["data"]["event"]) == (3, "offered")
        decide(feeds, event(4), event(5), nudge=False)
        assert seqs(socket, 2) == [4, 5]


def test_a_supervisor_who_comes_again_hears_what_was_missed_only(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    decide(feeds, *map(event, range(1, 8)))
    with showing(servers, feeds, ShownPool(6)), watch(gateway, pool="gw-pool", last_seq=4) as socket:
        assert [(one["seq"], one["data"]["type"]) for one in frames(socket, 3)] == [
            (seq, "routing.decided") for seq in (5, 6, 7)
        ]


def test_what_is_kept_no_more_is_made_up_for_by_the_whole_pool(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    decide(feeds, *map(event, range(5, 10)))
    with showing(servers, feeds, ShownPool(7)) as pool, watch(gateway, last_seq=1) as socket:
        found = frames(socket, 3)
        assert [one["seq"] for one in found] == [7, 8, 9]
        assert [one["data"]["type"] for one in found] == ["pool.state"] + 2 * ["routing.decided"]
        feeds.flushall()
        pool.seq = 20
        decide(feeds, event(21))
        found = frames(socket, 2)
        assert [(one["seq"], one["data"]["type"]) for one in found] == [
            (20, "pool.state"),
            (21, "routing.decided"),
        ]


def test_who_knows_more_than_there_is_begins_anew(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    with showing(servers, feeds, ShownPool(3)), watch(gateway, last_seq=90) as socket:
        reset, whole = frames(socket, 2)
        assert reset == {"type": "reset", "feed": "pool"}
        assert (whole["seq"], whole["data"]["type"]) == (3, "pool.state")


def test_a_pool_that_does_not_answer_is_asked_again(servers: Servers, feeds: "redis.Redis") -> None:
    gateway = GatewayProcess(servers.environment, pool_wait_s=0.1)
    gateway.start()
    with watch(gateway) as socket:
        say(socket, type="unlisten", session_id="x", ref="r")
        with showing(servers, feeds, ShownPool(1)):
            assert seqs(socket, 1) == [1]
    assert gateway.stop() == 0


def test_who_may_listen_gets_the_transcript_until_the_permission_ends(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    write(feeds, session, 1, 2, 3)
    with showing(servers, feeds, ShownPool(1, session, "sue")), watch(gateway, supervisor="sue") as socket:
        assert seqs(socket, 1) == [1]
        say(socket, type="listen", session_id=session, last_seq=1)
        found = frames(socket, 2)
        assert [(one["feed"], one["session_id"], one["seq"]) for one in found] == [
            ("session", session, 2),
            ("session", session, 3),
        ]
        say(socket, type="unlisten", session_id=session)
        say(socket, type="listen", session_id=session, last_seq=2)
        assert seqs(socket, 1) == [3]
        decide(feeds, *map(event, range(1, 2)), event(2, Decided.WRAPPING, contact_id=f"{session}.1"))
        assert frames(socket, 1)[0]["data"]["event"] == "wrapping"
        assert frames(socket, 1) == [{"type": "listen.ended", "session_id": session, "reason": "ended"}]
        write(feeds, session, 4)
        decide(feeds, event(3))
        assert frames(socket, 1)[0]["feed"] == "pool", "the transcript is closed"


def test_a_permission_may_come_after_it_is_used_and_without_one_nothing_comes(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    write(feeds, session, 1)
    with showing(servers, feeds, ShownPool(0, session, "tom")), watch(gateway, supervisor="sue") as socket:
        assert seqs(socket, 1) == [0]
        listening(feeds, NUDGE)
        say(socket, type="listen", session_id=session)
        decide(feeds, event(1, Decided.LISTENING, by="sue", reason="on", contact_id=f"{session}.1"))
        assert [one["feed"] for one in frames(socket, 2)] == ["pool", "session"]
        say(socket, type="listen", session_id="another")
        assert frames(socket, 1) == [
            {"type": "listen.ended", "session_id": "another", "reason": "not_permitted"}
        ]


def test_each_listening_is_noted_once_and_what_is_refused_is_not(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    write(feeds, session, 1)
    sue = f"sue-{session}"
    bearing = {"Authorization": f"Bearer {staff(sue, Role.SUPERVISOR)}"}
    with (
        showing(servers, feeds, ShownPool(0, session, sue)),
        connect(f"{gateway.url}/ws/supervisor", additional_headers=bearing) as socket,
    ):
        assert seqs(socket, 1) == [0]
        say(socket, type="listen", session_id="another")
        for _ in range(2):
            say(socket, type="listen", session_id=session)
            assert frames(socket, 1)[0]["feed"] == "session"
            say(socket, type="unlisten", session_id=session)
        assert frames(socket, 1)[0]["reason"] == "not_permitted"
    rows = [decode_audited(one.value) for one in records(servers.kafka, AUDIT, f'"{sue}"'.encode())]
    assert [(row.action, row.actor, row.session_id, row.pool) for row in rows] == [
        (Action.LISTENED, sue, session, "gw-pool")
    ] * 2


async def _never_noted(_: str) -> None:
    raise busy("The log is away")


def test_what_can_not_be_noted_is_not_heard() -> None:
    told = asyncio.run(_told_unnoted(session := session_id(1, 1_790_000_000_000, 1)))
    assert told == [{"type": "listen.ended", "session_id": session, "reason": "unavailable"}]


async def _told_unnoted(session: str) -> list[dict[str, Any]]:
    """Without a gateway: no feed is opened."""
    told: list[str] = []
    outlet: Any = SimpleNamespace(push=told.append)
    listening = Listening(cast("Any", None), "sue", _never_noted, outlet)
    listening.show(ShownPool(1, session, "sue").view())
    listening.listen(Listen(session_id=session, last_seq=0))
    await until(lambda: bool(told), 5, "no word of it")
    return [json.loads(one) for one in told]


@pytest.mark.parametrize(
    ("query", "status"),
    [({"pool": "unheard"}, 422), ({"last_seq": "x"}, 422), ({"supervisor": "s" * 129}, 422)],
)
def test_bad_addresses_are_refused(gateway: GatewayProcess, query: dict[str, str], status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        watch(gateway, **query)
    assert refused.value.response.status_code == status


def test_it_is_open_in_the_local_profile_only(servers: Servers) -> None:
    gateway = GatewayProcess(servers.environment, profile="production")
    gateway.start()
    with pytest.raises(InvalidStatus) as refused:
        watch(gateway)
    assert refused.value.response.status_code == 401
    assert gateway.stop() == 0
