"""Short logs of one session or key that together reach every line of its rules."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from schemas.calls import QueueHome
from schemas.codec import Tick
from schemas.conversation import Policy
from schemas.flows import CallBack, End, Flow
from schemas.hours import Hours
from schemas.keys import rating_name
from streams.conversations.state import MOST_MESSAGE_IDS
from tests.streams.conversations import keyed
from tests.streams.conversations.branching import BRANCHING, HOMES, NIGHT, OFFICE
from tests.streams.conversations.sessions import (
    BEGIN_MS,
    COMMANDS,
    HISTORIES,
    PLAN,
    SESSION,
    assigned,
    bot_hands_over,
    bot_says,
    by_agent,
    callback,
    connect,
    end,
    ended,
    offered,
    post,
    press,
    queued,
    rate,
    requeued,
    socket,
    start,
    start_call,
    transferred,
    unreached,
)
from tests.streams.harness.records import Made, made

TICK_MS = 5_000
_AFTER = (post("later"), queued(), assigned(), by_agent("answer"), ended(), post("last"))


def wait(seconds: int) -> list[Tick]:
    """Ticks for so long."""
    return [Tick()] * (seconds * 1000 // TICK_MS)


def story(key: str, *commands: object) -> list[Made]:
    """The log: ticks are 5 s apart, all else comes at once."""
    log: list[Made] = []
    now_ms = BEGIN_MS
    for command in commands:
        now_ms += TICK_MS if isinstance(command, Tick) else 0
        log.append(made(len(log), command, "" if isinstance(command, Tick) else key, now_ms))
    return log


REFUSED = ("closed_hours", "refused", "expired")
SHORT = Flow(name="short", version=1, start="bye", nodes={"bye": End(prompt="Closed.")})
CALLING = (start_call(), press())
LOST = (socket(), socket("s2"), socket("s2", connected=False), socket(connected=False))
HUNG_UP = replace(end(), reason="hangup")
BRANCHES = replace(start_call(), flow=BRANCHING, homes=HOMES)
NEVER = QueueHome("q", "p", 0, Hours(name="never", zone="UTC", weekly={}))
AWAY = replace(BRANCHES, flow=replace(BRANCHING, hours=(OFFICE, NIGHT)))
BACK = replace(BRANCHING, nodes={**BRANCHING.nodes, "left": CallBack(queue="desk"), "gone": End()})
SPEAK: Any = BRANCHING.nodes["message"]
MORE = replace(BRANCHING, hangup="", nodes={**BRANCHING.nodes, "message": replace(SPEAK, then="long")})
FULL = replace(BRANCHES, waiting={"desk": 9})
MISSED = replace(ended(leg=2), disposition="not_reached")
LIMITS = Policy(callback_tries=1, callback_pause_s=20.0, callback_expires_s=60.0)
SHORTLY = (replace(start(), policy=LIMITS), connect())
CALLED_BACK: list[Sequence[object]] = [
    (start(), connect(), callback(), callback(), assigned(2), by_agent(), MISSED, *wait(20)),
    (*SHORTLY, callback(), assigned(2), MISSED),
    (*SHORTLY, callback(), ended("canceled", "refused", leg=2), *wait(90)),
    (*SHORTLY, callback(40.0), callback(50.0, "call me", "again"), ended("canceled", "callback"), *wait(90)),
    (*SHORTLY, callback(), *wait(70)),
    (*SHORTLY, callback(10.0), *wait(5), end()),
    (replace(start(), policy=LIMITS), replace(callback(), home=NEVER), *wait(70)),
    (start(), connect(), ended("canceled", "message"), callback(message="later")),
    (BRANCHES, press(None, "x"), HUNG_UP),
    *((BRANCHES, ended("canceled", why), press(None, "x"), press("hi", "y"), HUNG_UP) for why in REFUSED),
    (FULL, press("1"), press("123", "n"), HUNG_UP, press(None, "x"), assigned()),
    (FULL, HUNG_UP),
    (AWAY, press("hello"), HUNG_UP),
    (AWAY, *wait(70)),
    (replace(FULL, flow=BACK), HUNG_UP, HUNG_UP),
    (replace(FULL, flow=replace(BRANCHING, hangup="")), press("2"), press("m", "m"), *wait(70)),
    (start_call(), press(), ended("canceled", "refused"), press(None, "x")),
    (start_call(), press(), ended(), HUNG_UP),
    (start_call(), press(), callback(), end(), HUNG_UP),
    (replace(FULL, flow=MORE), press("2"), press("hello", "y"), HUNG_UP),
]
ASKED = start(bot=PLAN)
TALES: list[Sequence[object]] = [
    *CALLED_BACK,
    *([*history, command, *_AFTER] for history in HISTORIES.values() for command in COMMANDS.values()),
    *([*history, *wait(610), post("late")] for history in HISTORIES.values()),
    *([*history, *LOST, *wait(70), post("late")] for history in HISTORIES.values()),
    [*HISTORIES["active"], by_agent(), *wait(610), ended()],
    [*HISTORIES["active"], *wait(310), assigned(2, "a2"), ended(), ended(leg=2)],
    [*HISTORIES["active"], *wait(310), ended(), ended(), post("m1")],
    [*HISTORIES["active"], post("m1"), post("m1"), requeued(), by_agent(), connect(), assigned(), end()],
    [*HISTORIES["active"], transferred(to_agent="a2"), assigned(2, "a2"), ended(), ended(leg=2)],
    [start(), connect(), queued(queue="overflow"), assigned(), ended()],
    [start(), *(post(f"m{n}") for n in range(MOST_MESSAGE_IDS + 2))],
    [start(), post("m1", until_ms=BEGIN_MS - 1), connect(), ended("canceled", "expired"), ended("canceled")],
    [*HISTORIES["closed"], ended("canceled"), ended(), connect(), queued()],
    [
        start_call("2", call_id="x"),
        press("", "p1"),
        press("", "p1"),
        press("1234", "p2"),
        press(None),
        *wait(40),
    ],
    [start_call(), press("9", "p1"), press("person", "p2"), queued(), press(None), press("5", "p3"), end()],
    [start_call(), press(), assigned(), by_agent(), press("5", "p2"), press(None, "p3"), *wait(310), ended()],
    [*CALLING, offered(), transferred(), assigned(2, "a2"), end(), press("1", "p2"), ended(), ended(leg=2)],
    [*CALLING, ended("canceled", "closed_hours"), press(None, "p2"), end(), press(None, "p3")],
    [*CALLING, ended(), start_call(), *wait(40), press(None, "p2")],
    [*CALLING, assigned(), requeued(), *wait(610)],
    [*CALLING, assigned(), unreached("a2"), unreached(), unreached(), press(None, "p2"), ended()],
    [start_call(), press("9", "p1"), press("9", "p2")],
    [start_call(), press("2", "p1"), press("12 34#", "p2")],
    [replace(start_call("1"), flow=SHORT)],
    [start_call(), connect(), press(None), *wait(40)],
    [start(), replace(post("m1"), reply_to=keyed.KEY)],
    [start(bot=replace(PLAN, homes={})), start(bot=PLAN)],
    [
        ASKED,
        post("m1"),
        post("m2"),
        bot_says(),
        bot_says(),
        *wait(5),
        bot_says(turn=2),
        post("m3"),
        *wait(10),
    ],
    [
        ASKED,
        bot_says(attributes={"a": "b"}),
        *wait(10),
        post("m1"),
        bot_hands_over("sales", 2),
        bot_says(turn=2),
    ],
    [replace(ASKED, bot=replace(PLAN, off=True)), replace(post("m1"), bot_off=True)],
    [ASKED, post("m1"), replace(post("m2"), bot_off=True), bot_says()],
    [replace(ASKED, bot=replace(PLAN, says="later", off=True)), replace(post("m1"), bot_off=True)],
    [
        replace(ASKED, bot=replace(PLAN, says="later")),
        post("m1"),
        *wait(10),
        post("m2"),
        bot_hands_over(turn=2),
    ],
]
SILENT = replace(rate(), reply_to="")
RATED: list[Sequence[object]] = [
    [rate(), rate(), rate(4), Tick(), SILENT],
    [SILENT, rate()],
    [SILENT, *wait(7_200), rate()],
    [rate(comment="words"), COMMANDS["erase"], rate(4)],
]
STORIES = [
    *(story(SESSION, *tale) for tale in TALES),
    *(story(keyed.KEY, *tale) for tale in keyed.TALES),
    *(story(rating_name(SESSION), *tale) for tale in RATED),
]
