"""Logs that grow at random by commands that their partition's state makes likely, and what replays give."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.codec import Tick, type_of
from schemas.conversation import Asked, KeyedRequest, Policy, PostMessage
from schemas.envelope import header
from schemas.ids import session_id
from schemas.keys import key_name
from schemas.topics import CONVERSATION_COMMANDS
from streams.conversations.state import Conversation
from streams.harness.decider import Decider, Life
from streams.harness.partition import Partition
from streams.harness.replay import replayed
from streams.harness.sent import Sent
from tests.streams.conversations.sessions import (
    BEGIN_MS,
    COMMANDS,
    DECIDER,
    PARTITION,
    SESSION,
    assigned,
    by_agent,
    connect,
    end,
    ended,
    offered,
    post,
    press,
    queued,
    requeued,
    socket,
    start,
    start_call,
    transferred,
)
from tests.streams.harness.records import Made, made

Keyed = tuple[str, object]
Options = Callable[[Partition[Any, Any]], Sequence[Keyed]]
Numbers = list[tuple[int, int]]
"""Which of the options, and how many milliseconds after the record before."""

KEYED = "keyed."
"""What the request_ids of keyed requests begin with."""
PASSED_MS = (0, 1, 700, 1_000, 4_000, 5_000)
TICKS = 4
IN_A_HURRY = Policy(
    customer_idle_s=20.0, agent_idle_s=12.0, customer_grace_s=6.0, ivr_idle_s=9.0, call_limit_s=40.0
)
QUICK = [replace(start(), policy=IN_A_HURRY), replace(start_call(), policy=IN_A_HURRY)]


class Walk:
    """Each number chooses a command; every fourth one is a tick."""

    def __init__(self, decider: Decider[Any, Any], number: int, options: Options) -> None:
        self.loops = decider.source is CONVERSATION_COMMANDS
        self.partition = replayed(decider, number)
        self.log: list[Made] = []
        self.sent: list[Sent] = []
        self._options = options

    def take(self, choice: int, passed_ms: int) -> list[Sent]:
        """One more record, and what it gives."""
        options = [("", Tick())] if choice % TICKS == 0 else self._options(self.partition)
        key, command = options[choice // TICKS % len(options)]
        return self.hear(key, command, passed_ms)

    def hear(self, key: str, command: object, passed_ms: int, cause: str = "") -> list[Sent]:
        """One more record, and what it gives; what that says to its own partition comes next."""
        now_ms = (self.log[-1].timestamp if self.log else BEGIN_MS) + passed_ms
        self.log.append(made(len(self.log), command, key, now_ms, cause))
        sent = self.partition.decide(self.log[-1:])
        self.sent += sent
        for one in sent:
            if (one.topic, one.partition) == (
                CONVERSATION_COMMANDS.name,
                self.partition.number,
            ) and self.loops:
                self.hear(one.key.decode(), one.value or b"", 0, header(one.headers, "cause"))
        return sent

    def overdue(self) -> list[str]:
        """The entities that a tick has left waiting for a time that is over."""
        now_ms = self.partition.clock.at_ms
        hot = self.partition.hot.items()
        return [name for name, one in hot if one.due_ms is not None and one.due_ms <= now_ms]


def numbers(random: Random, count: int) -> Numbers:
    """A walk's numbers, from a seed."""
    return [(random.randrange(100_000), random.choice(PASSED_MS)) for _ in range(count)]


STEPS = st.one_of(
    st.lists(st.tuples(st.integers(0, 100_000), st.sampled_from(PASSED_MS)), max_size=40),
    st.integers(0, 2**32).map(lambda seed: numbers(Random(seed), 150)),
)
"""Short walks that shrink well, and long ones that get far."""


def reloaded(decider: Decider[Any, Any], number: int, log: Iterable[Made]) -> list[Sent]:
    """The outputs where each state is packed and unpacked after each record."""
    partition = replayed(decider, number)
    sent: list[Sent] = []
    for record in log:
        sent += partition.decide([record])
        for entity in partition.hot.values():
            if entity.life is Life.LIVE:
                data = decider.pack(entity.state)
                entity.state = decider.unpack(data)
                assert decider.pack(entity.state) == data
    return sent


def poison(sent: Iterable[Sent]) -> list[Sent]:
    """The dead letters among them."""
    return [one for one in sent if one.topic.endswith(".dlq")]


def session_options(together: int) -> Options:
    """Commands to a dozen sessions, so many at a time; to all of them when all are over."""
    names = [session_id(PARTITION, BEGIN_MS, 100 + n) for n in range(12)]

    def options(partition: Partition[Conversation, Any]) -> list[Keyed]:
        open_ = [name for name in names if name not in partition.hot or not partition.hot[name].gone_ms]
        found: list[Keyed] = []
        for name in open_[:together] or names:
            entity = partition.hot.get(name)
            likely = _likely(entity.state) if entity else QUICK
            found += [(name, _to(name, command)) for command in (*likely, *likely, *COMMANDS.values())]
            keyed = [_keyed(number, command) for number, command in enumerate(likely)]
            found += [(one.key.replace(SESSION, name), _to(name, one)) for one in keyed if one]
        return found

    return options


def _likely(session: Conversation) -> list[msgspec.Struct]:
    leg = max(1, len(session.legs))
    speech = [
        post(f"m{session.seq % 5}"),
        socket("s1"),
        socket("s1", connected=False),
        socket("s2"),
        connect(),
    ]
    news = [queued(leg), offered(leg), assigned(leg), requeued(leg), transferred(leg)]
    ends = [ended(leg=number + 1) for number, leg in enumerate(session.legs) if not leg.ended_at_ms]
    if session.call is not None:
        speech += [press(said, f"p{session.seq % 5}") for said in ("1", "2", "123", "9", "", None)]
    return [*speech, *news, *news, by_agent(f"a{session.seq % 5}"), *ends, end()]


def keyed_options(partition: Partition[Any, Any]) -> list[Keyed]:
    """Few commands to one session, again and again under its keys, and what makes an agent come."""
    commands: list[msgspec.Struct] = [QUICK[0], post(), connect(), end(), post("m2")]
    keyed = [
        _keyed(number % 4 * 10 + which, one) for number in range(4) for which, one in enumerate(commands)
    ]
    asked: list[Keyed] = [(one.key, one) for one in keyed if one]
    later = [(SESSION, one) for one in (QUICK[0], queued(), offered(), assigned(), ended())]
    return [*asked, *later]


def _keyed(number: int, command: msgspec.Struct) -> KeyedRequest | None:
    """Under one of the session's four keys, by one of two gateways; each message under its own id."""
    if not isinstance(command, Asked):
        return None
    key, told = key_name(PARTITION, f"{number % 4}.{SESSION}"), {"reply_to": f"gateway-{number % 2}"}
    told["request_id"] = f"{KEYED}{number}.{type_of(command)}.{SESSION}"
    if isinstance(command, PostMessage):
        told["message_id"] = f"{command.role}.{number}"
        told["request_id"] += command.sender_id
    asked: Any = replace(command, **told)
    return KeyedRequest(key=key, partition=PARTITION, keep_s=60.0, command=asked)


def _to(name: str, command: Any) -> bytes:
    return msgspec.json.encode(command).replace(SESSION.encode(), name.encode())


def walk_sessions(steps: Numbers, together: int = 2) -> Walk:
    """Some sessions' log."""
    walk = Walk(DECIDER, PARTITION, session_options(together))
    for choice, passed_ms in steps:
        walk.take(choice, passed_ms)
    return walk
