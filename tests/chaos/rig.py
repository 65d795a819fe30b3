"""The platform that is broken: every process and server of its own, in a network of its own."""

import asyncio
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil
from aiokafka.admin import AIOKafkaAdminClient

import migrations
from infra.config_publish import apply
from infra.paths import JARS
from infra.stack import LocalStack
from infra.topics import apply_topics
from schemas.topics import TOPICS
from tests.chaos.cluster import ClusterStack
from tests.chaos.disks import Disk, small_disks
from tests.chaos.network import Network
from tests.platform import Platform, configuration

SERVICES = (
    "conversations", "routing", "persister", "notifier", "prober", "webhooks", "responder", "gateway",
)  # fmt: skip
CLOCKED = ("gateway", "conversations", "routing", "persister")
"""Those whose clocks can be set, where the rig has clocks."""

_FAKETIME = ("lib/faketime", "lib/x86_64-linux-gnu/faketime", "lib/aarch64-linux-gnu/faketime")
_QUIET = {"AICC_CUSTOMER_IDLE_S": "20", "AICC_CUSTOMER_GRACE_S": "5"}


class Rig(Platform):
    """A platform with handles for what breaks it. Each service runs in a Unix group of its own, by which the
    network knows its packets; a service's clock is moved by a file."""

    def __init__(self, stack: LocalStack, var: Path, *, clocks: bool = False) -> None:
        super().__init__(stack, var, stack.postgres.address)
        self._equip()
        self._clocks = clocks

    @classmethod
    def over(cls, platform: Platform) -> "Rig":
        """One that runs already, with the handles; whoever started it ends it."""
        equipped = cls.__new__(cls)
        vars(equipped).update(vars(platform))
        equipped._equip()
        return equipped

    def _equip(self) -> None:
        self.network = Network({name: 50_001 + n for n, name in enumerate(SERVICES)})
        self.disks: dict[str, Disk] = {}
        self.held: list[asyncpg.Connection[asyncpg.Record]] = []
        """Connections to Postgres that a fault holds."""

        self.struck = ""
        """Which of several brokers a fault has taken."""

        self._clocks = False

    def command(self, name: str, key: str) -> list[str]:
        """In the group that the network knows it by, where there is one."""
        if not self.network.available:
            return super().command(name, key)
        group = str(self.network.groups[name])
        return ["setpriv", f"--regid={group}", "--keep-groups", *super().command(name, key)]

    def start_all(self) -> None:
        """Every service, once."""
        for name in SERVICES:
            self.start(name, **(_QUIET if name == "gateway" else {}), **self._clock_of(name))

    def port_of(self, part: str) -> int:
        """The port of a server."""
        return next(one.ports[0].number for one in self.stack.parts if one.name == part)

    def signal_all(self, part: str, number: signal.Signals) -> None:
        """To a server's process and all that it has started."""
        process = psutil.Process(self.stack.running[part].process.pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                one.send_signal(number)

    @property
    def deaths(self) -> int:
        """How often a process of ours has ended."""
        return sum(len(service.deaths) for service in self.services.values())

    def set_clock(self, name: str, offset_s: float) -> None:
        """The service's clocks, monotonic ones excepted, are off by so much from within a second on."""
        self._clock_file(name).write_text(f"{offset_s:+.0f}")

    def _clock_file(self, name: str) -> Path:
        return self.var / f"{name}.clock"

    def _clock_of(self, name: str) -> dict[str, str]:
        if not self._clocks or name not in CLOCKED:
            return {}
        self.set_clock(name, 0)
        return {
            "LD_PRELOAD": str(find_faketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock_file(name)),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def find_faketime() -> Path:
    """libfaketime's variant for threads. Raises FileNotFoundError with the package's name."""
    for place in _FAKETIME:
        found = Path("/usr", place, "libfaketimeMT.so.1")
        if found.exists():
            return found
    raise FileNotFoundError("libfaketime is not installed. `sh infra/bootstrap.sh faketime` installs it.")


@dataclass(frozen=True)
class Shape:
    """How a platform is made: `clocks` that can be set, `disks_mb`: parts on file systems of that size."""

    brokers: int = 1
    clocks: bool = False
    disks_mb: Mapping[str, int] = field(default_factory=dict)


@contextmanager
def rig(var: Path, shape: Shape) -> Iterator[Rig]:
    """A platform below `var`, all ready."""
    stack = ClusterStack.at(var, JARS) if shape.brokers > 1 else LocalStack.at(var, JARS)
    with small_disks(var, shape.disks_mb) as disks:
        running: Rig | None = None
        try:
            stack.start()
            migrations.upgrade(stack.postgres.address)
            asyncio.run(_prepare(stack.kafka.address))
            place = var / "services"
            place.mkdir(exist_ok=True)
            running = Rig(stack, place, clocks=shape.clocks)
            running.disks = disks
            running.network.open()
            running.start_all()
            asyncio.run(running.ready(120))
            yield running
        finally:
            if running is not None:
                running.network.close()
                running.stop()
            stack.stop()
    shutil.rmtree(var, ignore_errors=True)


async def _prepare(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await apply_topics(admin, TOPICS, alter=False, say=lambda _: None)
    finally:
        await admin.close()
    await apply(bootstrap, configuration(), "tests")


def say(text: str) -> None:
    """Progress, for whoever watches."""
    print(text, file=sys.stderr, flush=True)
