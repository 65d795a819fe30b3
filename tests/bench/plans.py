"""What Postgres did for a statement: EXPLAIN (ANALYZE, BUFFERS), read."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import asyncpg

from gateway.filters import Statement


class Plan(NamedTuple):
    """What was read: partitions and indexes by name, and rows that scans of consultations or messages met."""

    tables: list[str]
    indexes: list[str]
    examined: float
    text: str


async def explain(db: asyncpg.Connection, statement: Statement) -> Plan:
    """Runs the statement, planned as the gateway's connections plan it."""
    await db.execute("SET plan_cache_mode = force_custom_plan")
    asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}"
    root = json.loads(await db.fetchval(asked, *statement.arguments))[0]["Plan"]
    done = [node for node in nodes(root) if node.get("Actual Loops")]
    scans = [node for node in done if table(node).startswith(("consultations", "chat_messages"))]
    return Plan(
        tables=sorted({table(node) for node in scans}),
        indexes=sorted({node["Index Name"] for node in done if "Index Name" in node}),
        examined=sum(_examined(node) for node in scans),
        text=json.dumps(root, indent=1),
    )


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The node and all below it."""
    yield node
    for child in node.get("Plans", ()):
        yield from nodes(child)


def table(node: dict[str, Any]) -> str:
    """What the node scans; empty for no table."""
    return str(node.get("Relation Name", ""))


def _examined(node: dict[str, Any]) -> float:
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return float(node["Actual Loops"] * (node["Actual Rows"] + sum(node.get(name, 0) for name in removed)))
