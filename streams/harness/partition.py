"""One partition's entities and the decisions on them: pure, so that a log can be replayed anywhere."""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from schemas.codec import ApplyVersion, Tick
from schemas.envelope import Cause
from schemas.release import RELEASE
from streams.harness.clock import Clock
from streams.harness.decider import Decider, Life, Moment, Rules
from streams.harness.entity import Applied, Entity, life_after, rebuild, restored
from streams.harness.sent import Record, Sent, dead_letter, made
from streams.harness.snapshots import Snapshot, Watermark, is_forgotten

S = TypeVar("S")
C = TypeVar("C")
MOST_KEY = 256
TRACEPARENT_BYTES = 55
"""Its length in W3C Trace Context, version 00."""


class AtRest(Protocol):
    """Where entities rest: the newest stored snapshot of one."""

    def newest(self, entity: str) -> Snapshot | None: ...


class UnknownRules(Exception):
    """The partition decides by a version of the rules that this release does not carry."""


class Capture(NamedTuple):
    """What a checkpoint stores: the partition as of the watermark."""

    watermark: Watermark
    snapshots: list[Snapshot]


class _Step(NamedTuple):
    record: Record
    command: Any
    moment: Moment
    cause: Cause | None = None
    traceparent: str = ""
    due_ms: int = 0


class Partition(Generic[S, C]):
    """Decides the records of one partition in order. `rest` is asked for entities that are not hot."""

    def __init__(
        self,
        number: int,
        decider: Decider[S, C],
        rest: AtRest,
        mark: Watermark,
        due: Iterable[tuple[int, str]] = (),
    ) -> None:
        self.number, self.decider, self.rest = number, decider, rest
        self.next_offset, self.topic_id = mark.next_offset, mark.topic_id
        self.clock = Clock(mark.at_ms, mark.appended_ms)
        self._use_rules(mark.rules)
        self.hot: dict[str, Entity[S]] = {}
        self._dirty: dict[str, Entity[S]] = {}
        self._captured: dict[str, Snapshot] = {}
        self._due = list(due)
        heapify(self._due)
        self._cause = f"{decider.source.name}:{number}"

    @property
    def timers(self) -> int:
        """How many times are waited for, those that no entity waits for any more included."""
        return len(self._due)

    def decide(self, records: Iterable[Record]) -> list[Sent]:
        """The outputs of the records not decided yet, in order; those below `next_offset` are skipped."""
        sent: list[Sent] = []
        for record in records:
            if record.offset < self.next_offset:
                continue
            moment = self.clock.advance(record.timestamp)
            self._decide_one(record, moment, sent)
            self.next_offset = record.offset + 1
        return sent

    def capture(self) -> Capture:
        """Everything changed since the last capture, encoded as of `next_offset`."""
        for name, entity in self._dirty.items():
            self._captured[name] = entity.snapshot(self.decider)
            self.hot[name] = self.hot.pop(name)  # so that the coldest stay in front
            entity.dirty = False
            entity.journal.clear()
        self._dirty = {}
        at_ms, appended_ms = self.clock.at_ms, self.clock.appended_ms
        mark = Watermark(self.next_offset, self.rules_version, self.topic_id, at_ms, appended_ms)
        return Capture(mark, list(self._captured.values()))

    def stored(self, most_hot: int) -> None:
        """The last capture is at rest: the gone leave memory, and the coldest beyond `most_hot`."""
        for name in self._captured:
            entity = self.hot.get(name)
            if entity and entity.life is not Life.LIVE and not entity.dirty:
                del self.hot[name]
        self._captured = {}
        for name in list(islice(self.hot, max(0, len(self.hot) - most_hot))):
            if not self.hot[name].dirty:
                del self.hot[name]

    def _use_rules(self, version: int) -> None:
        if version not in self.decider.rules:
            known = ", ".join(map(str, sorted(self.decider.rules)))
            raise UnknownRules(
                f"{self.decider.app}: partition {self.number} decides by rules version {version}; this "
                f"release ({RELEASE}) knows {known}. Start a release that carries version {version}: "
                "the one that applied it (`aicc-upgrade status` names those that run), or a newer one."
            )
        self.rules_version = version
        self._rules: Rules[S, C] = self.decider.rules[version]

    def _decide_one(self, record: Record, moment: Moment, sent: list[Sent]) -> None:
        try:
            command: Any = self.decider.decode(record.value or b"")
            name, (cause, traceparent) = _entity_name(record.key), _origin(record.headers)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            sent.append(self._dead_letter(record, "undecodable", error))
            return
        if isinstance(command, Tick):
            self._visit_due(record, command, moment, sent)
        elif isinstance(command, ApplyVersion):
            self._use_rules(command.version)
        elif name:
            self._apply(name, _Step(record, command, moment, cause, traceparent), sent)
        else:
            sent.append(self._dead_letter(record, "no key", ValueError("a command needs its entity as key")))

    def _visit_due(self, record: Record, tick: Tick, moment: Moment, sent: list[Sent]) -> None:
        visits: list[tuple[int, str]] = []
        while self._due and self._due[0][0] <= moment.at_ms:
            due = heappop(self._due)
            if not visits or visits[-1] != due:
                visits.append(due)
        for due_ms, name in visits:
            entity = self._entity(name)
            if entity.due_ms != due_ms:
                continue  # it waits for another time by now
            if record.offset < entity.next_offset:
                heappush(self._due, (due_ms, name))
            else:
                self._apply(name, _Step(record, tick, moment, due_ms=due_ms), sent)

    def _apply(self, name: str, now: _Step, sent: list[Sent]) -> None:
        entity, offset = self._entity(name), now.record.offset
        if offset < entity.next_offset or (now.cause and entity.has_applied(now.cause)):
            return
        cause = f"{self._cause}:{offset}:{now.due_ms}:{name}:"
        try:
            outputs = self._rules.step(entity.state, now.command, now.moment)
            sent += [made(out, f"{cause}{nth}", now.traceparent) for nth, out in enumerate(outputs)]
        except (MemoryError, RecursionError):
            raise
        except Exception as error:  # noqa: BLE001 - the one place where a record may be to blame
            rebuild(self.decider, self.number, entity, self._captured.get(name) or self._at_rest(name))
            sent.append(self._dead_letter(now.record, "poison", error, now.due_ms, name))
            self._touched(entity, offset, refused_tick=bool(now.due_ms))
        else:
            entity.journal.append(Applied(now.command, now.moment, self.rules_version))
            self._touched(entity, offset)

    def _touched(self, entity: Entity[S], offset: int, refused_tick: bool = False) -> None:
        entity.life = life_after(entity.life, self._rules.life(entity.state))
        if entity.life is Life.ABSENT:
            del self.hot[entity.name]
            return
        entity.next_offset = offset + 1
        if entity.life is Life.GONE:
            # Only a mark of it counts, in memory as at rest, or a replay would see more.
            entity.gone_ms = self.clock.at_ms if entity.gone_ms is None else entity.gone_ms
            entity.state = self.decider.new(entity.name, self.number, Life.GONE)
        self._wait(entity, refused_tick)
        if not entity.dirty:
            entity.dirty = True
            self._dirty[entity.name] = entity

    def _wait(self, entity: Entity[S], refused_tick: bool) -> None:
        """Sees to it that a tick visits the entity when it is due."""
        due_ms = self._rules.due_ms(entity.state) if entity.life is Life.LIVE else None
        if refused_tick or entity.refusals:
            due_ms = entity.visit_ms(due_ms, self.clock.at_ms, refused_tick)
        if due_ms is not None and (due_ms != entity.due_ms or due_ms <= self.clock.at_ms):
            heappush(self._due, (due_ms, entity.name))
        entity.due_ms = due_ms

    def _entity(self, name: str) -> Entity[S]:
        entity = self.hot.get(name)
        if entity is None:
            entity = self.hot[name] = restored(self.decider, self.number, name, self._at_rest(name))
        if entity.gone_ms is not None and is_forgotten(entity.gone_ms, self.clock.at_ms):
            entity = self.hot[name] = restored(self.decider, self.number, name, None)
            self._dirty.pop(name, None)
        return entity

    def _at_rest(self, name: str) -> Snapshot | None:
        """The newest snapshot at rest; the mark of one that is forgotten counts as none."""
        snapshot = self.rest.newest(name)
        if snapshot and snapshot.gone_ms is not None and is_forgotten(snapshot.gone_ms, self.clock.at_ms):
            return None
        return snapshot

    def _dead_letter(
        self, record: Record, reason: str, error: Exception, due_ms: int = 0, entity: str = ""
    ) -> Sent:
        """A tick concerns many entities, and each that refuses it has a letter of its own."""
        position = f"{self._cause}:{record.offset}" + (f":{due_ms}:{entity}" if due_ms else "")
        return dead_letter(self.decider.source, position, record, reason, error)


def _entity_name(key: bytes | None) -> str:
    name = (key or b"").decode()
    if "\x00" in name:
        raise ValueError("a key must not contain NUL")
    if len(name) > MOST_KEY:
        raise ValueError(f"a key has at most {MOST_KEY} characters")
    return name


def _origin(found: Sequence[tuple[str, bytes]]) -> tuple[Cause | None, str]:
    """The record's cause, and the trace that it belongs to, if it has them."""
    cause, traceparent = None, ""
    for name, value in found:
        if name == "cause":
            cause = Cause.parse(value.decode())
        elif name == "traceparent" and len(value) == TRACEPARENT_BYTES:
            traceparent = value.decode()
    return cause, traceparent
