"""Who may do what: everybody on every route and socket, on a gateway of the production profile."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
import redis
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gateway.app import make_app
from gateway.security.access import RULES, Who
from gateway.security.guard import guard
from gateway.security.tokens import Role
from gateway.settings import GatewaySettings
from schemas.routing import AcceptOffer, ListenIn
from schemas.topics import ROUTING_COMMANDS
from tests.gateway.bearers import agent, everybody, staff
from tests.gateway.calls import pools
from tests.gateway.conftest import POOL, SECOND, Servers
from tests.gateway.process import JSON, GatewayProcess, Reply
from tests.gateway.topics import records

S = "{session}"


class Case(NamedTuple):
    """What is asked for at a route: its address filled in, and a body; and who gets it, and who `also`."""

    who: Who
    path: str = ""
    body: Mapping[str, object] | None = None
    also: frozenset[str] = frozenset()


CASES = {
    "POST /chat/start": Case(Who.ANYONE, body={"customer_id": "c"}),
    "POST /chat/message": Case(Who.CUSTOMER, body={"session_id": S, "message": "hello"}),
    "POST /chat/attachment": Case(Who.READER, "/chat/attachment?session_id={session}"),
    "GET /chat/{session_id:session}/attachment/{attachment_id}": Case(
        Who.READER, "/chat/{session}/attachment/none"
    ),
    "POST /chat/end": Case(Who.CUSTOMER, body={"session_id": S}),
    "POST /agent/connect": Case(Who.CUSTOMER, body={"session_id": S}),
    "POST /agent/presence": Case(Who.AGENT, body={"presence": "offline"}),
    "POST /agent/heartbeat": Case(Who.AGENT, body={}),
    "POST /agent/accept": Case(Who.AGENT, body={"contact_id": "s.1", "offer_epoch": 1}),
    "POST /agent/reject": Case(Who.AGENT, body={"contact_id": "s.1", "offer_epoch": 1}),
    "POST /agent/complete": Case(Who.AGENT, body={"contact_id": "s.1"}),
    "POST /agent/transfer": Case(Who.AGENT, body={"contact_id": "s.1", "queue": "gw-sales"}),
    "GET /agent/desk": Case(Who.AGENT),
    "POST /supervisor/move": Case(Who.SUPERVISOR, body={"contact_id": "s.1", "queue": "gw-sales"}),
    "POST /supervisor/assign": Case(Who.SUPERVISOR, body={"contact_id": "s.1", "agent_id": "gw-agent"}),
    "POST /supervisor/prioritize": Case(
        Who.SUPERVISOR, body={"contact_id": "s.1", "priority": 1, "pool": POOL.pool}
    ),
    "POST /supervisor/presence": Case(Who.SUPERVISOR, body={"agent_id": "gw-agent", "presence": "custom"}),
    "POST /supervisor/listen": Case(Who.SUPERVISOR, body={"contact_id": "s.1", "pool": POOL.pool}),
    "POST /supervisor/whisper": Case(
        Who.SUPERVISOR, body={"contact_id": f"{S}.1", "message": "slowly", "pool": POOL.pool}
    ),
    "POST /routing/explain": Case(Who.SUPERVISOR, body={"contact_id": "s.1", "pool": POOL.pool}),
    "POST /bench/echo": Case(Who.ANYONE, body={"customer_id": "c"}),
    "GET /consultation/history": Case(Who.READER, "/consultation/history?session_id={session}"),
    "GET /consultation/search": Case(Who.STAFF, "/consultation/search?q=refund"),
    "GET /consultation/export": Case(
        Who.SUPERVISOR, "/consultation/export?customer_id=nobody", also=frozenset({"foreign supervisor"})
    ),
    "GET /consultation/{session_id:session}": Case(Who.READER, "/consultation/{session}"),
    "GET /admin/config": Case(Who.ADMIN),
    "GET /admin/config/audit": Case(Who.ADMIN),
    "GET /admin/config/{pool}": Case(Who.ADMIN, f"/admin/config/{POOL.pool}"),
    "PUT /admin/config/{pool}": Case(
        Who.ADMIN, f"/admin/config/{POOL.pool}", {"pool": "another", "partition": 0}
    ),
    "GET /admin/audit": Case(Who.ADMIN),
    "GET /admin/customers/{customer_id}/export": Case(Who.ADMIN, "/admin/customers/nobody/export"),
    "POST /admin/customers/{customer_id}/erase": Case(Who.ADMIN, "/admin/customers/nobody/erase"),
    "GET /admin/erasures/{id}": Case(Who.ADMIN, "/admin/erasures/x"),
    "GET /reports/intervals": Case(Who.SUPERVISOR, f"/reports/intervals?pool={POOL.pool}"),
    "GET /ops/switches": Case(Who.SUPERVISOR, also=frozenset({"foreign supervisor"})),
    "PUT /ops/switches/{name}": Case(
        Who.SUPERVISOR,
        "/ops/switches/drain",
        {"on": True, "value": POOL.pool, "reason": "r", "until": "2020-01-01T00:00:00Z"},
    ),
    "GET /chat/notice": Case(Who.ANYONE),
    "GET /auth/ways": Case(Who.ANYONE),
    "GET /auth/login": Case(Who.ANYONE),
    "GET /auth/callback": Case(Who.ANYONE),
    "GET /auth/me": Case(Who.STAFF),
    "POST /auth/refresh": Case(Who.ANYONE),
    "POST /auth/logout": Case(Who.ANYONE),
    "GET /health/live": Case(Who.ANYONE),
    "GET /health/ready": Case(Who.ANYONE),
    "GET /monitoring/metrics": Case(Who.ANYONE),
    "POST /chat/rating": Case(Who.CUSTOMER, body={"session_id": S, "rating": 5}),
    "POST /agent/note": Case(Who.AGENT, body={"session_id": S, "note": "n"}),
    "POST /ivr/process": Case(Who.CALLER, body={"session_id": S, "input": "1"}),
    "POST /ivr/twiml": Case(Who.ANYONE, body={}),
    "POST /ivr/twiml/dialed": Case(Who.ANYONE, body={}),
    "POST /ivr/twiml/status": Case(Who.ANYONE, body={}),
    "POST /callback": Case(Who.CUSTOMER, body={"session_id": S}),
    "GET /chat/{session_id:session}": Case(Who.READER, "/chat/{session}"),
    "GET /chat/{session_id:session}/messages": Case(Who.READER, "/chat/{session}/messages"),
    "GET /chat/{session_id:session}/transcript": Case(Who.READER, "/chat/{session}/transcript"),
    "GET /admin/webhooks": Case(Who.ADMIN),
    "POST /admin/webhooks": Case(Who.ADMIN, body={}),
    "GET /admin/webhooks/deliveries": Case(Who.ADMIN),
    "POST /admin/webhooks/deliveries/{id}/retry": Case(Who.ADMIN, "/admin/webhooks/deliveries/1/retry"),
    "DELETE /admin/webhooks/{id}": Case(Who.ADMIN, "/admin/webhooks/x"),
    "POST /admin/webhooks/{id}/enable": Case(Who.ADMIN, "/admin/webhooks/x/enable"),
    "POST /admin/webhooks/{id}/rotate": Case(Who.ADMIN, "/admin/webhooks/x/rotate"),
    "POST /admin/webhooks/{id}/test": Case(Who.ADMIN, "/admin/webhooks/x/test"),
    "GET /ui/{path:path}": Case(Who.ANYONE, "/ui/shared/base.css"),
    "GET /admin/webhooks.html": Case(Who.ANYONE),
    "GET /admin/webhooks.css": Case(Who.ANYONE),
    "GET /admin/webhooks.js": Case(Who.ANYONE),
    "GET /metrics": Case(Who.ANYONE),
    "GET /ops": Case(Who.ANYONE),
    "GET /ops/now": Case(Who.SUPERVISOR, also=frozenset({"foreign supervisor"})),
    "POST /ops/alerts": Case(Who.ANYONE, body={"alerts": []}),
    "GET /ops/letters": Case(Who.ADMIN),
    "GET /ops/letters/{id}": Case(Who.ADMIN, "/ops/letters/x"),
    "POST /ops/letters/{id}/replay": Case(Who.ADMIN, "/ops/letters/x/replay"),
    "POST /ops/letters/{id}/discard": Case(Who.ADMIN, "/ops/letters/x/discard"),
    "POST /ops/marks": Case(Who.SUPERVISOR, body={}, also=frozenset({"foreign supervisor"})),
    "GET /ops/hour": Case(Who.SUPERVISOR, also=frozenset({"foreign supervisor"})),
    "GET /openapi.json": Case(Who.ANYONE),
    "GET /asyncapi.json": Case(Who.ANYONE),
    "WS /ws/supervisor": Case(Who.SUPERVISOR, f"/ws/supervisor?pool={POOL.pool}"),
    "WS /ws/customer": Case(Who.CUSTOMER, "/ws/customer?session_id={session}"),
    "WS /ws/agent": Case(Who.AGENT),
}
"""One for each row of the table, which this says a second time."""

AGENTS = {"agent", "other agent", "agent elsewhere"}
SUPERVISORS = {"supervisor", "own supervisor"}
STRANGERS = {"foreign supervisor"}
NOT_STAFF = {"none", "customer", "other customer", "forged pass", "pass over"}
BAD = {"over", "forged", "other audience", "other issuer", "alg none", "alg HS256", "no token"}

MAY = {
    Who.CUSTOMER: {"customer"},
    Who.CALLER: {"customer"},
    Who.READER: {"customer", "admin"} | AGENTS | SUPERVISORS | STRANGERS,
    Who.STAFF: {"admin"} | AGENTS | SUPERVISORS | STRANGERS,
    Who.AGENT: AGENTS,
    Who.SUPERVISOR: SUPERVISORS | {"admin"},
    Who.ADMIN: {"admin"},
}


def wanted(who: Who, bearer: str) -> int:
    """The status: 0 for any that lets it in."""
    if who is Who.ANYONE or bearer in MAY[who]:
        return 0
    match who:
        case Who.CUSTOMER | Who.CALLER:
            return 401 if bearer == "none" else 403
        case Who.READER:
            return 403 if bearer in NOT_STAFF - {"none"} | {"no role", "no token"} else 401
        case _:
            return 401 if bearer in NOT_STAFF | BAD else 403


@pytest.fixture(scope="module")
def production(servers: Servers) -> Iterator[GatewayProcess]:
    yield from running(servers, "production")


def running(servers: Servers, profile: str) -> Iterator[GatewayProcess]:
    """A gateway that waits for no verdict, as nobody gives one here, and limits nobody."""
    waits = {"reply_wait_s": 0.01, "connect_wait_s": 0.01, "pool_wait_s": 0.01, "erase_wait_s": 0.01}
    limits = {"customer_per_s": 1_000, "address_per_s": 10_000, "address_starts_per_s": 1_000}
    process = GatewayProcess(servers.environment, profile=profile, bench=True, **waits, **limits)
    process.start()
    yield process
    process.stop()


class Started(NamedTuple):
    """A session and who may come for it."""

    session: str
    tokens: Mapping[str, str]


@pytest.fixture(scope="module")
def started(production: GatewayProcess) -> Started:
    one, other = (production.post("/chat/start", {"customer_id": "c"}).body for _ in range(2))
    return Started(one["session_id"], everybody(one["session_id"], one["token"], other["token"]))


def ask(gateway: GatewayProcess, route: str, case: Case, token: str, session: str) -> int:
    """The status of the answer, 101 for a socket that opens."""
    method, path = route.split()
    address = (case.path or path).replace(S, session)
    if method == "WS":
        return handshake(gateway, f"{address}{'&' if '?' in address else '?'}token={token}")
    body = json.dumps(case.body).replace(S, session).encode() if case.body is not None else None
    bearing = {"Authorization": f"Bearer {token}"} if token else {}
    return gateway.ask(method, address, body, {"Content-Type": JSON, **bearing}).status


def handshake(gateway: GatewayProcess, address: str, **headers: str) -> int:
    try:
        with connect(gateway.url + address, additional_headers=headers):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize("route", CASES)
def test_everybody_on_every_route(production: GatewayProcess, started: Started, route: str) -> None:
    session, tokens = started
    got = {who: ask(production, route, CASES[route], token, session) for who, token in tokens.items()}
    assert {who: code if code in (401, 403) else 0 for who, code in got.items()} == {
        who: 0 if who in CASES[route].also else wanted(CASES[route].who, who) for who in tokens
    }
    assert not {who: code for who, code in got.items() if code >= 500 and code != 503}, got


def test_the_table_names_every_route_and_no_other() -> None:
    front: Any = make_app(GatewaySettings(bench=True))
    app = front._app
    assert isinstance(app, Starlette)
    served = {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    } | {f"WS {route.path}" for route in app.routes if isinstance(route, WebSocketRoute)}
    assert served == set(RULES) == set(CASES)


def test_a_route_that_the_table_does_not_name_is_not_served() -> None:
    for route in (Route("/new", health), WebSocketRoute("/ws/new", health)):
        with pytest.raises(KeyError, match="/new"):
            guard(route)


async def health() -> None: ...


def test_history_of_a_customer_is_for_staff(production: GatewayProcess, started: Started) -> None:
    case = Case(Who.READER, "/consultation/history?customer_id=c")
    route = "GET /consultation/history"
    got = {who: ask(production, route, case, token, "") for who, token in started.tokens.items()}
    assert {who for who, code in got.items() if code == 200} == MAY[Who.READER] - {"customer"}
    assert {code for who, code in got.items() if who in NOT_STAFF | BAD} == {401}


def test_a_token_in_the_address_of_a_call_is_none(production: GatewayProcess, started: Started) -> None:
    session, tokens = started
    for token in tokens.values():
        history = production.get(f"/consultation/history?session_id={session}&token={token}")
        assert history.status == 401


def test_a_head_request_asks_for_as_much(production: GatewayProcess, started: Started) -> None:
    bearing = {"Authorization": f"Bearer {started.tokens['admin']}"}
    assert production.ask("HEAD", "/admin/config").status == 401
    assert production.ask("HEAD", "/admin/config", None, bearing).status == 200


def post_as(gateway: GatewayProcess, token: str, path: str, body: Mapping[str, object]) -> Reply:
    bearing = {"Authorization": f"Bearer {token}", "Content-Type": JSON}
    return gateway.ask("POST", path, json.dumps(body).encode(), bearing)


def test_whose_command_it_is_the_token_says(
    production: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    foreign = {"agent_id": "gw-stranger", "pool": SECOND.pool, "supervisor": "somebody", "partition": 5}
    with pools(servers, feeds) as heard:
        post_as(production, agent(), "/agent/accept", {"contact_id": "s.1", "offer_epoch": 1} | foreign)
        listen = {"contact_id": "s.1"} | foreign | {"pool": POOL.pool}
        post_as(production, staff("sue", Role.SUPERVISOR), "/supervisor/listen", listen)
        records(servers.kafka, ROUTING_COMMANDS)
    accept, listening = heard
    assert isinstance(accept, AcceptOffer)
    assert (accept.agent_id, accept.pool) == ("gw-agent", POOL.pool)
    assert isinstance(listening, ListenIn)
    assert (listening.supervisor, listening.pool) == ("sue", POOL.pool)


def test_without_naming_one_it_is_the_supervisors_own_pool(production: GatewayProcess) -> None:
    own, foreign = (staff("sam", Role.SUPERVISOR, pool) for pool in (POOL.pool, SECOND.pool))
    listen = {"contact_id": "s.1"}
    assert post_as(production, own, "/supervisor/listen", listen).status == 200
    refused = post_as(production, foreign, "/supervisor/listen", listen)
    assert (refused.status, "There is no pool" in refused.body["detail"]) == (422, True)


def test_an_agent_without_a_pool_in_its_token_is_found_in_the_configuration(
    production: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    accept = {"contact_id": "s.1", "offer_epoch": 1}
    with pools(servers, feeds) as heard:
        assert post_as(production, staff("gw-agent", Role.AGENT), "/agent/accept", accept).status == 200
        records(servers.kafka, ROUTING_COMMANDS)
        stranger = post_as(production, staff("nobody", Role.AGENT), "/agent/accept", accept)
    assert [one.pool for one in heard] == [POOL.pool]
    assert (stranger.status, stranger.body["detail"]) == (403, "The agent is in no pool")


OPEN = set(Who) - {Who.AGENT, Who.NOBODY}


@pytest.fixture(scope="module")
def gateway(servers: Servers) -> Iterator[GatewayProcess]:
    """Of the local profile."""
    yield from running(servers, "local")


@pytest.mark.parametrize("route", CASES)
def test_the_local_profile_is_open_but_for_agents(gateway: GatewayProcess, session: str, route: str) -> None:
    case = CASES[route]
    is_open = case.who in OPEN and route != "GET /auth/me"  # it says whose the token is
    assert (ask(gateway, route, case, "", session) not in (401, 403)) == is_open


def test_a_token_counts_in_the_local_profile_too(gateway: GatewayProcess, session: str) -> None:
    tokens, route = everybody(session, "", ""), "GET /admin/config"
    for bearer, status in {"agent": 403, "over": 401, "forged": 401, "supervisor": 403, "admin": 200}.items():
        assert ask(gateway, route, CASES[route], tokens[bearer], "") == status, bearer


def test_pages_of_other_origins_open_no_sockets(
    servers: Servers, gateway: GatewayProcess, session: str
) -> None:
    address = f"/ws/customer?session_id={session}"
    own = f"http://127.0.0.1:{gateway.port}"
    assert handshake(gateway, address, Origin=own) == 101
    for origin in ("https://evil.example", "null", f"{own}.evil.example", "http://127.0.0.1", "http://[x"):
        assert handshake(gateway, address, Origin=origin) == 403, origin


PAGE = "https://desk.example.org"


@pytest.fixture(scope="module")
def with_pages(servers: Servers) -> Iterator[GatewayProcess]:
    """A gateway that pages of two other origins may use."""
    process = GatewayProcess(servers.environment, cors_origins=f"{PAGE}, https://chat.example.org/")
    process.start()
    yield process
    process.stop()


def test_pages_of_listed_origins_may_call_and_open_sockets(with_pages: GatewayProcess) -> None:
    asks = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    for origin, status in ((PAGE, 200), ("https://chat.example.org", 200), ("https://evil.example", 400)):
        preflight = with_pages.ask("OPTIONS", "/chat/message", None, {"Origin": origin, **asks})
        answer = with_pages.ask("POST", "/chat/start", b'{"customer_id":"c"}', {"Origin": origin})
        allowed = origin if status == 200 else None
        assert (preflight.status, preflight.headers.get("access-control-allow-origin")) == (status, allowed)
        assert (answer.status, answer.headers.get("access-control-allow-origin")) == (200, allowed)
        address = f"/ws/customer?session_id={answer.body['session_id']}"
        assert handshake(with_pages, address, Origin=origin) == (101 if allowed else 403)


def test_without_a_list_no_page_of_another_origin_may_call(gateway: GatewayProcess) -> None:
    answer = gateway.ask("POST", "/chat/start", b'{"customer_id":"c"}', {"Origin": PAGE})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_tells_browsers_what_not_to_do(
    gateway: GatewayProcess, production: GatewayProcess, started: Started
) -> None:
    told = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer"}
    data = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    }
    bearing = {"Authorization": f"Bearer {started.tokens['admin']}"}
    answers = [
        (production.post("/chat/start", {"customer_id": "c"}), data),
        (production.post("/chat/message", b"{"), data),
        (production.ask("GET", "/admin/config", None, bearing), data),
        (production.get("/consultation/history"), data),
        (production.get("/health/live"), {}),
        (production.get("/nowhere"), {}),
    ]
    for answer, more in answers:
        wanted = told | more | {"strict-transport-security": "max-age=31536000; includeSubDomains"}
        assert {name: answer.headers.get(name) for name in wanted} == wanted, answer
    assert "strict-transport-security" not in gateway.get("/health/live").headers
