"""Commands to sessions and pools, such as their state made likely when a walk was taken."""

import random
from functools import cache
from typing import NamedTuple

from schemas.ids import session_id
from streams.conversations.decider import ConversationsDecider
from streams.routing.decider import RoutingDecider
from tests.streams.conversations.sessions import BEGIN_MS, PARTITION
from tests.streams.conversations.walks import Walk, numbers, walk_sessions
from tests.streams.harness.records import Made
from tests.streams.routing.pools import POOL
from tests.streams.routing.walks import walk_pool

DECIDERS = (ConversationsDecider(), RoutingDecider())
NUMBERS = {DECIDERS[0].source.name: (PARTITION, PARTITION + 1), DECIDERS[1].source.name: (0, 1)}
WALKS, STEPS = 6, 200


REFUSED = (b"{", b'"unstorable"')
"""Values that a worker can't read, or its database won't take."""


class Command(NamedTuple):
    """A record for a partition."""

    topic: str
    partition: int
    key: bytes
    value: bytes


@cache
def library() -> tuple[list[list[Made]], list[list[Made]]]:
    """Walks are dear; each seed takes some of these and mixes them anew."""
    sessions = [_asked(walk_sessions(numbers(random.Random(n), STEPS), 3)) for n in range(WALKS)]
    return sessions, [_asked(walk_pool(numbers(random.Random(n), STEPS))) for n in range(WALKS)]


def _asked(walk: Walk) -> list[Made]:
    """What came from outside."""
    return [made for made in walk.log if made.key and not made.headers]


def commands(rng: random.Random) -> list[Command]:
    """Of two partitions of each topic, mixed."""
    sessions, pools = library()
    lanes = [
        *(
            [_session(made, number) for made in rng.choice(sessions)]
            for number in NUMBERS[DECIDERS[0].source.name]
        ),
        *([_pool(made, number) for made in rng.choice(pools)] for number in NUMBERS[DECIDERS[1].source.name]),
    ]
    turns = [lane for number, lane in enumerate(lanes) for _ in lane]
    rng.shuffle(turns)
    iterators = {id(lane): iter(lane) for lane in lanes}
    return [next(iterators[id(lane)]) for lane in turns]


def _session(made: Made, number: int) -> Command:
    key, value = made.key or b"", made.value or b""
    if number != PARTITION:
        for nth in range(12):
            old, new = (session_id(at, BEGIN_MS, 100 + nth).encode() for at in (PARTITION, number))
            key, value = key.replace(old, new), value.replace(old, new)
        here, there = (b"key:%d:" % at for at in (PARTITION, number))
        key, value = key.replace(here, there), value.replace(here, there)
        value = value.replace(b'"partition":%d' % PARTITION, b'"partition":%d' % number)
    return Command(DECIDERS[0].source.name, number, key, value)


def _pool(made: Made, number: int) -> Command:
    value, name = made.value or b"", POOL.encode()
    if number:
        value = value.replace(b'"pool":"' + name, b'"pool":"' + name + b"2")
        value = value.replace(b'"partition":0', b'"partition":1')
    return Command(DECIDERS[1].source.name, number, name + b"2" * number, value)
