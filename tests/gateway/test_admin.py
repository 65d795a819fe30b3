"""/admin/config on a real gateway, Kafka and Postgres; the routing is the test's to imagine."""

import asyncio
import itertools
import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from schemas.config import decode_pool
from schemas.config_change import MOST_CHANGES, decode_change
from schemas.routing import ApplyConfig, decode_command
from schemas.topics import CONFIG, CONFIG_AUDIT, ROUTING_COMMANDS, Topic
from tests.gateway.conftest import POOL, Servers, configure
from tests.gateway.process import JSON, GatewayProcess, Reply
from tests.gateway.topics import records

Body = dict[str, Any]
_numbers = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def alone(servers: Servers, gateway: GatewayProcess) -> Iterator[None]:
    """The next module finds the one pool that it expects."""
    yield
    for one in gateway.get("/admin/config").body["pools"]:
        if one["pool"] != POOL.pool:
            asyncio.run(configure(servers.kafka, one["pool"], None))


@pytest.fixture
def name() -> str:
    """A pool of the test's own, behind all others."""
    return f"zz-admin-{next(_numbers)}"


def pool(name: str, **fields: object) -> Body:
    queues = [{"name": f"{name}-one"}, {"name": f"{name}-two", "aging_s": 5.0}]
    agents = [{"id": f"{name}-kim", "name": "김", "queues": [f"{name}-one"], "capacity": 3}]
    return {"pool": name, "partition": 4, "queues": queues, "agents": agents, **fields}


def put(gateway: GatewayProcess, body: Body | bytes, name: str = "", **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    path = f"/admin/config/{name or (body['pool'] if isinstance(body, dict) else 'x')}"
    told = {key.replace("_", "-"): value for key, value in headers.items()}
    return gateway.ask("PUT", path, raw, {"Content-Type": JSON, **told})


def test_a_new_pool_is_published_audited_and_known_at_once(
    gateway: GatewayProcess, servers: Servers, name: str
) -> None:
    done = put(gateway, pool(name), X_Author="kim")
    assert done.status == 200, done
    assert (done.body["pool"], done.headers["etag"]) == (name, f'"{done.body["version"]}"')
    assert done.body["changes"][0] == {"path": f"pools[{name}].partition", "after": "4"}
    found = gateway.get(f"/admin/config/{name}")
    assert found.body == pool(name, version=done.body["version"])
    assert found.headers["etag"] == done.headers["etag"]

    def first(topic: Topic) -> bytes:
        return records(servers.kafka, topic, name.encode())[0].value

    command, audit = decode_command(first(ROUTING_COMMANDS)), decode_change(first(CONFIG_AUDIT))
    published = decode_pool(first(CONFIG))
    assert isinstance(command, ApplyConfig)
    assert command.config == published
    assert (audit.author, audit.source, audit.version) == ("kim", "api", published.version)


def test_all_pools_are_listed(gateway: GatewayProcess, name: str) -> None:
    put(gateway, pool(name))
    found = gateway.get("/admin/config").body["pools"]
    assert {POOL.pool, name} <= {one["pool"] for one in found}
    assert gateway.ask("HEAD", "/admin/config").status == 200


def test_a_new_queue_takes_requests_at_once(gateway: GatewayProcess, session: str, name: str) -> None:
    put(gateway, pool(name))
    asked = gateway.post("/agent/connect", {"session_id": session, "queue": f"{name}-two"})
    assert (asked.status, asked.body["status"]) == (200, "queued")


def test_what_changes_nothing_is_not_published(gateway: GatewayProcess, servers: Servers, name: str) -> None:
    version = put(gateway, pool(name)).body["version"]
    again = put(gateway, pool(name))
    assert (again.status, again.body) == (
        200,
        {"pool": name, "version": version, "changed": 0, "changes": []},
    )
    assert len(records(servers.kafka, CONFIG_AUDIT, name.encode())) == 1


def test_a_dry_run_says_what_would_change_and_does_nothing(
    gateway: GatewayProcess, servers: Servers, name: str
) -> None:
    version = put(gateway, pool(name)).body["version"]
    wanted = json.dumps(pool(name, lease_grace_s=3)).encode()
    path, told = f"/admin/config/{name}?dry_run=true", {"Content-Type": JSON}
    said = gateway.ask("PUT", path, wanted, told)
    assert (said.status, said.body["version"], said.body["changed"]) == (200, version, 1), said
    assert said.body["changes"] == [
        {"path": f"pools[{name}].lease_grace_s", "before": "10.0", "after": "3.0"}
    ]
    stale = gateway.ask("PUT", path, wanted, {**told, "If-Match": '"1"'})
    bad = gateway.ask("PUT", path, json.dumps(pool(name, moves={"x": "y"})).encode(), told)
    assert (stale.status, bad.status) == (412, 422)
    assert "moves[x]" in bad.body["detail"]
    assert gateway.ask("PUT", path.replace("true", "yes"), wanted, told).status == 422
    assert len(records(servers.kafka, CONFIG_AUDIT, name.encode())) == 1


@pytest.mark.parametrize("tag", ['"{}"', "{}", "*"])
def test_what_was_made_from_the_published_version_is_taken(
    gateway: GatewayProcess, name: str, tag: str
) -> None:
    version = put(gateway, pool(name)).body["version"]
    done = put(gateway, pool(name, lease_grace_s=3), If_Match=tag.format(version))
    assert (done.status, done.body["changes"]) == (
        200,
        [{"path": f"pools[{name}].lease_grace_s", "before": "10.0", "after": "3.0"}],
    )
    assert done.body["version"] > version


def test_what_was_made_from_another_version_is_refused(gateway: GatewayProcess, name: str) -> None:
    absent = put(gateway, pool(name), If_Match="*")
    version = put(gateway, pool(name)).body["version"]
    by_header = put(gateway, pool(name, lease_grace_s=3), If_Match=f'"{version - 1}"')
    by_body = put(gateway, pool(name, lease_grace_s=3, version=version - 1))
    for refused in (absent, by_header, by_body):
        assert (refused.status, refused.media_type) == (412, "application/problem+json"), refused
    assert str(version) in by_header.body["detail"]
    assert gateway.get(f"/admin/config/{name}").body["version"] == version


def test_of_two_made_from_one_version_one_is_taken(gateway: GatewayProcess, name: str) -> None:
    version = put(gateway, pool(name)).body["version"]

    async def both() -> list[int]:
        made = [pool(name, lease_grace_s=number, version=version) for number in range(8)]
        done = await asyncio.gather(*(asyncio.to_thread(put, gateway, body) for body in made))
        return sorted(one.status for one in done)

    assert asyncio.run(both()) == [200, *[412] * 7]


REFUSED: list[tuple[Body, str]] = [
    ({"partition": 5}, "pools[{}].partition: 4 for good, not 5"),
    ({"partition": 99}, "pools[{}].partition: 99 is not in 0..7"),
    ({"queues": [], "agents": []}, "pools[{}].moves: queue '{}-two' is deleted"),
    ({"moves": {"x": "y"}}, "pools[{}].moves[x]: no queue 'y' in this pool"),
    (
        {"agents": [{"id": "gw-agent", "name": "Ada", "queues": []}]},
        "pools[{}].agents[gw-agent]: is in pool 'gw-pool'",
    ),
    ({"queues": [{"name": 5}]}, "Expected `str`, got `int` - at `$.queues[0].name`"),
    ({"colour": "red"}, "Object contains unknown field `colour`"),
    ({"pool": "other"}, "pool: 'other' is not the one of the address"),
    ({"hours": [{"name": "h", "zone": "Nowhere", "weekly": {}}]}, "pools[{}].hours[h].zone: 'Nowhere'"),
]


@pytest.mark.parametrize(("fields", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_is_refused_names_the_path(gateway: GatewayProcess, name: str, fields: Body, said: str) -> None:
    version = put(gateway, pool(name)).body["version"]
    refused = put(gateway, pool(name, **fields), name)
    assert (refused.status, refused.media_type) == (422, "application/problem+json"), refused
    assert said.replace("{}", name) in refused.body["detail"]
    assert gateway.get(f"/admin/config/{name}").body["version"] == version


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"{", 400), (b"[]", 422), (b" " * 1_100_000, 413)], ids=range(4)
)
def test_what_is_no_pool_is_refused(gateway: GatewayProcess, body: bytes, status: int) -> None:
    assert put(gateway, body).status == status


def test_an_author_is_said_in_one_line(gateway: GatewayProcess, name: str) -> None:
    assert put(gateway, pool(name), X_Author="x" * 201).status == 422
    assert gateway.get(f"/admin/config/{name}").status == 404
    assert gateway.ask("DELETE", f"/admin/config/{name}").status == 405


def test_a_pool_of_thousands_is_taken_and_a_larger_one_refused(
    gateway: GatewayProcess, servers: Servers, name: str
) -> None:
    def crowd(count: int, of: str) -> list[Body]:
        return [{"id": f"{name}-{n}", "name": of, "queues": [f"{name}-one"]} for n in range(count)]

    done = put(gateway, pool(name, agents=crowd(6_000, "Kim")))
    assert (done.status, done.body["changed"], len(done.body["changes"])) == (200, 6_003, MOST_CHANGES)
    assert len(gateway.get(f"/admin/config/{name}").body["agents"]) == 6_000
    assert len(records(servers.kafka, CONFIG, name.encode())) == 1
    assert put(gateway, pool(name, agents=crowd(9_000, "K" * 80))).status == 413


@pytest.fixture
def stored(servers: Servers, name: str) -> str:
    """A pool with five changes as the persister stores them."""

    async def fill() -> None:
        db = await asyncpg.connect(servers.database)
        for version in range(1, 6):
            await db.execute(
                "INSERT INTO config_audit (pool, version, at, author, source, changed, changes, config)"
                " VALUES ($1, $2, now(), 'kim', 'cli', 3, $3, $4)",
                name,
                version,
                '[{"path": "p", "before": "1"}]',
                json.dumps({"pool": name, "partition": 0, "version": version}),
            )
        await db.close()

    asyncio.run(fill())
    return name


def pages(gateway: GatewayProcess, path: str) -> Iterator[Body]:
    before = ""
    while before is not None:
        answer = gateway.get(path + (f"&before={before}" if before else ""))
        assert answer.status == 200, answer
        yield from answer.body["items"]
        before = answer.body["next_before"]


def test_the_audit_is_read_in_pages_newest_first(gateway: GatewayProcess, stored: str) -> None:
    found = list(pages(gateway, f"/admin/config/audit?pool={stored}&limit=2"))
    assert [one["version"] for one in found] == [5, 4, 3, 2, 1]
    assert {key: found[0][key] for key in ("pool", "author", "source", "changed", "changes")} == {
        "pool": stored,
        "author": "kim",
        "source": "cli",
        "changed": 3,
        "changes": [{"path": "p", "before": "1"}],
    }
    assert "config" not in found[0]
    (whole,) = gateway.get(f"/admin/config/audit?pool={stored}&limit=1&include=config").body["items"]
    assert whole["config"] == {"pool": stored, "partition": 0, "version": 5}
    assert gateway.get("/admin/config/audit?limit=1").body["items"][0]["pool"] == stored


@pytest.mark.parametrize("query", ["before=x", "before=-1", "limit=0", "limit=1000", "before=" + "9" * 20])
def test_a_bad_page_is_refused(gateway: GatewayProcess, query: str) -> None:
    assert gateway.get(f"/admin/config/audit?{query}").status == 422
