"""/admin/webhooks on a real gateway and Postgres; the worker's part is in tests/workers/webhooks."""

import asyncio
import json
import uuid
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest

from gateway.security.tokens import Role
from gateway.webhooks.store import MOST_ENDPOINTS
from schemas.audit_trail import Action, decode_audited
from schemas.topics import AUDIT
from tests.gateway.bearers import staff
from tests.gateway.conftest import Servers
from tests.gateway.process import JSON, GatewayProcess, Reply
from tests.gateway.topics import records

URL = "https://example.com/hooks?x=1"


@pytest.fixture(autouse=True)
def no_endpoints(servers: Servers, gateway: GatewayProcess) -> None:
    rows(servers, "DELETE FROM webhook_endpoints")


def rows(servers: Servers, sql: str, *values: Any) -> list[dict[str, Any]]:
    async def fetch() -> list[dict[str, Any]]:
        connection = await asyncpg.connect(servers.database)
        try:
            return [dict(row) for row in await connection.fetch(sql, *values)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


def add(gateway: GatewayProcess, **body: Any) -> int:
    reply = gateway.post("/admin/webhooks", {"url": URL, **body})
    assert reply.status == 200, reply.body
    return int(reply.body["id"])


def call(gateway: GatewayProcess, method: str, path: str) -> Reply:
    return gateway.ask(method, f"/admin/webhooks{path}")


def endpoints(gateway: GatewayProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(gateway, "GET", "").body["items"]
    return found


def deliveries(gateway: GatewayProcess, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(gateway, "GET", f"/deliveries{query}").body["items"]
    return found


def test_an_endpoint_is_made_with_a_secret_that_is_shown_once(gateway: GatewayProcess) -> None:
    made = gateway.post("/admin/webhooks", {"url": URL, "events": ["contact.ended"], "description": "CRM"})
    assert made.status == 200
    prefix, _, key = made.body["secret"].partition("_")
    assert (prefix, len(b64decode(key))) == ("whsec", 32)
    (one,) = endpoints(gateway)
    assert one.pop("created_at").endswith("Z")
    assert one == {
        "id": made.body["id"],
        "url": URL,
        "description": "CRM",
        "events": ["contact.ended"],
        "enabled": True,
        "disabled_why": "",
        "pending": 0,
        "dead": 0,
    }


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 422, "url"),
        ({"url": "ftp://example.com"}, 422, "must be https"),
        ({"url": "https://"}, 422, "name a host"),
        ({"url": "https://a:b@example.com"}, 422, "without a user"),
        ({"url": "https://example.com/#x"}, 422, "fragment"),
        ({"url": "https://example.com:x/"}, 422, "can't be read"),
        ({"url": "https://[::1/"}, 422, "can't be read"),
        ({"url": "https://example.com/ x"}, 422, "spaces"),
        ({"url": "https://example.com/\u00e9"}, 422, "ASCII"),
        ({"url": "https://example.com/" + "x" * 2_000}, 422, "url"),
        ({"url": URL, "events": ["contact.exploded"]}, 422, "events"),
        ({"url": URL, "description": "a\0b"}, 422, "description"),
        (b"{", 400, "JSON"),
        (b"", 400, "empty"),
        (b'{"x":' * 10_000, 400, "deeply"),
        (b"x" * 70_000, 413, "bytes"),
    ],
)
def test_what_no_endpoint_is(gateway: GatewayProcess, body: Any, status: int, words: str) -> None:
    reply = gateway.post("/admin/webhooks", body)
    assert (reply.status, reply.media_type) == (status, "application/problem+json")
    assert words in reply.body["detail"]
    assert endpoints(gateway) == []


def test_there_is_a_bound(gateway: GatewayProcess, servers: Servers) -> None:
    rows(
        servers,
        "INSERT INTO webhook_endpoints (url, description, events, secret) "
        "SELECT 'https://x', '', '{}', '' FROM generate_series(1, $1)",
        MOST_ENDPOINTS - 1,
    )
    add(gateway)
    assert gateway.post("/admin/webhooks", {"url": URL}).status == 409


def test_a_new_secret_goes_beside_the_former_one_for_a_day(gateway: GatewayProcess, servers: Servers) -> None:
    made = gateway.post("/admin/webhooks", {"url": URL}).body
    rotated = call(gateway, "POST", f"/{made['id']}/rotate")
    assert rotated.status == 200
    assert rotated.body["secret"] != made["secret"]
    (row,) = rows(servers, "SELECT *, former_until - now() AS rest FROM webhook_endpoints")
    assert (row["secret"], row["former_secret"]) == (rotated.body["secret"], made["secret"])
    assert 86_300 < row["rest"].total_seconds() <= 86_400


def test_a_test_is_a_delivery_that_can_be_sent_again(gateway: GatewayProcess, servers: Servers) -> None:
    endpoint = add(gateway, events=["contact.ended"])
    made = call(gateway, "POST", f"/{endpoint}/test")
    assert made.status == 200
    (one,) = deliveries(gateway)
    assert (one["id"], one["type"], one["state"], one["tries"]) == (
        made.body["id"],
        "webhook.test",
        "pending",
        0,
    )
    again = call(gateway, "POST", f"/deliveries/{one['id']}/retry")
    assert (again.status, again.body["reason"]) == (409, "pending")
    rows(servers, "UPDATE webhook_deliveries SET state = 'dead', tries = 10, last_error = 'no'")
    assert deliveries(gateway)[0]["next_try_at"] is None
    assert endpoints(gateway)[0]["dead"] == 1
    assert call(gateway, "POST", f"/deliveries/{one['id']}/retry").status == 200
    (one,) = deliveries(gateway)
    assert (one["state"], one["tries"]) == ("pending", 0)
    assert one["next_try_at"] is not None


def test_a_disabled_endpoint_takes_nothing_until_it_is_enabled(
    gateway: GatewayProcess, servers: Servers
) -> None:
    endpoint = add(gateway)
    delivery = call(gateway, "POST", f"/{endpoint}/test").body["id"]
    rows(servers, "UPDATE webhook_endpoints SET enabled = false, disabled_why = 'gone'")
    rows(servers, "UPDATE webhook_deliveries SET state = 'dead'")
    assert call(gateway, "POST", f"/{endpoint}/test").status == 404
    again = call(gateway, "POST", f"/deliveries/{delivery}/retry")
    assert (again.status, again.body["reason"]) == (409, "disabled")
    assert call(gateway, "POST", f"/{endpoint}/enable").status == 200
    assert (endpoints(gateway)[0]["enabled"], endpoints(gateway)[0]["disabled_why"]) == (True, "")
    assert call(gateway, "POST", f"/deliveries/{delivery}/retry").status == 200


def test_pages_of_what_was_sent(gateway: GatewayProcess, servers: Servers) -> None:
    one, other = add(gateway), add(gateway)
    ids = [call(gateway, "POST", f"/{endpoint}/test").body["id"] for endpoint in (one, other) * 3]
    rows(servers, "UPDATE webhook_deliveries SET state = 'dead' WHERE id = ANY ($1::bigint[])", ids[:2])
    assert [row["id"] for row in deliveries(gateway)] == ids[::-1]
    assert [row["id"] for row in deliveries(gateway, f"?endpoint={other}")] == ids[5::-2]
    assert [row["id"] for row in deliveries(gateway, "?state=dead")] == ids[1::-1]
    first = call(gateway, "GET", "/deliveries?limit=4").body
    assert first["next_before"] == ids[2]
    last = call(gateway, "GET", f"/deliveries?limit=4&before={ids[2]}").body
    assert ([row["id"] for row in last["items"]], last["next_before"]) == (ids[1::-1], None)
    (whole,) = deliveries(gateway, f"?include=body&endpoint={one}&limit=1")
    assert whole["body"]["id"] == whole["event_id"]
    assert "body" not in first["items"][0]


@pytest.mark.parametrize("query", ["?state=lost", "?endpoint=x", "?limit=0", "?before=-1", "?state=%00"])
def test_malformed_queries(gateway: GatewayProcess, query: str) -> None:
    assert call(gateway, "GET", f"/deliveries{query}").status == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/{}"),
        ("POST", "/{}/rotate"),
        ("POST", "/{}/enable"),
        ("POST", "/{}/test"),
        ("POST", "/deliveries/{}/retry"),
    ],
)
@pytest.mark.parametrize("number", ["999999", "x", "-1", "9" * 30, "%00"])
def test_what_is_not_there(gateway: GatewayProcess, method: str, path: str, number: str) -> None:
    reply = call(gateway, method, path.format(number))
    assert (reply.status, reply.media_type) == (404, "application/problem+json")


def test_an_endpoint_goes_with_what_was_sent_to_it(gateway: GatewayProcess) -> None:
    endpoint = add(gateway)
    call(gateway, "POST", f"/{endpoint}/test")
    assert call(gateway, "DELETE", f"/{endpoint}").status == 200
    assert (endpoints(gateway), deliveries(gateway)) == ([], [])


def test_changes_are_noted_without_what_is_secret(gateway: GatewayProcess, servers: Servers) -> None:
    ann = f"ann-{uuid.uuid4().hex}"
    bearing = {"Authorization": f"Bearer {staff(ann, Role.ADMIN)}", "Content-Type": JSON}

    def change(method: str, path: str, body: Any = None) -> Any:
        raw = json.dumps(body).encode() if body else None
        reply = gateway.ask(method, f"/admin/webhooks{path}", raw, bearing)
        assert reply.status in (200, 409), reply
        return reply.body

    made = change("POST", "", {"url": "https://example.com/hooks?key=hidden"})
    one = made["id"]
    rotated = change("POST", f"/{one}/rotate")
    change("POST", f"/{one}/enable")
    delivery = change("POST", f"/{one}/test")["id"]
    change("POST", f"/deliveries/{delivery}/retry")
    change("DELETE", f"/{one}")
    change("GET", "")
    found = [record.value for record in records(servers.kafka, AUDIT, f'"{ann}"'.encode())]
    rows = [decode_audited(value) for value in found]
    assert {(row.action, row.actor, row.roles) for row in rows} == {(Action.CHANGED_WEBHOOK, ann, ("admin",))}
    assert [row.detail for row in rows] == [
        f"add endpoint {one} at example.com",
        f"rotate endpoint {one}",
        f"enable endpoint {one}",
        f"test endpoint {one}",
        f"retry endpoint {one} delivery {delivery}",
        f"remove endpoint {one}",
    ]
    for secret in (made["secret"], rotated["secret"], "hidden"):
        assert secret.encode() not in b"".join(found)


def test_outside_of_the_local_profile_it_is_closed(servers: Servers) -> None:
    gateway = GatewayProcess(servers.environment, profile="production")
    gateway.start()
    try:
        for method, path in (("GET", ""), ("POST", ""), ("GET", "/deliveries"), ("POST", "/1/test")):
            raw = json.dumps({"url": URL}).encode() if method == "POST" else None
            reply = gateway.ask(method, f"/admin/webhooks{path}", raw, {"Content-Type": JSON})
            assert reply.status in (401, 403)
    finally:
        gateway.stop()


def keyed(gateway: GatewayProcess, path: str, key: str, body: object = None) -> Reply:
    headers = {"Idempotency-Key": key, "Content-Type": JSON}
    return gateway.ask("POST", f"/admin/webhooks{path}", json.dumps(body or {}).encode(), headers)


def test_under_a_key_a_change_is_made_once(gateway: GatewayProcess, servers: Servers) -> None:
    key, body = uuid.uuid4().hex, {"url": URL}
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: keyed(gateway, "", key, body), range(4)))
    assert {reply.status for reply in replies} == {200}
    (made,) = {(reply.body["id"], reply.body["secret"]) for reply in replies}
    assert [one["id"] for one in endpoints(gateway)] == [made[0]]
    rotated = [keyed(gateway, f"/{made[0]}/rotate", key + "r") for _ in range(2)]
    assert rotated[0].body == rotated[1].body
    assert rotated[0].body["secret"] != made[1]
    tests = [keyed(gateway, f"/{made[0]}/test", key + "t").body for _ in range(2)]
    assert tests[0] == tests[1]
    assert len(deliveries(gateway)) == 1
    assert len(rows(servers, "SELECT 1 FROM webhook_keys WHERE status = 200")) >= 3


def test_a_key_with_another_change_is_refused_and_a_refusal_stays(gateway: GatewayProcess) -> None:
    key = uuid.uuid4().hex
    missing = keyed(gateway, "/999999/rotate", key)
    assert missing.status == 404
    assert keyed(gateway, "/999999/rotate", key).body == missing.body
    other = keyed(gateway, "/999999/enable", key)
    assert (other.status, other.body["reason"]) == (422, "key_reused")
    assert keyed(gateway, "", key, {"url": URL}).status == 422
    assert endpoints(gateway) == []
