"""All checks, side by side, each with its own time limit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from infra.doctor import (
    brokers,
    cache,
    clocks,
    consumers,
    database,
    machine,
    sense,
    services,
    topics,
    transit,
    versions,
)
from infra.doctor.finding import Away, Case, Finding, Line, warning, wrong

LIMIT_S = 10.0
Look = Callable[[Case], Awaitable[list[Finding]]]


class Check(NamedTuple):
    """`reports` is the server whose absence this check is to report."""

    name: str
    look: Look
    reports: str = ""


CHECKS: Sequence[Check] = (
    Check("kafka", brokers.reachable, "Kafka"),
    Check("topics", topics.present),
    Check("topic settings", topics.settings),
    Check("replication", topics.replication),
    Check("groups", consumers.members),
    Check("offsets", consumers.offsets),
    Check("positions", consumers.positions),
    Check("postgres", database.reachable, "PostgreSQL"),
    Check("migrations", database.migrated),
    Check("partitions", database.months),
    Check("default partitions", database.defaults),
    Check("roles", database.roles),
    Check("stored positions", database.stored),
    Check("redis", cache.reachable, "Redis"),
    Check("redis memory", cache.memory),
    Check("lag", cache.lag),
    Check("gateway", services.gateway),
    Check("clocks", clocks.clocks),
    Check("versions", versions.servers),
    Check("packages", versions.packages),
    Check("disk", machine.disk),
    Check("open files", machine.files),
    Check("certificates", machine.certificates),
    Check("transit", transit.shown),
    Check("keys", machine.keys),
    Check("settings", sense.settings),
)


async def examine(case: Case, checks: Sequence[Check] = CHECKS, limit_s: float = LIMIT_S) -> list[Line]:
    """Every check's lines, in the order of the checks, however the others end."""
    found = await asyncio.gather(*(_look(check, case, limit_s) for check in checks))
    return [
        Line(check.name, one.standing, one.said, one.mend)
        for check, findings in zip(checks, found, strict=True)
        for one in findings
    ]


async def _look(check: Check, case: Case, limit_s: float) -> list[Finding]:
    try:
        return await asyncio.wait_for(check.look(case), limit_s)
    except TimeoutError:
        return [wrong(f"no answer within {limit_s:g} s", "see whether the server hangs; --limit allows more")]
    except Away as away:
        if check.reports == away.server:
            return [wrong(str(away), _START[away.server])]
        return [warning(f"can't be looked at: {away.server} does not answer", f"mend {away.server} first")]
    except Exception as error:  # noqa: BLE001 - a check that breaks must not hide the others
        return [wrong(f"can't be looked at: {type(error).__name__}: {error}", _HELP)]


_START = {
    "Kafka": "start it (here: make run), or say where it is with KAFKA_BOOTSTRAP",
    "PostgreSQL": "start it (here: make run), or say where it is with DATABASE_URL",
    "Redis": "start it (here: make run), or say where it is with REDIS_URL",
}
_HELP = "bring the database and topics up to date (aicc-setup) and look again"
