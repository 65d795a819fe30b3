"""Redis: whether it takes what is written, keeps it, and what the prober last put there."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from infra.doctor.finding import Away, Case, Finding, ok, warning, wrong
from infra.monitoring.objectives import LAG_S
from runtime.redis_client import redis_client
from schemas.lag import KEY, Standing, decode_lag

_TIMEOUT_S = 3.0
_FULL, _NEARLY_FULL = 0.95, 0.8
_MB = 1 << 20


@asynccontextmanager
async def asking(case: Case) -> AsyncIterator[Redis]:
    """Raises Away."""
    client = redis_client(
        case.settings.redis_url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
    )
    try:
        yield client
    except (RedisAway, RedisTimeout, OSError) as error:
        raise Away("Redis", str(error)) from error
    finally:
        await client.aclose()


async def reachable(case: Case) -> list[Finding]:
    """It is the one to write to, and its snapshots do not keep it from taking writes."""
    async with asking(case) as redis:
        info = await redis.info()
    found = []
    if info["role"] != "master":
        found.append(wrong("it is a replica, which takes no writes", "name the primary in REDIS_URL"))
    if info.get("loading"):
        found.append(warning("it still loads its data", "wait; services go on by themselves"))
    keeps = "appendonly" if info.get("aof_enabled") else "snapshots"
    if info.get("rdb_last_bgsave_status") == "err" or info.get("aof_last_write_status") == "err":
        mend = "make room on its disk and look into its log"
        found.append(wrong("it could not write to its disk and may refuse writes", mend))
    kept = f"{keeps} on disk" if info.get("aof_enabled") or info.get("rdb_last_save_time") else "in memory"
    return found or [ok(f"{info['redis_version']}, data {kept}; what it loses is rebuilt from Kafka")]


async def memory(case: Case) -> list[Finding]:
    """Feeds may not be evicted, so the memory has to last."""
    async with asking(case) as redis:
        info: dict[str, Any] = await redis.info("memory")
    policy, most, used = info["maxmemory_policy"], int(info["maxmemory"]), int(info["used_memory"])
    found = []
    if policy != "noeviction":
        said = f"maxmemory-policy is {policy}: it may drop feeds and positions"
        found.append(wrong(said, "redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf"))
    if not most:
        mend = "redis-cli CONFIG SET maxmemory 4gb, and in redis.conf"
        found.append(warning("no maxmemory: it may take all of the machine's", mend))
    elif used > _NEARLY_FULL * most:
        said = f"{used / most:.0%} of maxmemory ({most / _MB:,.0f} MB) are in use"
        full = used > _FULL * most
        found.append((wrong if full else warning)(said, "raise maxmemory; feeds live for an hour"))
    return found or [ok(f"{used / _MB:,.0f} of {most / _MB:,.0f} MB, nothing is evicted")]


async def lag(case: Case) -> list[Finding]:
    """What the prober measured within the last seconds."""
    async with asking(case) as redis:
        try:
            value = await redis.get(KEY)
        except RedisError as error:
            raise Away("Redis", str(error)) from error
    if not value:
        said = "nobody measures it: gateways take less and less"
        return [wrong(said, "start aicc-prober; docs/runbooks/LagUnknown.md")]
    told = decode_lag(value)
    found = []
    for group in sorted({one.group for one in told.partitions}):
        late = [one for one in told.partitions if one.group == group and one.seconds > LAG_S]
        if late:
            worst = max(late, key=lambda one: one.seconds)
            stuck = any(one.standing is Standing.STUCK for one in late)
            place = f"{worst.topic}/{worst.partition}"
            said = f"{group} is {worst.seconds:.0f} s behind in {place}, {worst.standing}"
            page = "PartitionStuck" if stuck else "LagOverTarget"
            found.append((wrong if stuck else warning)(said, f"docs/runbooks/{page}.md"))
    age_s = max(time.time() - told.at_ms / 1000, 0.0)
    return found or [ok(f"nobody is more than {LAG_S:g} s behind, as of {age_s:.0f} s ago")]
