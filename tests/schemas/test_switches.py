"""What a switch may be turned to, what it says, and the records that turn it."""

import pytest

from gateway.overload.priority import KINDS
from schemas.config import PoolConfig, Queue
from schemas.routing import ApplySwitch, decode_command
from schemas.switches import CLASSES, Name, Switch, SwitchError, decode_switch, effect, names_in, texts_of
from schemas.switching import Turn, audit_record, records, turned
from schemas.topics import ROUTING_COMMANDS, SWITCHES

NOW = 1_800_000_000_000
POOLS = {
    "p": PoolConfig(pool="p", partition=3, queues=(Queue(name="q"),)),
    "o": PoolConfig(pool="o", partition=5),
}
FIT = {
    Name.SHED: "new_chat, ivr",
    Name.DRAIN: "q,o",
    Name.BOT_OFF: "",
    Name.PAUSE_OFFERS: "p",
    Name.MAINTENANCE: "back at 4",
}


def turn(name: Name, value: str = "", **more: object) -> Switch:
    fields: dict[str, object] = {"on": True, "value": value, "reason": "why", **more}
    return turned(None, Turn(name, **fields), POOLS.values(), "kim", NOW)  # type: ignore[arg-type]


def test_the_classes_are_those_of_the_gateway() -> None:
    assert tuple(kind.label for kind in KINDS) == CLASSES


@pytest.mark.parametrize("name", Name)
def test_each_can_be_turned_on_says_what_it_does_and_is_read_back(name: Name) -> None:
    switch = turn(name, FIT[name])
    assert (switch.on, switch.value, switch.by, switch.since_ms) == (True, FIT[name], "kim", NOW)
    assert effect(name, switch.value).endswith(".")
    last = records(switch, POOLS)[-1]
    assert (last.topic, last.key, decode_switch(last.value)) == (SWITCHES.name, name.encode(), switch)


@pytest.mark.parametrize(
    ("name", "value", "more", "says"),
    [
        (Name.SHED, "", {}, "value: shed needs one"),
        (Name.SHED, "chats", {}, "'chats' is no class"),
        (Name.DRAIN, "q,z", {}, "'z' is no pool and no queue"),
        (Name.BOT_OFF, "p", {}, "takes no value"),
        (Name.PAUSE_OFFERS, "q", {}, "'q' is no pool"),
        (Name.DRAIN, "q", {"reason": " "}, "reason: say why"),
        (Name.DRAIN, "q", {"until_ms": NOW}, "until: is over"),
        (Name.MAINTENANCE, "x" * 2001, {}, "2000 characters"),
        (Name.DRAIN, "q", {"reason": "x" * 301}, "300 characters"),
        (Name.MAINTENANCE, "a\0", {}, "NUL"),
    ],
)
def test_what_can_not_be_is_refused_by_its_field(
    name: Name, value: str, more: dict[str, object], says: str
) -> None:
    with pytest.raises(SwitchError, match=says):
        turn(name, value, **more)


def test_offers_are_paused_everywhere_where_no_pool_is_named() -> None:
    assert turn(Name.PAUSE_OFFERS).value == "all"


def test_versions_grow_even_where_a_clock_is_behind_and_since_is_kept_while_on() -> None:
    first = turn(Name.DRAIN, "q")
    more = turned(first, Turn(Name.DRAIN, True, "o", "wider"), POOLS.values(), "lee", NOW - 60_000)
    assert (more.version, more.since_ms) == (first.version + 1, NOW)
    off = turned(more, Turn(Name.DRAIN, False), POOLS.values(), "lee", NOW + 1)
    again = turned(off, Turn(Name.DRAIN, True, "q", "again"), POOLS.values(), "lee", NOW + 2)
    assert (off.on, off.version, again.since_ms) == (False, more.version + 1, NOW + 2)


def test_it_is_on_until_its_time_is_over() -> None:
    switch = turn(Name.DRAIN, "q", until_ms=NOW + 10)
    assert [switch.is_on(NOW + ms) for ms in (0, 9, 10)] == [True, True, False]


@pytest.mark.parametrize("name", Name)
def test_pools_that_decide_by_it_hear_of_it_first(name: Name) -> None:
    made = records(turn(name, FIT[name]), POOLS)
    told = [(one.partition, one.key) for one in made if one.topic == ROUTING_COMMANDS.name]
    assert told == ([(5, b"o"), (3, b"p")] if name in (Name.DRAIN, Name.PAUSE_OFFERS) else [])
    for one in made[:-1]:
        command = decode_command(one.value)
        assert isinstance(command, ApplySwitch)
        assert (command.switch.reason, command.switch.by) == ("", "")


def test_the_audit_names_who_what_and_why() -> None:
    note = audit_record(turn(Name.DRAIN, "q"), NOW).value
    assert b"turned_switch" in note
    assert b"kim" in note
    assert b"drain on for q: why" in note


def test_a_list_has_each_name_once() -> None:
    assert names_in(" a, b,,a ,") == ("a", "b")


@pytest.mark.parametrize(
    ("value", "ko", "en"),
    [
        ("back at 4", "back at 4", "back at 4"),
        ("en: back at 4\nko: 4시에 다시", "4시에 다시", "back at 4"),
        ("ko: 4시에 다시", "4시에 다시", "4시에 다시"),
        ("KO : 하나\nboth\nen:one: two", "하나\nboth", "both\none: two"),
    ],
)
def test_a_message_has_a_text_for_each_language(value: str, ko: str, en: str) -> None:
    assert texts_of(value) == {"ko": ko, "en": en}


def test_without_a_message_there_is_the_usual_one() -> None:
    texts = texts_of("")
    assert all(texts.values())
    assert texts["ko"] != texts["en"]
