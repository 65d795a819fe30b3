"""`python -m loadgen.watch`: watches the platform, a line each second, until SIGTERM."""

import argparse
import asyncio
import signal
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil
import uvloop

from loadgen.capacity.processes import found
from loadgen.watch.seen import Seen
from loadgen.watch.sentinel import Sentinel
from loadgen.watch.watcher import Named, Watcher, client_for
from runtime.redis_client import redis_client


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadgen.watch", description=__doc__)
    parser.add_argument("--gateway", required=True, help="http://host:port")
    parser.add_argument("--redis", required=True, help="where the prober publishes")
    parser.add_argument("--run", required=True, help="the run's id, which the sentinels carry")
    parser.add_argument("--queue", default="support", help="the sentinels'")
    parser.add_argument("--out", type=Path, required=True, help="lag.jsonl")
    return parser.parse_args()


def _platform(url: str) -> Named:
    """Those that are alive."""
    alive = []
    for pid, name in found(url):
        with suppress(psutil.Error):
            alive.append((name, psutil.Process(pid)))
    return alive


async def _watch(told: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    redis = redis_client(told.redis, socket_timeout=1.0)
    with told.out.open("ab", buffering=0) as out:

        def keep(seen: Seen) -> None:
            out.write(msgspec.json.encode(seen) + b"\n")

        async with client_for(told.gateway) as client:
            sentinel = Sentinel(client, told.run, told.queue)
            await Watcher(redis, sentinel, lambda: _platform(told.gateway), keep).run(stop)
    await redis.aclose()


if __name__ == "__main__":
    uvloop.run(_watch(_arguments()))
