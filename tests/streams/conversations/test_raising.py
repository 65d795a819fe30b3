"""An exception at every line of `step`, for each kind of command: its record leaves a dead letter alone."""

import linecache
from collections.abc import Iterable, Sequence
from types import CodeType
from typing import Any, NamedTuple, get_args

import pytest

from schemas.codec import type_of
from schemas.conversation import ConversationCommand
from schemas.envelope import header
from schemas.routing import RoutingCommand
from streams.harness.decider import Decider
from streams.harness.partition import Partition
from streams.harness.sent import Sent
from streams.harness.snapshots import WATERMARK, chunks, incarnation
from tests.streams.conversations.raising import Line, raising, tracing
from tests.streams.conversations.sessions import DECIDER as CONVERSATIONS
from tests.streams.conversations.sessions import PARTITION
from tests.streams.conversations.stories import STORIES as SESSION_STORIES
from tests.streams.harness.records import Made, MemoryStore
from tests.streams.routing.pools import DECIDER as ROUTING
from tests.streams.routing.stories import STORIES as POOL_STORIES

AFTER = 12
UNIONS = {"conversations": ConversationCommand, "routing": RoutingCommand}
NEVER = (
    "case SetRules():",
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


def _planned(decider: Decider[Any, Any], number: int, logs: Iterable[Sequence[Made]]) -> list[Scenario]:
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


SCENARIOS = {
    "conversations": _planned(CONVERSATIONS, PARTITION, SESSION_STORIES),
    "routing": _planned(ROUTING, 0, POOL_STORIES),
}


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


@pytest.mark.parametrize("since", [0, 5])
@pytest.mark.parametrize("business", SCENARIOS)
def test_an_exception_anywhere_in_a_step_leaves_only_its_dead_letter(business: str, since: int) -> None:
    """The last checkpoint was `since` records before."""
    raised = sum(_raise_everywhere(scenario, since) for scenario in SCENARIOS[business])
    assert raised > 900


def _raise_everywhere(scenario: Scenario, since: int) -> int:
    raised = 0
    for offset, lines in scenario.plan.items():
        if not lines:
            continue
        record = scenario.log[offset]
        owner = Owner(scenario, record, max(0, offset - since))
        before, without = owner.states(), owner.partition()
        without.decide([record._replace(value=b"nothing")])
        expected = owner.rest(without)
        raised += sum(_check(owner, line, before, expected) for line in lines)
    return raised


@pytest.mark.parametrize("business", SCENARIOS)
def test_the_stories_have_every_kind_of_command_and_every_line(business: str) -> None:
    scenarios = SCENARIOS[business]
    kinds = {type_of(one.decider.decode(record.value or b"")) for one in scenarios for record in one.log}
    assert kinds == {type_of(kind) for kind in get_args(UNIONS[business])} - {"rules.set"}
    executed = {line for one in scenarios for lines in one.plan.values() for line in lines}
    codes = {line.code for line in executed}
    missed = {Line(code, number) for code in codes for number in _lines(code)} - executed
    assert [text for text in map(_text, missed) if not text.startswith(NEVER)] == []


def _lines(code: CodeType) -> set[int]:
    return {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}


def _text(line: Line) -> str:
    return linecache.getline(line.code.co_filename, line.number).strip()
