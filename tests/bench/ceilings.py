"""What Postgres, Redis and Kafka may hold by their own settings, read from the running servers."""

import asyncio
import re
from typing import NamedTuple

import asyncpg
import psutil
from redis import Redis

_MB = 1 << 20
_CODE_CACHE_MB = 240
"""Java's default of ReservedCodeCacheSize with tiered compilation."""

_POSTGRES = """
SELECT name, setting::bigint * CASE unit WHEN 'kB' THEN 1024 WHEN 'MB' THEN 1048576 ELSE 1 END
FROM pg_settings
WHERE name IN
    ('shared_memory_size', 'max_connections', 'work_mem', 'autovacuum_max_workers', 'maintenance_work_mem')
"""


class Ceiling(NamedTuple):
    """Bytes, and how they come about; None where no setting bounds the server."""

    bytes: float | None
    derived: str


def ceilings(database_url: str, redis_url: str, kafka_pid: int | None) -> dict[str, Ceiling]:
    """By server. Kafka's is read from its command line."""
    kafka = psutil.Process(kafka_pid).cmdline() if kafka_pid else []
    return {
        "postgres": postgres_ceiling(asyncio.run(_postgres_settings(database_url))),
        "redis": redis_ceiling(_maxmemory(redis_url)),
        "kafka": kafka_ceiling(kafka),
    }


def postgres_ceiling(settings: dict[str, int]) -> Ceiling:
    """Shared memory (shared_buffers and what comes with them), and what each connection and each
    autovacuum worker may sort in."""
    whole = (
        settings["shared_memory_size"]
        + settings["max_connections"] * settings["work_mem"]
        + settings["autovacuum_max_workers"] * settings["maintenance_work_mem"]
    )
    derived = (
        f"shared memory {settings['shared_memory_size'] // _MB} MB"
        f" + {settings['max_connections']} connections × work_mem {settings['work_mem'] // _MB} MB"
        f" + {settings['autovacuum_max_workers']} autovacuum workers"
        f" × {settings['maintenance_work_mem'] // _MB} MB"
    )
    return Ceiling(float(whole), derived)


def redis_ceiling(maxmemory: int) -> Ceiling:
    """0 is Redis's word for no limit."""
    return Ceiling(float(maxmemory), "maxmemory") if maxmemory else Ceiling(None, "maxmemory is not set")


def kafka_ceiling(command: list[str]) -> Ceiling:
    """Heap, direct buffers (as much as the heap where nothing is said) and compiled code."""
    line = " ".join(command)
    heap = _option(line, r"-Xmx(\d+)([kmg])")
    if heap is None:
        return Ceiling(None, "no -Xmx on the command line")
    direct = _option(line, r"-XX:MaxDirectMemorySize=(\d+)([kmg])") or heap
    code = _option(line, r"-XX:ReservedCodeCacheSize=(\d+)([kmg])") or _CODE_CACHE_MB * _MB
    derived = f"-Xmx {heap // _MB} MB + direct buffers {direct // _MB} MB + compiled code {code // _MB} MB"
    return Ceiling(float(heap + direct + code), derived)


def _option(line: str, pattern: str) -> int | None:
    match = re.search(pattern, line, re.IGNORECASE)
    return int(match[1]) * {"k": 1 << 10, "m": _MB, "g": 1 << 30}[match[2].lower()] if match else None


def _maxmemory(url: str) -> int:
    with Redis.from_url(url) as redis:
        return int(redis.config_get("maxmemory")["maxmemory"])


async def _postgres_settings(url: str) -> dict[str, int]:
    db = await asyncpg.connect(url)
    try:
        return {name: int(value) for name, value in await db.fetch(_POSTGRES)}
    finally:
        await db.close()
