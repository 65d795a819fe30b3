"""The checker reports what is damaged: removed, changed, doubled, over capacity, missing."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.codec import encode
from schemas.config import Agent, PoolConfig, Queue
from schemas.conversation import (
    ConnectAgent,
    EndConversation,
    MessageAdded,
    PostMessage,
    StartChat,
    decode_event,
)
from schemas.envelope import headers
from schemas.ids import session_id
from schemas.routing import AcceptOffer, ApplyConfig, CompleteContact, SetPresence
from schemas.states import Presence
from schemas.topics import (
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
    Topic,
)
from streams.conversations.decider import ConversationsDecider
from streams.harness.partition import Partition
from streams.harness.replay import replayed
from streams.routing.decider import RoutingDecider
from tests.faults.checker import (
    Report,
    check_conversations,
    check_messages,
    check_outputs,
    check_routing,
    check_rows,
)
from tests.faults.logs import Found

SESSION = session_id(3, 1_700_000_000_000, 42)
POOL = PoolConfig(
    pool="p",
    partition=0,
    queues=(Queue(name="q"),),
    agents=(Agent(id="a1", name="One", queues=("q",)), Agent(id="a2", name="Two", queues=("q",))),
)
Log = dict[str, list[Found]]


class World:
    """Both processors on a log in memory: what a command causes is decided at once."""

    def __init__(self) -> None:
        self.log: Log = {}
        self._partitions: dict[str, Partition[Any, Any]] = {
            CONVERSATION_COMMANDS.name: replayed(ConversationsDecider(), 3),
            ROUTING_COMMANDS.name: replayed(RoutingDecider(), 0),
        }

    def send(self, topic: Topic, partition: int, key: str, command: object) -> None:
        """A client's command, and all that follows from it."""
        self._append(topic.name, partition, key.encode(), encode(command), [("id", b"client")])

    def _append(
        self, topic: str, partition: int, key: bytes, value: bytes | None, made: list[tuple[str, bytes]]
    ) -> None:
        records = self.log.setdefault(topic, [])
        record = Found(topic, partition, len(records), 1_000_000 + len(records), key, value, tuple(made))
        records.append(record)
        if topic in self._partitions:
            for sent in self._partitions[topic].decide([record]):
                self._append(sent.topic, sent.partition, sent.key, sent.value, sent.headers)


@pytest.fixture
def log() -> Log:
    world = World()
    world.send(ROUTING_COMMANDS, 0, "p", ApplyConfig(config=POOL))
    for agent in ("a1", "a2"):
        online = SetPresence(pool="p", agent_id=agent, presence=Presence.ROUTABLE, socket="s", lease_s=1e6)
        world.send(ROUTING_COMMANDS, 0, "p", online)
    commands = [
        StartChat(session_id=SESSION, customer_id="c", message="hello"),
        PostMessage(session_id=SESSION, message_id="m", text="more"),
        ConnectAgent(session_id=SESSION, pool="p", pool_partition=0, queue="q"),
    ]
    for command in commands:
        world.send(CONVERSATION_COMMANDS, 3, SESSION, command)
    contact = f"{SESSION}.1"
    world.send(
        ROUTING_COMMANDS, 0, "p", AcceptOffer(pool="p", agent_id="a1", contact_id=contact, offer_epoch=1)
    )
    world.send(CONVERSATION_COMMANDS, 3, SESSION, EndConversation(session_id=SESSION))
    world.send(ROUTING_COMMANDS, 0, "p", CompleteContact(pool="p", agent_id="a1", contact_id=contact))
    return world.log


def checked(log: Log, status: str = "completed", messages: int = 5) -> Report:
    report = Report()
    written = [record for records in log.values() for record in records]
    check_outputs(report, ConversationsDecider(), log[CONVERSATION_COMMANDS.name], written)
    check_outputs(report, RoutingDecider(), log[ROUTING_COMMANDS.name], written)
    events = log[CONVERSATION_EVENTS.name]
    check_conversations(report, [SESSION], events)
    check_routing(report, log[ROUTING_EVENTS.name])
    rows = {SESSION: status} if status else {}
    check_rows(report, [SESSION], events, rows, {SESSION: list(range(1, messages + 1))})
    return report


def test_a_whole_log_is_fine(log: Log) -> None:
    assert checked(log), str(checked(log))


def test_equal_copies_are_fine(log: Log) -> None:
    log[CONVERSATION_EVENTS.name] += log[CONVERSATION_EVENTS.name][:3]
    report = checked(log)
    assert report, str(report)
    assert report.counts["doubled (equal)"] == 3


def _remove(log: Log, topic: str, holding: bytes) -> None:
    log[topic] = [record for record in log[topic] if holding not in (record.value or b"")]


def _double_changed(log: Log) -> None:
    record = log[CONVERSATION_EVENTS.name][1]
    log[CONVERSATION_EVENTS.name].append(
        record._replace(value=(record.value or b"").replace(b"hello", b"jello"))
    )


def _over_capacity(log: Log) -> None:
    offered = next(r for r in log[ROUTING_EVENTS.name] if b'"event":"offered"' in (r.value or b""))
    value = (offered.value or b"").replace(b".1", b".2")
    at = log[ROUTING_EVENTS.name].index(offered)
    log[ROUTING_EVENTS.name].insert(at + 1, offered._replace(value=value, headers=tuple(headers("x", "y"))))


def _two_agents(log: Log) -> None:
    offered = next(r for r in log[ROUTING_EVENTS.name] if b'"event":"offered"' in (r.value or b""))
    value = (offered.value or b"").replace(b'"a1"', b'"a2"')
    at = log[ROUTING_EVENTS.name].index(offered)
    log[ROUTING_EVENTS.name].insert(at + 1, offered._replace(value=value, headers=tuple(headers("x", "y"))))


def _second_terminal(log: Log) -> None:
    last = next(r for r in reversed(log[CONVERSATION_EVENTS.name]) if b"consultation" in (r.value or b""))
    value = (last.value or b"").replace(b'"completed"', b'"abandoned"').replace(b'"version":', b'"version":9')
    log[CONVERSATION_EVENTS.name].append(last._replace(value=value, headers=tuple(headers("x", "y"))))


def _append_changed(log: Log, old: bytes, new: bytes) -> None:
    last = next(r for r in reversed(log[CONVERSATION_EVENTS.name]) if b"consultation" in (r.value or b""))
    version = decode_event(last.value or b"").version
    value = (last.value or b"").replace(b'"version":%d' % version, b'"version":%d' % (version + 1))
    changed = last._replace(value=value.replace(old, new), headers=tuple(headers("x", "y")))
    log[CONVERSATION_EVENTS.name].append(changed)


def _remove_version(log: Log, version: int) -> None:
    log[CONVERSATION_EVENTS.name] = [
        record
        for record in log[CONVERSATION_EVENTS.name]
        if getattr(decode_event(record.value or b""), "version", 0) != version
    ]


def test_a_terminal_status_may_be_repeated(log: Log) -> None:
    _append_changed(log, b"", b"")
    report = checked(log)
    assert report, str(report)


@pytest.mark.parametrize(
    ("damage", "reported"),
    [
        (lambda log: _remove(log, CONVERSATION_EVENTS.name, b"hello"), {"missing", "gap in seq"}),
        (lambda log: _remove(log, ROUTING_EVENTS.name, b'"assigned"'), {"missing"}),
        (_double_changed, {"contradictory", "seq repeated"}),
        (_over_capacity, {"over capacity"}),
        (_two_agents, {"contact with two agents"}),
        (_second_terminal, {"not one terminal state", "wrong row"}),
        (lambda log: _append_changed(log, b'"completed"', b'"open"'), {"reopened", "wrong row"}),
        (lambda log: _append_changed(log, b'"completed"', b'"failed"'), {"not one terminal state"}),
        (lambda log: _remove_version(log, 2), {"missing", "gap in version"}),
        (lambda log: _remove_version(log, 1), {"missing", "gap in version"}),
        (
            lambda log: _remove(log, CONVERSATION_EVENTS.name, b'"completed"'),
            {"missing", "not one terminal state"},
        ),
    ],
)
def test_a_damaged_log_is_reported(log: Log, damage: Callable[[Log], None], reported: set[str]) -> None:
    damage(log)
    assert reported <= set(checked(log).wrong)


def test_an_output_of_nothing_is_reported(log: Log) -> None:
    record = log[CONVERSATION_EVENTS.name][0]
    ghost = (("id", f"{CONVERSATION_COMMANDS.name}:3:99:0:{SESSION}:0".encode()),)
    log[CONVERSATION_EVENTS.name].append(record._replace(headers=ghost))
    assert "unexpected" in checked(log).wrong


def test_rows_are_compared(log: Log) -> None:
    assert "missing row" in checked(log, status="").wrong
    assert "wrong row" in checked(log, status="abandoned").wrong
    assert "wrong transcript in Postgres" in checked(log, messages=4).wrong


def _missing(log: Log, *accepted: tuple[str, int | None]) -> bool:
    report = Report()
    check_messages(report, {SESSION: accepted}, log[CONVERSATION_EVENTS.name])
    return "accepted message missing" in report.wrong


def test_accepted_messages_stand_where_it_was_said(log: Log) -> None:
    events = [decode_event(record.value or b"") for record in log[CONVERSATION_EVENTS.name]]
    seq = next(e.seq for e in events if isinstance(e, MessageAdded) and e.message_id == "m")
    assert not _missing(log, ("m", seq), ("unsure", None))
    assert _missing(log, ("m", seq + 1))
    assert _missing(log, ("other", seq))
    _remove(log, CONVERSATION_EVENTS.name, b"more")
    assert _missing(log, ("m", seq))
