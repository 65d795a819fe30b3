"""A partition of routing.commands decided once more, record by record, with everything checked on the way."""

from typing import NamedTuple

import msgspec

from schemas.assignments import ToAgent, decode_feed
from schemas.audit import RoutingEvent, decode_audit
from schemas.codec import Tick
from schemas.routing import ApplyConfig, RoutingCommand, decode_command
from schemas.topics import AGENT_ASSIGNMENTS, ROUTING_COMMANDS, ROUTING_EVENTS
from streams.harness.decider import Life
from streams.harness.partition import Partition
from streams.harness.replay import Nothing, first_rules
from streams.harness.sent import Record, Sent
from streams.harness.snapshots import Watermark
from streams.insight.checkpoint import Checkpoint
from streams.insight.findings import Report
from streams.insight.invariants import Ages, Feeds, Holdings, check_idle
from streams.routing.decider import RoutingDecider
from streams.routing.pool import Pool

_CAPTURE_EVERY = 5_000
"""Records between two snapshots in memory: without them all that was applied would be kept."""


class Step(NamedTuple):
    """One record and what was decided; `command` is None where it was refused. `at_ms` is the time on the
    partition's clock."""

    record: Record
    at_ms: int
    pool: str
    command: RoutingCommand | None
    sent: list[Sent]
    events: list[RoutingEvent]


class History:
    """Hears the records of one partition from its beginning, or from a checkpoint on.

    Without either the state at `begin` is unknown: each pool begins with the next record that configures
    it, and nothing is said of what its earlier contacts and agents were.
    """

    def __init__(self, number: int, report: Report, begin: int = 0, start: Checkpoint | None = None) -> None:
        decider = RoutingDecider()
        mark = start.mark if start else Watermark(begin, first_rules(decider), "")
        due = start.timers() if start else ()
        self.partition = Partition(number, decider, start or Nothing(), mark, due)
        self.report, self.begin = report, mark.next_offset
        self.is_whole = begin == 0 and start is None
        self.is_unknown = begin > 0 and start is None
        self._all_known = start.whole if start else self.is_whole
        self._at_rest = start.snapshots if start else {}
        self._known = set(self._at_rest)
        self._holdings = Holdings(report, complete=self.is_whole)
        self._feeds, self._ages = Feeds(report, complete=self.is_whole), Ages(report)
        self._changed: set[str] = set()

    def hear(self, record: Record) -> Step | None:
        """Decides the next record; None for one that was decided before, or can't be yet."""
        if record.offset < self.partition.next_offset:
            return None
        if record.offset > self.partition.next_offset:
            hole = f"{self.partition.next_offset} to {record.offset - 1}"
            self.report.blame("hole in the log", hole)
        command, pool = _decoded(record), (record.key or b"").decode(errors="replace")
        if not self._may_decide(pool, command):
            self.partition.clock.advance(record.timestamp)
            self.partition.next_offset = record.offset + 1
            return None
        self.report.counts["commands"] += 1
        sent = self.partition.decide([record])
        self.report.counts["dead letters"] += sum(one.topic == ROUTING_COMMANDS.dlq for one in sent)
        if record.offset % _CAPTURE_EVERY == 0:
            self.partition.capture()
        events = [decode_audit(one.value or b"") for one in sent if one.topic == ROUTING_EVENTS.name]
        step = Step(record, self.partition.clock.at_ms, pool, command, sent, events)
        self._check(step)
        return step

    def pools(self) -> dict[str, Pool]:
        """Every pool as of the last record, by name."""
        hot, unpack = self.partition.hot, self.partition.decider.unpack
        at_rest = {
            name: unpack(snapshot.state)
            for name, snapshot in self._at_rest.items()
            if name not in hot and snapshot.gone_ms is None
        }
        live = {name: entity.state for name, entity in hot.items() if entity.life is Life.LIVE}
        return dict(sorted((at_rest | live).items()))

    def _may_decide(self, pool: str, command: RoutingCommand | None) -> bool:
        """Without a beginning, what is said to a pool counts from its configuration on."""
        if self._all_known or command is None or isinstance(command, Tick) or pool in self._known:
            return True
        if isinstance(command, ApplyConfig):
            self._known.add(pool)
        return pool in self._known or not pool

    def _check(self, step: Step) -> None:
        for event in step.events:
            self._holdings.hear(event, step.record.offset)
            self._changed.add(event.pool)
            pool = self._pool(event.pool)
            if pool is not None and event.contact_id:
                self._ages.look(pool, event.contact_id, step.record.offset)
        for one in step.sent:
            if one.topic == AGENT_ASSIGNMENTS.name:
                entry: ToAgent = decode_feed(one.value or b"")
                self._feeds.hear(str(one.partition), entry, step.record.offset)
        if isinstance(step.command, Tick):
            self._look_at_changed(step)

    def _look_at_changed(self, step: Step) -> None:
        """A tick has run all timers: nothing may be left to do in a pool that changed since the last one."""
        for name in sorted(self._changed):
            if pool := self._pool(name):
                check_idle(self.report, pool, step.at_ms, step.record.offset)
        self._changed.clear()

    def _pool(self, name: str) -> Pool | None:
        entity = self.partition.hot.get(name)
        return entity.state if entity else None


def _decoded(record: Record) -> RoutingCommand | None:
    try:
        command: RoutingCommand = decode_command(record.value or b"")
    except (msgspec.MsgspecError, RecursionError):
        return None
    return command
