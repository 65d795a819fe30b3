"""History as a file."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from gateway.export import COLUMNS, as_csv
from gateway.security.tokens import Role
from schemas.audit_trail import Action
from tests.gateway.bearers import staff
from tests.gateway.conftest import POOL, SECOND, Servers
from tests.gateway.past import Past, store
from tests.gateway.process import GatewayProcess, Reply
from tests.gateway.test_audit import noted

MANY = 2_300
EVIL = ("evil", '=cmd|"/c calc"!A1', "+82 10")


@pytest.fixture(scope="module", autouse=True)
def past(servers: Servers) -> list[Past]:
    pools = (POOL.pool, SECOND.pool)
    made = [Past(n, "evil", "completed" if n % 3 else "failed", pool=pools[n % 2]) for n in range(MANY)]
    store(servers.database, made, [EVIL])
    return made


def export(gateway: GatewayProcess, query: str, token: str = "") -> Reply:
    return gateway.ask(
        "GET", f"/consultation/export?{query}", None, {"Authorization": f"Bearer {token}"} if token else {}
    )


def rows(reply: Reply) -> list[dict[str, str]]:
    assert (reply.status, reply.media_type) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(reply.body.decode())))


def test_all_rows_newest_first(gateway: GatewayProcess, past: list[Past]) -> None:
    reply = export(gateway, "")
    found = rows(reply)
    assert [row["session_id"] for row in found] == [one.session for one in reversed(past)]
    assert tuple(found[0]) == COLUMNS
    assert reply.headers["content-disposition"].startswith('attachment; filename="consultations-2')
    assert reply.headers["content-disposition"].endswith('.csv"')
    assert reply.headers["cache-control"] == "no-store"


def test_no_cell_is_a_formula(gateway: GatewayProcess) -> None:
    row = rows(export(gateway, "status=failed"))[0]
    assert (row["customer_name"], row["customer_phone"]) == (f"'{EVIL[1]}", f"'{EVIL[2]}")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_is_text(begin: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(as_csv([[f"{begin}1"]]).decode(), newline=""))
    assert cell == f"'{begin}1"


def test_other_cells_are_as_they_are() -> None:
    row = ['환불, "q"\nx', None, 3, datetime(2026, 1, 2, tzinfo=UTC)]
    ((*cells,),) = csv.reader(io.StringIO(as_csv([row]).decode(), newline=""))
    assert cells == ['환불, "q"\nx', "", "3", "2026-01-02T00:00:00+00:00"]


def test_ndjson_has_what_history_has(gateway: GatewayProcess) -> None:
    reply = export(gateway, "format=ndjson&status=failed&customer_id=evil")
    assert reply.media_type == "application/x-ndjson"
    lines = [json.loads(line) for line in reply.body.splitlines()]
    assert len(lines) == len([n for n in range(MANY) if n % 3 == 0])
    assert lines[:5] == gateway.get("/consultation/history?status=failed&limit=5").body["items"]


def test_supervisors_export_of_their_pool_and_that_is_noted(
    gateway: GatewayProcess, servers: Servers
) -> None:
    found = rows(export(gateway, "customer_id=evil", staff("sam-exports", Role.SUPERVISOR, POOL.pool)))
    assert {row["pool"] for row in found} == {POOL.pool}
    assert len(found) == MANY // 2
    (row,) = noted(servers, "sam-exports")
    assert (row.action, row.customer_id) == (Action.EXPORTED, "evil")
    assert export(gateway, "", staff("gw-agent", Role.AGENT, POOL.pool)).status == 403


@pytest.mark.parametrize("query", ["format=xml", "status=x", "custmer_id=c", "queue="])
def test_bad_queries_are_problems(gateway: GatewayProcess, query: str) -> None:
    assert export(gateway, query).status == 422


def test_a_head_request_reads_nothing(gateway: GatewayProcess) -> None:
    reply = gateway.ask("HEAD", "/consultation/export")
    assert (reply.status, reply.body) == (200, b"")
