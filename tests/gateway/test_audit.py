"""What staff do with what is not theirs stands in the topic `audit`, and can be read."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
import redis

from gateway.security.tokens import Role
from schemas.audit_trail import Action, Audited, decode_audited
from schemas.ids import session_id
from schemas.topics import AUDIT
from tests.gateway.bearers import agent, staff
from tests.gateway.calls import pools
from tests.gateway.conftest import POOL, Servers
from tests.gateway.process import JSON, GatewayProcess, Reply
from tests.gateway.topics import records
from tests.waiting import until

_names = (f"sue-{number}" for number in itertools.count())


@pytest.fixture
def sue() -> str:
    """A supervisor of the test's own."""
    return next(_names)


def noted(servers: Servers, who: str) -> list[Audited]:
    return [decode_audited(one.value) for one in records(servers.kafka, AUDIT, f'"{who}"'.encode())]


def get_as(gateway: GatewayProcess, token: str, path: str) -> Reply:
    return gateway.ask("GET", path, None, {"Authorization": f"Bearer {token}"})


def test_listening_in_is_noted_and_its_end_is_not(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", sue: str
) -> None:
    bearing = {"Authorization": f"Bearer {staff(sue, Role.SUPERVISOR)}", "Content-Type": JSON}
    with pools(servers, feeds):
        for listening in (b"true", b"false"):
            body = b'{"contact_id": "s.1", "supervisor": "another", "listening": %s}' % listening
            assert gateway.ask("POST", "/supervisor/listen", body, bearing).status == 200
        keyed = {**bearing, "Idempotency-Key": sue}
        body = b'{"contact_id": "s.1", "listening": true}'
        # No owner answers a key here: it is asked again.
        assert gateway.ask("POST", "/supervisor/listen", body, keyed).status == 503
    done, again = noted(servers, sue)
    assert (again.action, again.contact_id) == (Action.LISTENED, "s.1")
    assert (done.actor, done.action, done.roles) == (sue, Action.LISTENED, ("supervisor",))
    assert (done.pool, done.contact_id) == (POOL.pool, "s.1")


def test_a_search_by_staff_is_noted_and_a_customers_is_not(
    gateway: GatewayProcess, servers: Servers, session: str, sue: str
) -> None:
    long = "c" * 600
    unknown = session_id(1, 1_790_000_000_000, 1)
    for query in (f"customer_id={sue}", f"session_id={unknown}", f"customer_id={long}"):
        for token in (staff(sue, Role.SUPERVISOR), agent(f"agent-{sue}")):
            assert get_as(gateway, token, f"/consultation/history?{query}").status == 200
    assert gateway.get(f"/consultation/history?session_id={session}").status == 200
    supervisor, person = (noted(servers, who) for who in (sue, f"agent-{sue}"))
    assert {one.action for one in supervisor} == {Action.SEARCHED}
    assert [(one.customer_id, one.session_id) for one in supervisor if one.actor == sue] == [
        (sue, ""),
        ("", unknown),
        (long[:512], ""),
    ]
    assert len(person) == 3
    assert not records(servers.kafka, AUDIT, session.encode())


@pytest.fixture
def stored(servers: Servers, sue: str) -> str:
    """Five rows as the persister stores them."""

    async def fill() -> None:
        db = await asyncpg.connect(servers.database)
        for number in range(5):
            await db.execute(
                "INSERT INTO audit (audit_id, at, actor, action, roles, contact_id)"
                " VALUES ($1, now(), $2, $3, '{supervisor}', $4)",
                f"{sue}-{number}",
                sue,
                "listened" if number % 2 else "searched",
                f"s.{number}",
            )
        await db.close()

    asyncio.run(fill())
    return sue


def pages(gateway: GatewayProcess, token: str, path: str) -> Iterator[dict[str, Any]]:
    before = ""
    while before is not None:
        answer = get_as(gateway, token, path + (f"&before={before}" if before else ""))
        assert answer.status == 200, answer
        yield from answer.body["items"]
        before = answer.body["next_before"]


def test_admins_read_it_in_pages_and_that_is_noted(
    gateway: GatewayProcess, servers: Servers, stored: str
) -> None:
    ann = f"ann-{stored}"
    token = staff(ann, Role.ADMIN)
    every = list(pages(gateway, token, f"/admin/audit?actor={stored}&limit=2"))
    assert [one["contact_id"] for one in every] == ["s.4", "s.3", "s.2", "s.1", "s.0"]
    assert {key: every[0][key] for key in ("actor", "action", "roles", "customer_id")} == {
        "actor": stored,
        "action": "searched",
        "roles": ["supervisor"],
        "customer_id": "",
    }
    some = pages(gateway, token, f"/admin/audit?actor={stored}&action=listened&limit=5")
    assert [one["contact_id"] for one in some] == ["s.3", "s.1"]
    assert [one.action for one in noted(servers, ann)] == [Action.READ_AUDIT] * 4


@pytest.mark.parametrize("query", ["before=x", "limit=0", "limit=1000", "action=sung", "actor=%00"])
def test_a_bad_page_is_refused(gateway: GatewayProcess, query: str) -> None:
    assert gateway.get(f"/admin/audit?{query}").status == 422


def test_what_can_not_be_noted_is_not_done(servers: Servers, feeds: "redis.Redis", sue: str) -> None:
    """Kafka is away for this gateway."""
    process = GatewayProcess({**servers.environment, "KAFKA_BOOTSTRAP": "127.0.0.1:1"})
    process.launch()
    try:
        token = staff(sue, Role.SUPERVISOR)

        def search() -> int:
            with suppress(OSError):
                return get_as(process, token, "/consultation/history?customer_id=c").status
            return 0

        asyncio.run(until(lambda: search() != 0, 20, "the gateway does not answer"))
        assert search() == 503
        assert process.get("/consultation/history?customer_id=c").status == 200
    finally:
        process.stop()
