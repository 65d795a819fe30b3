"""An exception at every line of a `step`, for each kind of command of some logs."""

import linecache
from collections.abc import Iterable, Sequence
from types import CodeType
from typing import Any, NamedTuple

from schemas.codec import Tick, type_of
from schemas.envelope import header
from streams.harness.decider import Decider
from streams.harness.partition import Partition
from streams.harness.sent import Sent
from streams.harness.snapshots import WATERMARK, chunks, incarnation
from tests.streams.harness.records import Made, MemoryStore
from tests.streams.raising import Line, raising, tracing

AFTER = 12
NEVER = (
    "case ApplyVersion():",
    "pass",
    "case _:",
    "assert_never(command)",
    "raise ValueError(",
    "return  # changed by what was decided before it",
)
"""The beginnings of lines that no good command reaches."""


class Scenario(NamedTuple):
    """A log, and for each of its records the lines to raise at."""

    decider: Decider[Any, Any]
    number: int
    log: Sequence[Made]
    plan: dict[int, list[Line]]


def step_of(decider: Decider[Any, Any]) -> CodeType:
    """The code that everything is decided in."""
    code = type(decider.rules[max(decider.rules)]).step.__code__
    assert isinstance(code, CodeType)
    return code


def planned(decider: Decider[Any, Any], number: int, logs: Iterable[Sequence[Made]]) -> list[Scenario]:
    """Each line once for each kind of command that executes it."""
    seen: set[tuple[str, Line]] = set()
    return [Scenario(decider, number, log, _plan(decider, number, log, seen)) for log in logs]


def _plan(
    decider: Decider[Any, Any], number: int, log: Iterable[Made], seen: set[tuple[str, Line]]
) -> dict[int, list[Line]]:
    plan: dict[int, list[Line]] = {}
    partition = MemoryStore().load(decider, number)
    for record in log:
        lines: dict[Line, None] = {}
        with tracing(step_of(decider), lambda line, lines=lines: lines.setdefault(line)):  # type: ignore[misc]
            partition.decide([record])
        kind = type_of(decider.decode(record.value or b""))
        plan[record.offset] = [line for line in lines if (kind, line) not in seen]
        seen |= {(kind, line) for line in lines}
    return plan


class Owner:
    """A partition that is asked the same again and again: at the same record, in the same state."""

    def __init__(self, scenario: Scenario, record: Made, stored: int) -> None:
        """With `stored` records covered by a checkpoint, the rest in memory."""
        self.scenario, self.record = scenario, record
        self.store = MemoryStore()
        self._before = scenario.log[stored : record.offset]
        partition = self.store.load(scenario.decider, scenario.number)
        partition.decide(scenario.log[:stored])
        capture = partition.capture()
        for snapshot in capture.snapshots:
            self.store.write(chunks(snapshot.entity, incarnation(0, "x"), 0, snapshot))
        self.store.write(chunks(WATERMARK, incarnation(0, "x"), 0, capture.watermark))

    def partition(self) -> Partition[Any, Any]:
        """Before the record."""
        loaded = self.store.load(self.scenario.decider, self.scenario.number)
        loaded.decide(self._before)
        return loaded

    def states(self) -> dict[str, bytes]:
        """The bytes of every entity then, in memory or not."""
        partition = self.partition()
        for key in {record.key or b"" for record in self.scenario.log} - {b""}:
            partition._entity(key.decode())
        return packed(partition)

    def rest(self, partition: Partition[Any, Any]) -> list[Sent]:
        """What the records after it give."""
        return partition.decide(self.scenario.log[self.record.offset + 1 :][:AFTER])


def packed(partition: Partition[Any, Any]) -> dict[str, bytes]:
    """The bytes of every entity in memory."""
    return {name: partition.decider.pack(entity.state) for name, entity in partition.hot.items()}


def _check(owner: Owner, line: Line, before: dict[str, bytes], expected: list[Sent]) -> bool:
    """False where the line is not reached: what derives from a state may be older in one that was kept than
    in one that was loaded, and the decision is the same."""
    partition = owner.partition()
    with raising(step_of(owner.scenario.decider), line) as raised:
        sent = partition.decide([owner.record])
    if not raised:
        assert sent == owner.partition().decide([owner.record])
        return False
    (letter,) = sent
    assert letter.topic == owner.scenario.decider.source.dlq
    assert (header(letter.headers, "reason"), letter.value) == ("poison", owner.record.value)
    assert header(letter.headers, "error") == f"Injected: {line}"
    after = packed(partition)
    assert {name: before[name] for name in after} == after
    assert owner.rest(partition) == expected
    return True


def raise_everywhere(scenario: Scenario, since: int) -> int:
    """Raises at each line of the plan, the last checkpoint having been `since` records before; says how
    often. Each time a dead letter must be all that is left of the record."""
    raised = 0
    for offset, lines in scenario.plan.items():
        if not lines:
            continue
        record = scenario.log[offset]
        owner = Owner(scenario, record, max(0, offset - since))
        before, expected = owner.states(), owner.rest(_without(owner))
        raised += sum(_check(owner, line, before, expected) for line in lines)
    return raised


def kinds(scenarios: Iterable[Scenario]) -> set[str]:
    """The types of all commands of the logs."""
    return {type_of(one.decider.decode(record.value or b"")) for one in scenarios for record in one.log}


def missed(scenarios: Iterable[Scenario]) -> list[str]:
    """The lines that no command of the logs executes, but for those that none can."""
    executed = {line for one in scenarios for lines in one.plan.values() for line in lines}
    codes = {line.code for line in executed}
    rest = {Line(code, number) for code in codes for number in _lines(code)} - executed
    return [text for text in map(_text, rest) if not text.startswith(NEVER)]


def _without(owner: Owner) -> Partition[Any, Any]:
    """After the record, had it changed nothing: a tick by being refused at once, as that brings a pause."""
    partition, record, step = owner.partition(), owner.record, step_of(owner.scenario.decider)
    if isinstance(owner.scenario.decider.decode(record.value or b""), Tick):
        with raising(step, Line(step, min(_lines(step)))):
            partition.decide([record])
    else:
        partition.decide([record._replace(value=b"nothing")])
    return partition


def _lines(code: CodeType) -> set[int]:
    return {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}


def _text(line: Line) -> str:
    return linecache.getline(line.code.co_filename, line.number).strip()
