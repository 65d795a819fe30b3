"""Short logs of one pool that together reach every line of its rules."""

from collections.abc import Sequence
from random import Random
from typing import Any

from msgspec.structs import replace

from schemas.codec import Tick
from schemas.config import Queue
from schemas.hours import Hours
from schemas.keys import key_name
from schemas.needs import Request, SkillStep
from schemas.routing import ApplyConfig, Transfer
from schemas.states import Channel, Choice, Overload, Presence
from tests.streams.conversations.stories import story, wait
from tests.streams.conversations.walks import numbers
from tests.streams.harness.records import Made, made
from tests.streams.routing.pools import (
    BEGIN_MS,
    BY_HAND,
    COMMANDS,
    HISTORIES,
    LONG_S,
    ONE,
    POOL,
    QUEUE,
    TWO,
    accept,
    agent,
    assign,
    cancel,
    complete,
    config,
    connected,
    explain,
    force,
    forget,
    listen,
    move,
    needs,
    online,
    presence,
    prioritize,
    reject,
    renew,
    request,
    show,
    switched,
    transfer,
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
    {"hours": "never", "when_closed": Overload.MESSAGE},
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
BOTH = (Channel.CHAT, Channel.VOICE)
TALKERS = config(
    agent("a1", 3, "q", "r", channels=BOTH),
    agent("a2", 3, "q", channels=BOTH),
    agent("a3", 1, "r"),
    agent("z1", synthetic=True),
    queues=(QUEUE, Queue(name="r")),
)
LATE_TALKERS = config(*TALKERS.config.agents, queues=(LATE, Queue(name="r")))
TWO_EACH = (request(2), request(3), request(4))
CALL, OTHER_CALL = (request(n, channel=Channel.VOICE, skills_for_s=5.0) for n in (5, 6))
CHATTING = (TALKERS, LEASED, request(1), accept("a1", 1))
DRAINING = (*CHATTING, CALL)
DRAINED: list[list[object]] = [
    [complete("a1", 1), accept("a1", 5), complete("a1", 5)],
    [complete("a1", 1), reject("a1", 5), *wait(65)],
    [cancel(5), request(2)],
    [forget(5), request(2)],
    [request(2), online("a2"), *wait(25)],
    [request(2), *wait(10), renew("a1", lease_s=LONG_S), *wait(190), complete("a1", 1)],
    [presence("a1", Presence.CUSTOM, "lunch"), online("a1")],
    [online("a2"), request(2), OTHER_CALL, *wait(10)],
    [move(5, "r"), prioritize(5, 1), assign(5, "a2"), online("a2"), assign(5, "a1"), assign(5, "a2")],
    [force("a1", Presence.OFFLINE)],
    [request(6, channel=Channel.VOICE, priority=0), complete("a1", 1), accept("a1", 6)],
    [cancel(1), config(agent("a2", 3, channels=BOTH), version=2, queues=(QUEUE,))],
    [config(*PAIR, version=2, queues=(LATE,)), *wait(15)],
    [online("a2", lease_s=5.0), request(2), request(3), accept("a2", 2), *wait(5), OTHER_CALL],
    [OTHER_CALL, complete("a1", 1), accept("a1", 5), request(2), complete("a1", 5), accept("a1", 6)],
]
BY_SUPERVISORS = (
    *(move(1, "r"), move(2, "q"), move(2, "nowhere"), move(3, "r"), move(9, "r"), *wait(5)),
    *(
        assign(2, "a3"),
        assign(2, "a1"),
        assign(2, "a1"),
        assign(2, "nobody"),
        assign(2, "z1"),
        assign(9, "a1"),
    ),
    *(force("a2", Presence.ROUTABLE), force("a9", Presence.ROUTABLE), online("a2"), assign(3, "a2")),
    *(force("a2", Presence.CUSTOM), assign(2, "a2"), force("a2", Presence.ROUTABLE, "come")),
    *(listen(1), listen(2), listen(9), listen(1, listening=False), online("z1"), assign(4, "a3")),
    *(online("a3"), complete("a1", 1), assign(4, "z1"), assign(4, "a3"), assign(2, "z1")),
)
LINK = Transfer("s.1", "a1")
HANDED = (
    transfer("a1", 1, queue="r"),
    transfer("a1", 1, queue="nowhere"),
    transfer("a1", 1),
    transfer("a1", 1, to_agent="a1"),
    transfer("a1", 1, to_agent="nobody"),
    transfer("a1", 1, to_agent="a2"),
    transfer("a1", 1, to_agent="a3"),
    transfer("a1", 1, to_agent="a3", queue="q"),
    transfer("a1", 1, queue="x", to_pool="other", to_partition=3),
    transfer("a1", 1, queue="x", to_pool="other", to_partition=300),
    transfer("a1", 1, to_agent="a2", to_pool="other"),
    transfer("a2", 1, queue="q"),
)
ASKED = (
    *(explain(n) for n in (1, 2, 3, 5, 9)),
    *(explain(asks=Request(queue=name)) for name in ("q", "r", "shut", "nowhere", "late")),
    explain(asks=Request(queue="q", channel=Channel.VOICE, skills=needs(german=2))),
    explain(asks=Request(queue="q", preferred_agent="a1", preferred_s=2.0, skills_for_s=1.0)),
    show(),
    explain(asks=Request(queue="q", skills=needs(german=5), skills_for_s=1.0, relaxed=WIDER)),
)
SHUT = Queue(name="shut", hours="never")
CURIOUS = config(
    agent("a1", 3, channels=BOTH, skills={"german": 1}),
    agent("a2", 1, "r", "late"),
    agent("z1", synthetic=True),
    queues=(
        QUEUE,
        Queue(name="r", max_depth=1),
        Queue(name="shut", hours="never"),
        replace(LATE, name="late"),
    ),
    hours=(NEVER_OPEN,),
)
DRY_RUNS = (
    *ASKED,
    *(online("a1", lease_s=25.0), *ASKED),
    *(online("a1", lease_s=25.0), request(1), accept("a1", 1), CALL, request(2, "r"), request(3, "late")),
    *(*ASKED, online("a2", lease_s=5.0), *ASKED, *wait(5), *ASKED, AWAY, *ASKED, online("a1"), cancel(1)),
    *(*ASKED, complete("a1", 1), *ASKED, accept("a1", 5), *ASKED, reject("a2", 2), *ASKED, *wait(25), *ASKED),
    *(cancel(5), *ASKED, request(1, preferred_agent="a1", preferred_s=9.0), *ASKED),
)
PAIR_OF_QUEUES = config(agent("a1"), agent("a2", 1, "r"), queues=(QUEUE, Queue(name="r")), moves={"old": "q"})
ALONE = request(1, "r", skills=needs(german=1), preferred_agent="a2", preferred_s=30.0)
STEADY = [
    *(online("a1", lease_s=LONG_S), *(request(n) for n in range(1, 7))),
    *(one for n in (1, 2, 3) for one in (accept("a1", n), *wait(10), complete("a1", n))),
    *(request(8), request(9), online("z1"), cancel(8), request(12, synthetic=True), cancel(12)),
    *(one for n in (4, 5, 6, 9) for one in (accept("a1", n), *wait(10), complete("a1", n))),
    *(request(13, synthetic=True), request(14, synthetic=True), *wait(25)),
]
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
    *([*DRAINING, *then, *_AFTER] for then in DRAINED),
    [LATE_TALKERS, *DRAINING[1:], *wait(15), *_AFTER],
    [*CHATTING, *TWO_EACH, accept("a1", 2), online("a2"), accept("a2", 4), CALL, complete("a1", 2), *wait(5)],
    [*CHATTING, request(2), request(3), request(4, channel=Channel.VOICE), *BY_SUPERVISORS, *_AFTER],
    *([*CHATTING, online("a2"), online("a3"), command, complete("a1", 1)] for command in HANDED),
    [*CHATTING, transfer("a1", 1, to_agent="a2"), request(2, left_out=("a1", "nobody"), transfer=LINK)],
    [ONE, *STEADY, *_AFTER],
    [ONE, online("a1"), AWAY, connected("a1", "s2"), request(1), online("a1"), accept("a1", 1)],
    [ONE, online("a1"), request(1), accept("a1", 1), accept("a1", 1), AWAY, force("a1", Presence.OFFLINE)],
    [TWO, replace(online("a1"), request_id="r", reply_to=key_name(3, "0f")), *_AFTER],
    [PAIR_OF_QUEUES, online("a2"), ALONE, move(1, "q"), explain(asks=Request(queue="old"))],
    [PAIR_OF_QUEUES, online("a2"), force("a2", Presence.OFFLINE), force("a2", Presence.ROUTABLE)],
    [CURIOUS, *DRY_RUNS, CURIOUS, request(7, skills=needs(magic=1))],
    [EAGER, online("a1"), request(1), request(2), request(3), cancel(1), *wait(35), *_AFTER],
    *([*BEFORE, change, *CONTINUED, *_AFTER] for change in CHANGES),
    [TWO, LEASED, *wait(20), *_AFTER],
    [show(), TWO, show()],
]
TURNED = (request(1), request(2), online("a1"), online("a2"), request(3), assign(1, "a1"))


def _turning(*seconds: float) -> list[Made]:
    """Offers are paused for ten seconds; ticks at these times of the broker's, and another contact."""
    log = story(POOL, switched("drain", "q"), TWO, switched("pause-offers", "all", until_s=10.0), *TURNED)
    for after_s in seconds:
        log.append(made(len(log), Tick(), "", BEGIN_MS + int(after_s * 1000)))
    return [*log, made(len(log), request(4), POOL, BEGIN_MS + 30_000)]


SWITCHED: list[list[Made]] = [
    _turning(),  # nobody decided for long: the broker's clock ends it
    _turning(5, 1, 6),  # the broker's clock has gone back: the partition's ends it
    story(
        POOL,
        *(TWO, online("a1"), switched("drain", "p"), request(1), explain(asks=Request(queue="q"))),
        *(switched("drain", "", 1), switched("drain", "", 2), request(2), request(3)),
        *(switched("pause-offers", POOL, 1), explain(3), complete("a1", 2), switched("pause-offers", "", 2)),
        *(*wait(10), switched("drain", "q", 3, until_s=5.0), request(4)),
    ),
]
STORIES = [
    *SWITCHED,
    *(story(POOL, *tale) for tale in TALES),
    walk_pool(numbers(Random("the story"), 150)).log,
]
