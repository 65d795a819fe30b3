"""Short logs of one pool that together reach every line of its rules."""

from collections.abc import Sequence
from random import Random
from typing import Any

from msgspec.structs import replace

from schemas.config import Queue
from schemas.hours import Hours
from schemas.needs import SkillStep
from schemas.routing import ApplyConfig, Transfer
from schemas.states import Choice, Overload, Presence
from tests.streams.conversations.stories import story, wait
from tests.streams.conversations.walks import numbers
from tests.streams.routing.pools import (
    BY_HAND,
    COMMANDS,
    HISTORIES,
    ONE,
    POOL,
    QUEUE,
    TWO,
    accept,
    agent,
    cancel,
    complete,
    config,
    forget,
    needs,
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
PAIR = (agent("a1", 2, skills={"billing": 2}), agent("a2", 2, skills={"billing": 3, "german": 1}))
CROWD = tuple(agent(f"b{n}") for n in range(9))


def _team(choice: Choice) -> ApplyConfig:
    """More agents than a group keeps a list of, and two with skills."""
    return config(*PAIR, *CROWD, queues=(replace(QUEUE, choice=choice),))


LATE = Queue(name="q", max_wait_s=10.0)
NEVER_OPEN = Hours(name="never", zone="UTC", weekly={"sat": ("00:00-00:01",)}, offsets=((0, 0),))
LIMITS: list[dict[str, Any]] = [
    {"max_depth": 1},
    {"max_depth": 1, "when_full": Overload.OVERFLOW},
    {"max_wait_s": 10.0, "when_late": Overload.CALLBACK},
    {"when_unstaffed": Overload.REFUSE},
    {"hours": "never", "when_closed": Overload.CALLBACK},
]


def _limited(**limits: Any) -> ApplyConfig:
    queue = Queue(name="q", overflow_to="r", **limits)
    return config(agent("a1", 1, "q", "r"), queues=(queue, Queue(name="r")), hours=(NEVER_OPEN,))


WIDER = (SkillStep(needs(billing=3), 2.0), SkillStep(needs(billing=1), 2.0))
PICKY = request(4, skills=needs(billing=5), skills_for_s=1.0, relaxed=WIDER)
EASIER, SIMILAR = (request(n, skills=needs(billing=1)) for n in (6, 7))
THEIRS = (PICKY, EASIER, request(5), online("a1"), online("a2"), SIMILAR, *wait(4))
SETTLING = (
    online("a1"),
    request(2),
    request(3),
    online("a2"),
    request(1, preferred_agent="a1", preferred_s=3.0),
)
AWAY = presence("a1", Presence.CUSTOM, "lunch")
PAUSED = (request(1), online("a1"), reject("a1", 1), AWAY, EASIER, request(3), online("a1"))
THEN: list[list[object]] = [
    [presence("a1", Presence.OFFLINE)],
    [config(PAIR[1], version=2)],
    [complete("a1", 2), accept("a1", 3), complete("a1", 3), reject("a1", 1)],
    [cancel(1), PICKY, *wait(1), online("b1"), reject("a2", 4), *wait(65)],
]
PICKIER = request(8, skills=needs(german=5), preferred_agent="a1", preferred_s=99.0)
BEFORE = (_team(Choice.LONGEST_IDLE), *SETTLING, PICKY, PICKIER)
CONTINUED = (request(9, skills=needs(billing=1), transfer=Transfer("c", "a1")), request(10))
CHANGES = (
    config(*PAIR, version=2, queues=(Queue(name="r"),)),
    config(agent("a1", 2, "r"), version=2, queues=(Queue(name="r"),), moves={"q": "r"}, skills=()),
    config(agent("a1", 2, "r"), *CROWD, version=2, queues=(QUEUE, Queue(name="r"))),
)
TALES: list[Sequence[object]] = [
    *([*history, command, *_AFTER] for history in HISTORIES.values() for command in COMMANDS.values()),
    *([*history, *wait(120), *_AFTER] for history in HISTORIES.values()),
    *([*HELD, command, *_AFTER] for command in COMMANDS.values()),
    *([*HELD, command, *_AFTER] for command in BY_HAND.values()),
    [*HELD, *wait(30), renew("a1"), *_AFTER],
    [*HELD, cancel(1), *wait(30), *_AFTER],
    [*HELD, presence("a1", Presence.CUSTOM, "lunch", lease_s=15.0), *wait(30), renew("a1"), *wait(5)],
    [*HELD, presence("a1", Presence.OFFLINE), renew("a1"), renew("a9"), *wait(15), *_AFTER],
    [*HELD, config(version=2), online("a1"), config(agent("a1"), version=3), online("a1"), *_AFTER],
    [TWO, LEASED, request(1), *wait(25), renew("a1"), *wait(5), *_AFTER],
    [TWO, online("a1"), request(1), reject("a1", 1), *wait(65), *_AFTER],
    [TWO, online("a1"), request(1), reject("a1", 1), *wait(5), online("a2"), reject("a2", 1, 2), *wait(65)],
    [ONE, online("a1"), request(1), request(2), cancel(1), request(3, "nowhere"), forget(2), *_AFTER],
    *([_team(choice), *THEIRS] for choice in Choice),
    [_team(Choice.LONGEST_IDLE), *PAUSED, config(*PAIR, version=2), *wait(65), *_AFTER],
    *([_team(Choice.LONGEST_IDLE), *SETTLING, *then, *wait(5), *_AFTER] for then in THEN),
    *([_limited(**limit), request(1), request(2), *wait(12), *_AFTER] for limit in LIMITS),
    [_limited(max_wait_s=10.0), online("a1"), request(1), accept("a1", 1), presence("a1", Presence.OFFLINE)],
    [_limited(max_wait_s=10.0), request(1), config(agent("a1"), version=2, queues=(LATE,)), *wait(12)],
    [EAGER, online("a1"), request(1), request(2), request(3), cancel(1), *wait(35), *_AFTER],
    *([*BEFORE, change, *CONTINUED, *_AFTER] for change in CHANGES),
    [TWO, LEASED, *wait(20), *_AFTER],
]
STORIES = [
    *(story(POOL, *tale) for tale in TALES),
    walk_pool(numbers(Random("a long story"), 150)).log,
]
