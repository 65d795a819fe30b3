"""Short logs of one session or key that together reach every line of its rules."""

from collections.abc import Sequence

from msgspec.structs import replace

from schemas.codec import Tick
from schemas.flows import End, Flow
from schemas.keys import rating_name
from streams.conversations.state import MOST_MESSAGE_IDS
from tests.streams.conversations import keyed
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


SHORT = Flow(name="short", version=1, start="bye", nodes={"bye": End(prompt="Closed.")})
CALLING = (start_call(), press())
LOST = (socket(), socket("s2"), socket("s2", connected=False), socket(connected=False))
ASKED = start(bot=PLAN)
TALES: list[Sequence[object]] = [
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
