"""What history finds, and who may read what: filters, names, pools."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from gateway.security.tokens import Role
from schemas.audit_trail import Action
from schemas.codec import encode
from schemas.conversation import ConsultationChanged
from schemas.states import Channel, ConsultationStatus, ConversationState
from tests.gateway.bearers import agent, staff
from tests.gateway.conftest import POOL, SECOND, Servers
from tests.gateway.past import START_MS, Past, store
from tests.gateway.process import GatewayProcess, Reply
from tests.gateway.test_audit import noted

KIM = ("kim", "김민수", "+82 10-1234-5678")
LEE = ("lee", "이서연", "010-9")
EVERY = [
    Past(0, "kim", "completed", "chat", "gw-agent", POOL.pool, "gw-support"),
    Past(1, "lee", "completed", "voice", "gw-agent", POOL.pool, "gw-sales"),
    Past(2, "kim", "abandoned", "voice", None, POOL.pool, "gw-support"),
    Past(3, "lee", "completed", "chat", "gw-stranger", SECOND.pool, "gw-other"),
    Past(4, "kim", "bot_resolved", said=(("customer", "text", "환불"), ("agent", "text", "yes"))),
    Past(5, "nobody", "open", "chat", "gone", SECOND.pool, "gw-other"),
    Past(6, "kim", "completed", "chat", "gw-agent", POOL.pool, "gw-support"),
]
FOREIGN = {3, 5}
_names = (f"reader-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def past(servers: Servers) -> list[Past]:
    store(servers.database, EVERY, [KIM, LEE])
    return EVERY


def at(minute: int, zone: str = "Z") -> str:
    begin = datetime.fromtimestamp(START_MS / 1000, UTC) + timedelta(minutes=minute)
    if zone == "Z":
        return begin.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (begin + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%S+09:00")


def ask(gateway: GatewayProcess, path: str, token: str = "") -> Reply:
    return gateway.ask("GET", path, None, {"Authorization": f"Bearer {token}"} if token else {})


def minutes(items: list[dict[str, Any]]) -> list[int]:
    known = {one.session: one.minute for one in EVERY}
    return [known[item["session_id"]] for item in items]


def pages(gateway: GatewayProcess, query: str, limit: int, token: str = "") -> Iterator[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        reply = ask(gateway, f"/consultation/history?{query}&limit={limit}&cursor={cursor}", token)
        assert reply.status == 200, reply
        yield reply.body
        cursor = reply.body["next_cursor"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [6, 5, 4, 3, 2, 1, 0]),
        ("status=completed", [6, 3, 1, 0]),
        (f"status=completed&from={at(1)}", [6, 3, 1]),
        (f"status=completed&from={at(1)}&to={at(6)}", [3, 1]),
        (f"status=completed&to={at(3)}", [1, 0]),
        (f"from={at(2)}&to={at(5)}", [4, 3, 2]),
        (f"from={at(2, '+09:00')}&to={at(5, '+09:00')}", [4, 3, 2]),
        ("customer_id=kim", [6, 4, 2, 0]),
        ("customer_id=kim&status=completed", [6, 0]),
        ("agent_id=gw-agent", [6, 1, 0]),
        ("agent_id=gw-agent&channel=voice", [1]),
        ("queue=gw-support", [6, 2, 0]),
        ("queue=gw-support&status=completed&channel=chat", [6, 0]),
        ("channel=voice", [2, 1]),
        ("status=completed&channel=chat", [6, 3, 0]),
        ("phone=%2B82%2010-1234-5678", [6, 4, 2, 0]),
        ("phone=%2B82%2010-1234-5678&status=completed", [6, 0]),
        ("phone=010-9&customer_id=lee", [3, 1]),
        ("phone=010-9&customer_id=kim", []),
        ("phone=1", []),
        ("status=failed", []),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 20])
def test_filters_combine_and_pages_follow(
    gateway: GatewayProcess, past: list[Past], query: str, found: list[int], limit: int
) -> None:
    got = list(pages(gateway, query, limit))
    assert minutes([item for page in got for item in page["items"]]) == found
    assert all(len(page["items"]) <= limit for page in got)
    assert all(page["total_estimate"] is None for page in got[1:])
    if len(found) <= limit:
        assert got[0]["total_estimate"] == len(found)
    else:
        assert got[0]["total_estimate"] > limit


def test_names_and_phones_are_joined_where_they_are_known(gateway: GatewayProcess, past: list[Past]) -> None:
    items = ask(gateway, "/consultation/history").body["items"]
    found = {
        minute: (item["customer_name"], item["customer_phone"], item["agent_name"])
        for minute, item in zip(minutes(items), items, strict=True)
    }
    assert found[0] == (*KIM[1:], "Gw-Agent")
    assert found[4] == (*KIM[1:], None)
    assert found[5] == ("", "", "Gone")


def test_one_consultation_with_and_without_its_messages(gateway: GatewayProcess, past: list[Past]) -> None:
    one = past[4]
    reply = gateway.get(f"/consultation/{one.session}")
    assert [entry["text"] for entry in reply.body["messages"]] == ["환불", "yes"]
    assert (reply.body["customer_name"], reply.body["status"]) == (KIM[1], "bot_resolved")
    assert "messages" not in gateway.get(f"/consultation/{one.session}?messages=false").body
    unknown = gateway.get(f"/consultation/{Past(-11).session}")
    assert (unknown.status, unknown.body["type"]) == (404, "/problems/unknown-session")
    assert gateway.get(f"/consultation/{one.session}?messages=maybe").status == 422


READERS = {
    "agent": (agent(), FOREIGN),
    "agent without a pool in its token": (staff("gw-agent", Role.AGENT), FOREIGN),
    "agent elsewhere": (staff("gw-stranger", Role.AGENT, SECOND.pool), {0, 1, 2, 6}),
    "own supervisor": (staff("sam", Role.SUPERVISOR, POOL.pool), FOREIGN),
    "supervisor of all": (staff("sue", Role.SUPERVISOR), set[int]()),
    "admin": (staff("ann", Role.ADMIN), set[int]()),
    "admin of a pool": (staff("ann", Role.ADMIN, POOL.pool), set[int]()),
}


@pytest.mark.parametrize("reader", READERS)
def test_staff_read_of_their_own_pool_and_of_none(
    gateway: GatewayProcess, feeds: "redis.Redis", past: list[Past], reader: str
) -> None:
    token, hidden = READERS[reader]
    for query in ("", "status=completed", "customer_id=lee", "agent_id=gw-stranger", "queue=gw-other"):
        shown = {minute for page in pages(gateway, query, 2, token) for minute in minutes(page["items"])}
        all_of_it = {minute for page in pages(gateway, query, 2) for minute in minutes(page["items"])}
        assert shown == all_of_it - hidden, query
    for one in past:
        wanted = 403 if one.minute in hidden else 200
        for path in (
            f"/consultation/history?session_id={one.session}&include=messages",
            f"/consultation/{one.session}",
            f"/chat/{one.session}",
            f"/chat/{one.session}/messages",
            f"/chat/{one.session}/transcript",
            f"/chat/{one.session}/transcript?format=json",
        ):
            assert ask(gateway, path, token).status == wanted, path


def test_whose_it_is_the_newest_version_says(
    gateway: GatewayProcess, feeds: "redis.Redis", past: list[Past]
) -> None:
    """The notifier is ahead of the persister."""
    one = past[4]
    moved = ConsultationChanged(
        session_id=one.session,
        version=9,
        customer_id="kim",
        channel=Channel.CHAT,
        state=ConversationState.ACTIVE,
        status=ConsultationStatus.OPEN,
        started_at_ms=1,
        changed_at_ms=2,
        pool=SECOND.pool,
    )
    assert ask(gateway, f"/chat/{one.session}", agent()).status == 200
    feeds.set(f"status:session:{one.session}", encode(moved))
    assert ask(gateway, f"/chat/{one.session}", agent()).status == 403
    assert ask(gateway, f"/chat/{one.session}", READERS["agent elsewhere"][0]).status == 200


def test_an_agent_of_no_pool_reads_nothing(gateway: GatewayProcess, past: list[Past]) -> None:
    token = staff("nobody", Role.AGENT)
    for path in ("/consultation/history", f"/consultation/{past[0].session}", f"/chat/{past[0].session}"):
        assert ask(gateway, path, token).status == 403


def test_what_staff_read_and_download_is_noted(
    gateway: GatewayProcess, servers: Servers, past: list[Past]
) -> None:
    name, one = next(_names), past[0].session
    token = staff(name, Role.SUPERVISOR, POOL.pool)
    for path in (
        "/consultation/history?customer_id=kim&status=completed&limit=2",
        f"/consultation/{one}",
        f"/chat/{one}/transcript",
        f"/chat/{one}/messages",
    ):
        assert ask(gateway, path, token).status == 200
    rows = [(row.action, row.customer_id, row.session_id, row.detail) for row in noted(servers, name)]
    assert rows == [
        (Action.SEARCHED, "kim", "", "status=completed"),
        (Action.SEARCHED, "", one, ""),
        (Action.EXPORTED, "", one, ""),
    ]
