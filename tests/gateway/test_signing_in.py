"""Staff's browsers at a provider and back: signing in, refreshing and signing out in the middle of a chat."""

import json
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.gateway.conftest import Servers
from tests.gateway.issuer import CLIENT, Issuer, issuing
from tests.gateway.process import GatewayProcess

PAGE = "http://desk.test"
SOON_S = 8.0


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(servers: Servers, issuer: Issuer) -> Iterator[GatewayProcess]:
    """One whose staff signs in at the issuer."""
    settings = {"oidc_issuer": issuer.url, "oidc_client_id": CLIENT, "public_url": PAGE, "jwks_floor_s": 0.2}
    process = GatewayProcess(
        servers.environment, profile="production", token_grace_s=1, jwt_leeway_s=0, **settings
    )
    process.start()
    yield process
    process.stop()


@pytest.fixture
def browser(gateway: GatewayProcess, issuer: Issuer) -> Iterator[httpx.Client]:
    """Keeps cookies, and follows nothing by itself."""
    issuer.sub, issuer.lasts_s, issuer.nonce = f"agent-{time.time_ns()}", 60, ""
    with httpx.Client(base_url=f"http://127.0.0.1:{gateway.port}", timeout=10) as client:
        yield client


def at_provider(browser: httpx.Client, page: str = "/desk") -> str:
    """Begins to sign in; the address with which the provider sends the browser back."""
    begun = browser.get("/auth/login", params={"next": page})
    assert begun.status_code == 303, begun.text
    back = httpx.get(begun.headers["location"])
    assert back.status_code == 303
    address: str = back.headers["location"]
    assert address.startswith(f"{PAGE}/auth/callback?")
    return address.removeprefix(PAGE)


def sign_in(browser: httpx.Client) -> str:
    """An access token."""
    back = browser.get(at_provider(browser))
    assert (back.status_code, back.headers["location"]) == (303, "/desk"), back.text
    return refreshed(browser)


def refreshed(browser: httpx.Client) -> str:
    answer = browser.post("/auth/refresh")
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "Bearer"
    return str(answer.json()["access_token"])


def me(browser: httpx.Client, token: str) -> httpx.Response:
    return browser.get("/auth/me", headers={"Authorization": f"Bearer {token}"})


def socket_of(gateway: GatewayProcess, issuer: Issuer, token: str = "") -> ClientConnection:
    token = token or issuer.access_token(pool="gw-pool", partition=3)
    return connect(f"{gateway.url}/ws/agent?token={token}")


def told(socket: ClientConnection, kind: str) -> dict[str, object]:
    """The next frame of this kind."""
    while True:
        frame: dict[str, object] = json.loads(socket.recv(timeout=SOON_S))
        if frame.get("type") == kind:
            return frame


def drain(socket: ClientConnection) -> None:
    while True:
        socket.recv(timeout=SOON_S)


def closed_with(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        drain(socket)
    assert closed.value.rcvd
    return closed.value.rcvd.code


def test_who_signs_in_gets_tokens_and_no_script_sees_the_session(
    browser: httpx.Client, issuer: Issuer
) -> None:
    token = sign_in(browser)
    who = me(browser, token).json()
    assert (who["sub"], who["roles"]) == (issuer.sub, ["agent"])
    cookies = browser.post("/auth/refresh").headers["set-cookie"]
    assert "HttpOnly" in cookies
    assert "SameSite=strict" in cookies
    assert "Path=/auth" in cookies
    assert issuer.sub not in cookies
    assert me(browser, refreshed(browser)).status_code == 200


def test_the_provider_is_asked_with_a_challenge_and_no_secret_of_ours(browser: httpx.Client) -> None:
    begun = browser.get("/auth/login")
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert "SameSite=lax" in begun.headers["set-cookie"]
    assert asked["state"][0] not in begun.headers["set-cookie"]


@pytest.mark.parametrize(
    "page", ["//evil.example", "https://evil.example", "/\\evil.example", "", "x", "/a\nb"]
)
def test_nobody_is_sent_to_another_site(browser: httpx.Client, page: str) -> None:
    assert browser.get(at_provider(browser, page)).headers["location"] == "/"


def test_a_callback_that_nobody_asked_for_is_refused(browser: httpx.Client) -> None:
    address = at_provider(browser)
    other = address.replace("state=", "state=x")
    assert browser.get(other).status_code == 400
    assert browser.get("/auth/callback?error=access_denied&" + address.partition("&")[2]).status_code == 403
    with httpx.Client(base_url=browser.base_url) as stranger:
        assert stranger.get(address).status_code == 400
    assert browser.get(address).status_code == 303
    assert browser.get(address).status_code == 400, "a code is good once"


def test_an_answer_to_another_question_is_refused(browser: httpx.Client, issuer: Issuer) -> None:
    issuer.nonce = "stolen"
    refused = browser.get(at_provider(browser))
    assert (refused.status_code, "another sign-in" in refused.json()["detail"]) == (403, True)
    assert browser.post("/auth/refresh").status_code == 401


def test_a_session_is_ours_and_of_our_pages(browser: httpx.Client) -> None:
    sign_in(browser)
    for path in ("/auth/refresh", "/auth/logout"):
        assert browser.post(path, headers={"Origin": "https://evil.example"}).status_code == 403
        with httpx.Client(base_url=browser.base_url, cookies={"aicc_session": "x"}) as stranger:
            assert stranger.post(path).status_code == 401
            login = browser.get("/auth/login").cookies["aicc_login"]
            stranger.cookies.set("aicc_session", login)
            assert stranger.post(path).status_code == 401, "one seal is not the other"


def test_signing_out_ends_the_session_its_tokens_and_its_sockets(
    browser: httpx.Client, gateway: GatewayProcess, issuer: Issuer
) -> None:
    token = sign_in(browser)
    with socket_of(gateway, issuer) as socket:
        out = browser.post("/auth/logout")
        assert (out.status_code, out.json()) == (200, {"end_session_endpoint": f"{issuer.url}/bye"})
        assert closed_with(socket) == 4401
    assert len(issuer.revoked) >= 1
    assert browser.post("/auth/refresh").status_code == 401
    refused = me(browser, token)
    assert (refused.status_code, "signed out" in refused.json()["detail"]) == (401, True)


def test_signing_out_ends_the_sessions_of_other_browsers(browser: httpx.Client) -> None:
    sign_in(browser)
    with httpx.Client(base_url=browser.base_url, timeout=10) as other:
        sign_in(other)
        assert browser.post("/auth/logout").status_code == 200
        refused = other.post("/auth/refresh")
        assert (refused.status_code, "signed out" in refused.json()["detail"]) == (401, True)


def test_another_gateway_knows_who_has_signed_out(
    browser: httpx.Client, servers: Servers, issuer: Issuer
) -> None:
    token = sign_in(browser)
    assert browser.post("/auth/logout").status_code == 200
    other = GatewayProcess(servers.environment, oidc_issuer=issuer.url)
    other.start()
    try:
        deadline = time.monotonic() + SOON_S
        bearing = {"Authorization": f"Bearer {token}"}
        while "signed out" not in str(other.ask("GET", "/auth/me", None, bearing).body):
            assert time.monotonic() < deadline, "it does not know"
            time.sleep(0.05)
    finally:
        other.stop()


def test_a_socket_is_told_that_its_token_ends_and_stays_with_a_newer_one(
    browser: httpx.Client, gateway: GatewayProcess, issuer: Issuer
) -> None:
    sign_in(browser)
    issuer.lasts_s = 2
    with socket_of(gateway, issuer) as socket:
        ends = told(socket, "token.ending")["expires_at"]
        issuer.sub, mine = "another", issuer.sub
        socket.send(json.dumps({"type": "token", "token": issuer.access_token(pool="gw-pool"), "ref": "a"}))
        assert told(socket, "error")["ref"] == "a"
        issuer.sub, issuer.lasts_s = mine, 600
        fresh = issuer.access_token(pool="gw-pool", partition=3)
        socket.send(json.dumps({"type": "token", "token": fresh, "ref": "b"}))
        taken = told(socket, "token.accepted")
        assert (taken["ref"], int(str(taken["expires_at"])) > int(str(ends)) + 500) == ("b", True)
        # Past the end of the first token and its grace.
        deadline = int(str(ends)) + 2.0
        while time.time() < deadline:
            socket.send(json.dumps({"type": "nonsense", "ref": "c"}))
            assert told(socket, "error")["ref"] == "c"
            time.sleep(0.2)


def test_a_socket_whose_token_is_over_is_closed(
    gateway: GatewayProcess, issuer: Issuer, browser: httpx.Client
) -> None:
    issuer.lasts_s = 1
    sign_in_first = issuer.access_token(pool="gw-pool", partition=3)
    with socket_of(gateway, issuer, sign_in_first) as socket:
        told(socket, "token.ending")
        assert closed_with(socket) == 4401
    with pytest.raises(InvalidStatus) as refused:
        socket_of(gateway, issuer, sign_in_first)
    assert refused.value.response.status_code == 401


def test_a_provider_that_is_away_is_503_and_calls_go_on(servers: Servers, issuer: Issuer) -> None:
    process = GatewayProcess(servers.environment, oidc_issuer="http://127.0.0.1:1")
    process.start()
    try:
        token = {"Authorization": f"Bearer {issuer.access_token()}"}
        assert process.get("/auth/login").status == 503
        assert process.ask("GET", "/auth/me", None, token).status == 503
        assert process.post("/chat/start", {"customer_id": "c"}).status == 200
    finally:
        process.stop()
