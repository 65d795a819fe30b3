"""One partition's entities and the decisions on them: pure, so that a log can be replayed anywhere."""

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from schemas.codec import SetRules, Tick, encode, type_of
from schemas.envelope import Cause, Headers, headers
from schemas.topics import MAX_RECORD_BYTES
from streams.harness.clock import Clock
from streams.harness.decider import Decider, Life, Moment, Output, Rules
from streams.harness.snapshots import Snapshot, Watermark, is_forgotten

S = TypeVar("S")
C = TypeVar("C")


class Record(Protocol):
    """A record as aiokafka hands it out."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Sent(NamedTuple):
    """A record to send, encoded."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: Headers


class AtRest(Protocol):
    """Where entities rest: the newest stored snapshot of one."""

    def newest(self, entity: str) -> Snapshot | None: ...


class UnknownRules(Exception):
    """The partition decides by a version of the rules that this release does not carry."""


class TooLarge(ValueError):
    """An output would not fit into a record."""


class _Applied(NamedTuple):
    command: object
    moment: Moment
    rules: int


class _Step(NamedTuple):
    record: Record
    command: object
    moment: Moment
    cause: Cause | None
    due_ms: int = 0


class _Entity(Generic[S]):
    """A hot entity. `journal` holds what was applied since the last snapshot, to rebuild it from."""

    __slots__ = ("applied", "dirty", "due_ms", "gone_ms", "journal", "life", "next_offset", "state")

    def __init__(self, state: S, life: Life, snapshot: Snapshot | None) -> None:
        self.state, self.life = state, life
        self.next_offset = snapshot.next_offset if snapshot else 0
        self.due_ms = snapshot.due_ms if snapshot else None
        self.gone_ms = snapshot.gone_ms if snapshot else None
        self.applied = dict(snapshot.applied) if snapshot else {}
        self.journal: list[_Applied] = []
        self.dirty = False

    def has_applied(self, cause: Cause) -> bool:
        """Whether this output, or a later one of its source, was applied before; remembers it if not."""
        if cause.rank <= self.applied.get(cause.source, (-1, 0, "", 0)):
            return True
        self.applied[cause.source] = cause.rank
        return False


class Capture(NamedTuple):
    """What a checkpoint stores: the partition as of the watermark."""

    watermark: Watermark
    snapshots: list[Snapshot]


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
        self.hot: dict[str, _Entity[S]] = {}
        self._dirty: dict[str, _Entity[S]] = {}
        self._captured: dict[str, Snapshot] = {}
        self._due = sorted(due)
        self._source = decider.source.name

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
            self._captured[name] = self._snapshot(name, entity)
            entity.dirty = False
            entity.journal.clear()
        self._dirty = {}
        clock = self.clock
        mark = Watermark(self.next_offset, self.rules_version, self.topic_id, clock.at_ms, clock.appended_ms)
        return Capture(mark, list(self._captured.values()))

    def stored(self, most_hot: int) -> None:
        """The last capture is at rest: the gone leave memory, and the coldest beyond `most_hot`."""
        for name in self._captured:
            entity = self.hot.get(name)
            if entity and entity.life is not Life.LIVE and not entity.dirty:
                del self.hot[name]
        self._captured = {}
        for name in list(self.hot)[: max(0, len(self.hot) - most_hot)]:
            if not self.hot[name].dirty:
                del self.hot[name]

    def _use_rules(self, version: int) -> None:
        if version not in self.decider.rules:
            known = ", ".join(map(str, sorted(self.decider.rules)))
            raise UnknownRules(
                f"{self.decider.app}: partition {self.number} decides by rules version {version}; this release "
                f"knows {known}. Start the release that set it, or a newer one."
            )
        self.rules_version = version
        self._rules: Rules[S, C] = self.decider.rules[version]

    def _decide_one(self, record: Record, moment: Moment, sent: list[Sent]) -> None:
        try:
            command = self.decider.decode(record.value or b"")
            entity, cause = _entity_key(record.key), _cause(record.headers)
        except (msgspec.MsgspecError, ValueError) as error:
            sent.append(self._dead_letter(record, "undecodable", error))
            return
        if isinstance(command, Tick):
            self._visit_due(record, command, moment, sent)
        elif isinstance(command, SetRules):
            self._use_rules(command.version)
        elif not entity:
            sent.append(self._dead_letter(record, "no key", ValueError("a command needs its entity as key")))
        else:
            self._apply(entity, _Step(record, command, moment, cause), sent)

    def _visit_due(self, record: Record, tick: Tick, moment: Moment, sent: list[Sent]) -> None:
        visits: list[tuple[int, str]] = []
        while self._due and self._due[0][0] <= moment.at_ms:
            due = heappop(self._due)
            if not visits or visits[-1] != due:
                visits.append(due)
        for due_ms, name in visits:
            entity = self._entity(name)
            if entity.due_ms != due_ms:
                continue
            if record.offset < entity.next_offset:
                heappush(self._due, (due_ms, name))
            else:
                self._apply(name, _Step(record, tick, moment, None, due_ms), sent)

    def _apply(self, name: str, now: "_Step", sent: list[Sent]) -> None:
        entity, offset = self._entity(name), now.record.offset
        if offset < entity.next_offset or (now.cause and entity.has_applied(now.cause)):
            return
        try:
            outputs = self._rules.step(entity.state, now.command, now.moment)  # type: ignore[arg-type]
            made = [self._made(offset, now.due_ms, name, nth, out) for nth, out in enumerate(outputs)]
        except (MemoryError, RecursionError):
            raise
        except Exception as error:
            self._rebuild(name, entity)
            sent.append(self._dead_letter(now.record, "poison", error))
        else:
            entity.journal.append(_Applied(now.command, now.moment, self.rules_version))
            sent += made
        self._touched(name, entity, offset)

    def _touched(self, name: str, entity: _Entity[S], offset: int) -> None:
        was = entity.life
        entity.life = self._rules.life(entity.state)
        if entity.life is Life.ABSENT and was is Life.ABSENT:
            del self.hot[name]
            return
        entity.next_offset = offset + 1
        if entity.life is not Life.LIVE and entity.gone_ms is None:
            # From here on only a mark of it counts, in memory as at rest, or a replay would see more.
            entity.life, entity.gone_ms = Life.GONE, self.clock.at_ms
            entity.state = self.decider.new(name, self.number, Life.GONE)
        due_ms = self._rules.due_ms(entity.state) if entity.life is Life.LIVE else None
        if due_ms != entity.due_ms:
            entity.due_ms = due_ms
            if due_ms is not None:
                heappush(self._due, (due_ms, name))
        elif due_ms is not None and due_ms <= self.clock.at_ms:
            heappush(self._due, (due_ms, name))
        if not entity.dirty:
            entity.dirty = True
            self._dirty[name] = entity

    def _entity(self, name: str) -> _Entity[S]:
        entity = self.hot.get(name)
        if entity is None:
            snapshot = self.rest.newest(name)
            entity = self.hot[name] = _Entity(*self._restored(name, snapshot), snapshot)
        if entity.gone_ms is not None and is_forgotten(entity.gone_ms, self.clock.at_ms):
            entity = self.hot[name] = _Entity(*self._restored(name, None), None)
            self._dirty.pop(name, None)
        return entity

    def _restored(self, name: str, snapshot: Snapshot | None) -> tuple[S, Life]:
        if snapshot is not None and snapshot.gone_ms is None:
            return self.decider.unpack(snapshot.state), Life.LIVE
        life = Life.GONE if snapshot else Life.ABSENT
        return self.decider.new(name, self.number, life), life

    def _rebuild(self, name: str, entity: _Entity[S]) -> None:
        """Gives the entity back the state from before the record that raised."""
        entity.state, _ = self._restored(name, self._captured.get(name) or self.rest.newest(name))
        for command, moment, version in entity.journal:
            rules = self.decider.rules[version]
            rules.step(entity.state, command, moment)  # type: ignore[arg-type]
            if rules.life(entity.state) is Life.GONE:
                entity.state = self.decider.new(name, self.number, Life.GONE)

    def _snapshot(self, name: str, entity: _Entity[S]) -> Snapshot:
        state = self.decider.pack(entity.state) if entity.life is Life.LIVE else b""
        return Snapshot(name, entity.next_offset, entity.gone_ms, entity.due_ms, dict(entity.applied), state)

    def _made(self, offset: int, due_ms: int, entity: str, nth: int, output: Output) -> Sent:
        value = encode(output.record)
        if len(value) > MAX_RECORD_BYTES:
            raise TooLarge(f"{type_of(output.record)} of {len(value)} bytes; the limit is {MAX_RECORD_BYTES}")
        cause = f"{self._source}:{self.number}:{offset}:{due_ms}:{entity}:{nth}"
        made = headers(cause, type_of(output.record), cause)
        return Sent(output.topic.name, output.partition, output.key.encode(), value, made)

    def _dead_letter(self, record: Record, reason: str, error: Exception) -> Sent:
        position = f"{self._source}:{self.number}:{record.offset}"
        made = headers(position, "dead.letter", position)
        made += [("reason", reason.encode()), ("error", f"{type(error).__name__}: {error}".encode()[:2_000])]
        return Sent(self.decider.source.dlq, 0, record.key or b"", record.value or b"", made)


def _entity_key(key: bytes | None) -> str:
    name = (key or b"").decode()
    if "\x00" in name:
        raise msgspec.ValidationError("a key must not contain NUL")
    return name


def _cause(found: Sequence[tuple[str, bytes]]) -> Cause | None:
    for name, value in found:
        if name == "cause":
            return Cause.parse(value.decode())
    return None
