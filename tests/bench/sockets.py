"""`python -m tests.bench.sockets`: what idle customers' sockets cost one gateway process in memory.

Each socket has a session of its own, whose feed and live channel the gateway follows; some of them then get
a message each, to see that they are alive. `--sockets` sets how many; the aim counts for 5,000.
"""

import argparse
import asyncio
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import NamedTuple

import psutil
import redis

import migrations
from infra.paths import JARS, VAR
from infra.stack import LocalStack
from schemas.ids import session_id
from schemas.topics import CONVERSATION_COMMANDS
from tests.bench.figures import Row, at_most, say, show
from tests.gateway.conftest import prepare
from tests.gateway.feeds import write
from tests.gateway.process import GatewayProcess

SOCKETS = 5_000
AIM_MB = 300.0
STAY_S = 5.0
ALIVE = 100
_MB = 1_000_000
_FILES_BESIDE = 500


class Measured(NamedTuple):
    """Resident memory in bytes without and with the sockets, how long opening took, and how many of those
    that were told something took it."""

    before: int
    after: int
    open_s: float
    alive: int
    left: int


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=SOCKETS)
    sockets = parser.parse_args().sockets
    _allow_files(sockets + _FILES_BESIDE)
    var = VAR / "bench" / f"sockets-{os.getpid()}"
    stack = LocalStack.at(var, JARS)
    say("starting Kafka, Postgres and Redis")
    try:
        stack.start()
        measured = _measure(stack, sockets)
    finally:
        stack.stop()
        shutil.rmtree(var, ignore_errors=True)
    _show(measured, sockets)


def _measure(stack: LocalStack, sockets: int) -> Measured:
    migrations.upgrade(stack.postgres.address)
    asyncio.run(prepare(stack.kafka.address))
    gateway = GatewayProcess(stack.environment)
    gateway.start()
    assert gateway.process is not None
    process = psutil.Process(gateway.process.pid)
    sessions = [
        session_id(number % CONVERSATION_COMMANDS.partitions, 1_790_000_000_000, number)
        for number in range(sockets)
    ]
    with ExitStack() as ending:
        ending.callback(gateway.stop)
        before = process.memory_info().rss
        clients = ending.enter_context(_Clients(gateway.port, sessions))
        open_s = clients.open()
        say(f"{sockets:,} sockets are open; waiting {STAY_S:g} s")
        after = _resident(process)
        alive = _told(stack, gateway, sessions[:: max(1, sockets // ALIVE)])
        left = _counted(gateway, 'aicc_sockets{kind="customer"}')
    return Measured(before, after, open_s, alive, left)


class _Clients:
    """The process that holds the other ends."""

    def __init__(self, port: int, sessions: list[str]) -> None:
        self._sessions = sessions
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.idle_sockets", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "_Clients":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def open(self) -> float:
        """Opens them all; seconds. Raises RuntimeError where the gateway does not let one in."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        began = time.monotonic()
        self._process.stdin.write("\n".join(self._sessions))
        self._process.stdin.close()
        opened = 0
        for line in self._process.stdout:
            opened = int(line)
            if opened % 1_000 == 0:
                say(f"{opened:,} of {len(self._sessions):,}")
            if opened == len(self._sessions):
                return time.monotonic() - began
        raise RuntimeError(f"only {opened:,} sockets could be opened")


def _resident(process: psutil.Process) -> int:
    """The median over some seconds."""
    found = []
    for _ in range(10):
        time.sleep(STAY_S / 10)
        found.append(process.memory_info().rss)
    return int(statistics.median(found))


def _told(stack: LocalStack, gateway: GatewayProcess, sessions: list[str]) -> int:
    """How many of these sockets are sent the message that they are told; all of them are, at last."""
    frames = 'aicc_gateway_frames_total{kind="customer"}'
    before = _counted(gateway, frames)
    with redis.Redis.from_url(stack.redis.address) as feeds:
        for session in sessions:
            write(feeds, session, 1)
    deadline = time.monotonic() + 10
    while (told := _counted(gateway, frames) - before) < len(sessions) and time.monotonic() < deadline:
        time.sleep(0.05)
    say(f"{told} of {len(sessions)} were told a message")
    return round(100 * told / len(sessions))


def _counted(gateway: GatewayProcess, metric: str) -> int:
    lines = gateway.get("/metrics").body.decode().splitlines()
    return next((int(float(line.rsplit(" ", 1)[1])) for line in lines if line.startswith(metric)), 0)


def _allow_files(wanted: int) -> None:
    """This process's limit is what the gateway and the clients get."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def _show(measured: Measured, sockets: int) -> None:
    valid = measured.alive == 100 and measured.left == sockets
    rss_mb = measured.after / _MB
    each_kb = (measured.after - measured.before) / sockets / 1000
    counts = valid and sockets >= SOCKETS
    rows = [
        Row("sockets", f"{sockets:,}"),
        at_most("resident memory", rss_mb, AIM_MB, "MB", counts),
        Row("without sockets", f"{measured.before / _MB:,.1f} MB"),
        Row("a socket", f"{each_kb:,.1f} kB"),
        Row("all open after", f"{measured.open_s:,.1f} s"),
        Row("told what they were told", f"{measured.alive} %"),
    ]
    figures = {
        "sockets": sockets,
        "rss_mb": round(rss_mb, 1),
        "idle_rss_mb": round(measured.before / _MB, 1),
        "socket_kb": round(each_kb, 1),
        "open_s": round(measured.open_s, 1),
        "valid": valid,
    }
    show("sockets" if valid else "sockets: not valid, no aim counts as met", rows, figures)


if __name__ == "__main__":
    main()
