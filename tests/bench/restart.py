"""`python -m tests.bench.restart`: from kill -9 of the routing process to its first new decision.

The platform runs as `make run` starts it; a command a pool decides comes twenty times a second. The
decision counts by the broker's append time of the first output that was not there before the kill.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from infra.paths import VAR
from infra.stack.ports import free_ports
from infra.supervise.client import Supervisor
from runtime.kafka import producer_options
from schemas.codec import encode
from schemas.routing import SetPresence
from schemas.states import Presence
from schemas.topics import ROUTING_COMMANDS, ROUTING_EVENTS
from tests.bench.figures import Row, at_most, say, show
from tests.waiting import until

KILLS = 10
EVERY_S = 0.05
AIM_S = 3.0
POOL, PARTITION = "demo", 0
IN_FLIGHT_MS = 50
"""What the killed process had sent may still be appended for so long."""


async def measure(bootstrap: str, var: Path, rng: random.Random) -> list[float]:
    """Seconds of each kill."""
    producer = AIOKafkaProducer(**producer_options(bootstrap, "bench"))
    await producer.start()
    trickle = asyncio.ensure_future(_trickle(producer))
    found = []
    try:
        async with _Decisions(bootstrap) as decisions:
            for number in range(KILLS):
                await asyncio.sleep(rng.uniform(3.0, 4.0))
                await decisions.catch_up()
                supervisor = Supervisor(var)
                os.kill(supervisor.info()["routing"].pid, signal.SIGKILL)
                found.append(await decisions.first_after(time.time() * 1000))
                say(f"kill {number + 1}: {found[-1]:.2f} s")
    finally:
        trickle.cancel()
        await producer.stop()
    return found


async def _trickle(producer: AIOKafkaProducer) -> None:
    """Commands that are each decided with one audit event: the agent is unknown."""
    command = encode(SetPresence(pool=POOL, agent_id="nobody", presence=Presence.ROUTABLE))
    while True:
        await producer.send(ROUTING_COMMANDS.name, command, key=POOL.encode(), partition=PARTITION)
        await asyncio.sleep(EVERY_S)


class _Decisions:
    def __init__(self, bootstrap: str) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="latest")
        self._seen: set[bytes] = set()

    async def __aenter__(self) -> "_Decisions":
        await self._consumer.start()
        self._consumer.assign([TopicPartition(ROUTING_EVENTS.name, PARTITION)])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def catch_up(self) -> None:
        """Knows all that is decided now."""
        await self._read()

    async def first_after(self, killed_ms: float) -> float:
        """Seconds from `killed_ms` to the first decision that is new."""
        times: list[int] = []

        async def decided() -> bool:
            times.extend(t for t in await self._read() if t > killed_ms + IN_FLIGHT_MS)
            return bool(times)

        await until(decided, 60, "nothing was decided any more", every_s=0.0)
        return (min(times) - killed_ms) / 1000

    async def _read(self) -> list[int]:
        fresh = []
        for records in (await self._consumer.getmany(timeout_ms=50)).values():
            for record in records:
                identity = next(value for name, value in record.headers if name == "id")
                if identity not in self._seen:
                    self._seen.add(identity)
                    fresh.append(record.timestamp)
        return fresh


@contextmanager
def _running(var: Path) -> Iterator[str]:
    """The platform under its supervisor; gives the address of Kafka."""
    kafka, controller, postgres, redis, gateway, metrics = free_ports(6)
    ports = {
        "KAFKA": kafka,
        "KAFKA_CONTROLLER": controller,
        "POSTGRES": postgres,
        "REDIS": redis,
        "GATEWAY": gateway,
        "METRICS_BASE": metrics,
    }
    environ = os.environ | {f"AICC_{name}_PORT": str(port) for name, port in ports.items()}
    command = [str(Path(sys.executable).parent / "aicc-run"), "--contacts", "5"]
    process = subprocess.Popen(
        command, env=environ | {"AICC_VAR": str(var)}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        for line in process.stdout:
            say(line.rstrip())
            if line.startswith("up;"):
                break
        else:
            raise RuntimeError("the platform did not start")
        yield f"127.0.0.1:{kafka}"
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    seed = int(os.environ.get("BENCH_SEED") or random.SystemRandom().randrange(2**32))
    say(f"random seed: {seed}")
    var = VAR / "bench" / f"restart-{os.getpid()}"
    try:
        with _running(var) as bootstrap:
            found = uvloop.run(measure(bootstrap, var, random.Random(seed)))
    finally:
        shutil.rmtree(var, ignore_errors=True)
    median, worst = statistics.median(found), max(found)
    valid = len(found) == KILLS
    rows = [
        at_most("kill -9 to the first new decision, median", median, AIM_S, "s", valid),
        Row("worst", f"{worst:.2f} s"),
        Row("each", json.dumps([round(one, 2) for one in found])),
    ]
    figures = {"decide_again_s": round(median, 3), "worst_s": round(worst, 3), "kills": KILLS, "seed": seed}
    show("bench-restart", rows, {**figures, "valid": valid})


if __name__ == "__main__":
    main()
