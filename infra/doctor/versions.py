"""Servers that are new enough, and packages as they are locked."""

import re
import sys
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from redis.exceptions import RedisError

from infra.doctor import cache, database
from infra.doctor.finding import Away, Case, Finding, ok, warning, wrong
from infra.doctor.kafka import client_of
from runtime.kafka_version import metadata_level, release_of

POSTGRES, REDIS, PYTHON = (13, 0), (6, 2), (3, 11)
"""The oldest that have what is used; tests run with Postgres 15 and Redis 7."""

KAFKA_LEVEL = 26
"""The feature level that tests run with, Kafka 4.1's; `stored positions` needs what 3.1 has."""

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_MOST = 5


async def servers(case: Case) -> list[Finding]:
    """All but Kafka have to be new enough; Kafka may be older than what was tested, and is warned of."""
    found, told, away = [], [f"Python {sys.version.split()[0]}"], []
    try:
        level = await _kafka(case)
        told.append(f"Kafka {release_of(level)} (metadata.version {level})")
        if level < KAFKA_LEVEL:
            said = f"{told[-1]} is older than {release_of(KAFKA_LEVEL)}, with which it was tested"
            found.append(warning(said, "kafka-features.sh upgrade, once all brokers are new"))
    except Away:
        away.append("Kafka")
    for name, ask, oldest in (("PostgreSQL", _postgres, POSTGRES), ("Redis", _redis, REDIS)):
        try:
            has = await ask(case)
        except Away:
            away.append(name)
            continue
        told.append(f"{name} {'.'.join(map(str, has))}")
        if has < oldest:
            said = f"{told[-1]} is older than {'.'.join(map(str, oldest))}"
            found.append(wrong(said, f"upgrade {name}"))
    if sys.version_info[:2] != PYTHON:
        said = f"{told[0]} is not {'.'.join(map(str, PYTHON))}, for which packages are locked"
        found.append(warning(said, "make setup"))
    if away:
        found.append(warning(f"no answer from {' and '.join(away)}", "mend it first"))
    return found or [ok(", ".join(told))]


async def packages(case: Case) -> list[Finding]:
    """Installed beside requirements.lock; what was left out, as a developer's tools, is no matter."""
    if not case.lock.exists():
        return [ok(f"no {case.lock.name} here to compare with")]
    differing, same = [], 0
    for name, wanted in locked(case.lock).items():
        try:
            has = version(name)
        except PackageNotFoundError:
            continue
        same += has in wanted
        if has not in wanted:
            differing.append(f"{name} {has}, not {' or '.join(sorted(wanted))}")
    if not differing:
        return [ok(f"{same} are as {case.lock.name} says")]
    more = f" and {len(differing) - _MOST} more" if len(differing) > _MOST else ""
    return [warning("; ".join(differing[:_MOST]) + more, "make setup")]


def locked(file: Path) -> dict[str, set[str]]:
    """Versions by name; several where they differ by the interpreter."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, pinned in _PINNED.findall(file.read_text()):
        found[name].add(pinned)
    return found


async def _kafka(case: Case) -> int:
    async with client_of(case) as client:
        return await metadata_level(client)


async def _postgres(case: Case) -> tuple[int, ...]:
    async with database.asking(case) as db:
        number = int(await db.fetchval("SELECT current_setting('server_version_num')"))
    return number // 10_000, number % 10_000


async def _redis(case: Case) -> tuple[int, ...]:
    async with cache.asking(case) as redis:
        try:
            info = await redis.info("server")
        except RedisError as error:
            raise Away("Redis", str(error)) from error
    return tuple(int(part) for part in str(info["redis_version"]).split(".")[:2])
