"""What was said is found, by staff, in Korean and English."""

from typing import Any
from urllib.parse import quote

import pytest

from gateway.security.tokens import Role
from schemas.audit_trail import Action
from tests.gateway.bearers import agent, staff
from tests.gateway.conftest import POOL, SECOND, Servers
from tests.gateway.past import Past, store
from tests.gateway.process import GatewayProcess, Reply
from tests.gateway.test_audit import noted

MONTH = 31 * 24 * 60
SAID = {
    0: "환불해 주세요",
    1: "I would like a REFUND, please.",
    2: "환불 규정이 궁금해요",
    3: "refunds@example.org",
    4: "주문 A4용지 환불",
}
EVERY = [
    *(
        Past(
            n * MONTH - 4 * MONTH,
            "kim",
            queue=f"q{n}",
            said=(("bot", "text", "hi"), ("customer", "text", text)),
        )
        for n, text in SAID.items()
    ),
    Past(
        MONTH + 5,
        "lee",
        pool=SECOND.pool,
        said=(("customer", "text", "환불"), ("agent", "text", "환불 완료")),
    ),
    Past(MONTH + 6, "lee", pool=POOL.pool, status="abandoned", said=(("agent", "note", "환불 비밀"),)),
]
SUE = staff("sue", Role.SUPERVISOR)


@pytest.fixture(scope="module", autouse=True)
def past(servers: Servers) -> None:
    store(servers.database, EVERY)


def search(gateway: GatewayProcess, query: str, token: str = SUE) -> Reply:
    path = f"/consultation/search?to=2026-12-31T00:00:00Z&{query}"
    return gateway.ask("GET", path, None, {"Authorization": f"Bearer {token}"})


def found(reply: Reply) -> list[int]:
    assert reply.status == 200, reply
    numbers = {one.session: number for number, one in enumerate(EVERY)}
    return [numbers[item["session_id"]] for item in reply.body["items"]]


@pytest.mark.parametrize(
    ("q", "numbers"),
    [
        ("환불", [5, 4, 2, 0]),
        ("환불 주세요", [0]),
        ("규정", [2]),
        ("refund", [3, 1]),
        ("Refund LIKE", [1]),
        ("refunds@example.org", [3]),
        ("용지", []),
        ("A4", [4]),
        ("비밀", []),
        ("%%a4", []),
        ("50%_' hi", []),
        ("반품", []),
    ],
)
@pytest.mark.parametrize("limit", [1, 20])
def test_words_are_found_by_how_they_begin(
    gateway: GatewayProcess, q: str, numbers: list[int], limit: int
) -> None:
    got: list[int] = []
    cursor: Any = ""
    while cursor is not None:
        reply = search(gateway, f"q={quote(q)}&limit={limit}&cursor={cursor}")
        got += found(reply)
        cursor = reply.body["next_cursor"]
    assert got == numbers


def test_what_fits_is_shown(gateway: GatewayProcess) -> None:
    item = search(gateway, f"q={quote('환불')}&limit=1").body["items"][0]
    assert (item["match_seq"], item["match_role"], item["match_text"]) == (2, "agent", "환불 완료")
    assert (item["customer_id"], item["pool"]) == ("lee", SECOND.pool)


def test_filters_and_pools_hold(gateway: GatewayProcess) -> None:
    q = f"q={quote('환불')}"
    assert found(search(gateway, q, agent())) == [4, 2, 0]
    assert found(search(gateway, f"{q}&customer_id=lee")) == [5]
    assert found(search(gateway, f"{q}&queue=q2")) == [2]
    assert found(search(gateway, f"{q}&status=open")) == []
    middle = "2026-09-01T00:00:00Z"
    later, earlier = (
        found(gateway.ask("GET", f"/consultation/search?{q}&{edge}={middle}", None, BEARING))
        for edge in ("from", "to")
    )
    assert (later, earlier) == ([5, 4], [2, 0])


BEARING = {"Authorization": f"Bearer {SUE}"}


@pytest.mark.parametrize(
    "q", ["", "q=", "q=a", f"q={quote('환')}", "q=%21%21%21", "q=" + "a" * 201, "q=" + "ab+" * 9]
)
def test_what_can_not_be_searched_is_refused(gateway: GatewayProcess, q: str) -> None:
    assert search(gateway, q).status == 422


def test_that_there_was_a_search_is_noted_without_its_words(
    gateway: GatewayProcess, servers: Servers
) -> None:
    token = staff("searching", Role.SUPERVISOR)
    assert search(gateway, f"q={quote('환불')}&customer_id=kim", token).status == 200
    (row,) = noted(servers, "searching")
    assert (row.action, row.customer_id) == (Action.SEARCHED, "kim")
    assert row.detail == "text to=2026-12-31T00:00:00Z"
