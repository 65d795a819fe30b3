"""Short logs of one pool that together reach every line of its rules."""

from collections.abc import Sequence
from random import Random

from schemas.config import Queue
from schemas.states import Presence
from tests.streams.conversations.stories import story, wait
from tests.streams.conversations.walks import numbers
from tests.streams.routing.pools import (
    COMMANDS,
    HISTORIES,
    ONE,
    POOL,
    TWO,
    accept,
    agent,
    cancel,
    complete,
    config,
    forget,
    online,
    presence,
    reject,
    renew,
    request,
)
from tests.streams.routing.walks import walk_pool

_AFTER = (request(2), accept("a1", 2), accept("a2", 2), complete("a1", 2), request(3))
EAGER = config(agent("a1", 2), queues=(Queue(name="q", auto_accept=True),))
LEASED = online("a1", lease_s=15.0)
HELD = [TWO, LEASED, online("a2"), request(1), accept("a1", 1), request(2), request(3)]
TALES: list[Sequence[object]] = [
    *([*history, command, *_AFTER] for history in HISTORIES.values() for command in COMMANDS.values()),
    *([*history, *wait(120), *_AFTER] for history in HISTORIES.values()),
    *([*HELD, command, *_AFTER] for command in COMMANDS.values()),
    [*HELD, *wait(30), renew("a1"), *_AFTER],
    [*HELD, cancel(1), *wait(30), *_AFTER],
    [*HELD, presence("a1", Presence.CUSTOM, "lunch", lease_s=15.0), *wait(30), renew("a1"), *wait(5)],
    [*HELD, presence("a1", Presence.OFFLINE), renew("a1"), renew("a9"), *wait(15), *_AFTER],
    [*HELD, config(version=2), online("a1"), config(agent("a1"), version=3), online("a1"), *_AFTER],
    [TWO, LEASED, request(1), *wait(25), renew("a1"), *wait(5), *_AFTER],
    [TWO, online("a1"), request(1), reject("a1", 1), *wait(65), *_AFTER],
    [ONE, online("a1"), request(1), request(2), cancel(1), request(3, "nowhere"), forget(2), *_AFTER],
    [EAGER, online("a1"), request(1), request(2), request(3), cancel(1), *wait(35), *_AFTER],
]
STORIES = [
    *(story(POOL, *tale) for tale in TALES),
    walk_pool(numbers(Random("a long story"), 150)).log,
]
