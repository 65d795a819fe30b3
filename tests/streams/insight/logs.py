"""A pool's log in memory, as a broker would hold it: commands, and what was decided on them."""

from collections.abc import Iterable
from typing import Any

from schemas.codec import Tick, encode
from schemas.routing import RoutingCommand
from schemas.topics import ROUTING_COMMANDS
from streams.harness.partition import Partition
from streams.harness.replay import replayed
from streams.harness.sent import Sent
from streams.insight.findings import Report
from streams.insight.history import History, Step
from streams.insight.source import Logged
from streams.routing.pool import Pool
from tests.streams.routing.pools import BEGIN_MS, DECIDER, POOL


class Recorder:
    """Decides commands as they come; time is in seconds from BEGIN_MS on."""

    def __init__(self) -> None:
        self.partition: Partition[Pool, Any] = replayed(DECIDER, 0)
        self.log: list[Logged] = []
        self.sent: list[Sent] = []

    def hear(self, seconds: float, command: RoutingCommand) -> list[Sent]:
        """One more command, appended then."""
        key = b"" if isinstance(command, Tick) else POOL.encode()
        now_ms = BEGIN_MS + int(seconds * 1000)
        name = ROUTING_COMMANDS.name
        self.log.append(Logged(name, 0, len(self.log), now_ms, key, encode(command)))
        sent = self.partition.decide(self.log[-1:])
        self.sent += sent
        return sent


def recorded(*commands: tuple[float, RoutingCommand]) -> Recorder:
    """All of these."""
    recorder = Recorder()
    for seconds, command in commands:
        recorder.hear(seconds, command)
    return recorder


def heard(history: History, log: Iterable[Any]) -> list[Step]:
    """The steps that the log gives."""
    return [step for record in log if (step := history.hear(record)) is not None]


def replayed_whole(log: Iterable[Any]) -> tuple[Report, list[Step], History]:
    """A replay from the beginning on."""
    history = History(0, report := Report())
    return report, heard(history, log), history
