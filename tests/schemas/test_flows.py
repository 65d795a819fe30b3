"""What is wrong with a flow is said with its path."""

import msgspec
import pytest

from schemas.config import ConfigError
from schemas.flow_builtin import BUILT_IN
from schemas.flow_rules import check, errors_in
from schemas.flows import (
    MAX_NODES,
    AnyNode,
    AskDigits,
    CallBack,
    End,
    Flow,
    LeaveMessage,
    Menu,
    OnHours,
    OnLength,
    Option,
    Play,
    SetAttributes,
    ToQueue,
)
from schemas.hours import Hours

END = End(prompt="bye")


def flow(**nodes: AnyNode) -> Flow:
    return Flow(name="f", version=1, start="a", nodes=nodes)


def menu(*options: Option, otherwise: str = "b", **more: str) -> Menu:
    return Menu(prompt="choose", options=options, otherwise=otherwise, **more)  # type: ignore[arg-type]


def play(then: str, prompt: str = "hear") -> Play:
    return Play(prompt=prompt, then=then)


def ask(**more: object) -> AskDigits:
    return AskDigits(**{"prompt": "type", "attribute": "x", "then": "b", "otherwise": "b", **more})  # type: ignore[arg-type]


ONE, TWO = Option(digit="1", then="b", words=("one",)), Option(digit="2", then="b")
LENGTH = OnLength(queue="q", at_least=2, then="b", otherwise="b")
BAD = [
    (flow(a=OnHours(hours="h", open="b", closed="b"), b=END), "nodes[a].hours: the flow has no hours 'h'"),
    (
        msgspec.structs.replace(flow(a=END), hours=(Hours(name="h", zone="Mars", weekly={}),)),
        "hours[h].zone: 'Mars' is no time zone",
    ),
    (flow(a=msgspec.structs.replace(LENGTH, queue=""), b=END), "nodes[a].queue: name one"),
    (flow(a=msgspec.structs.replace(LENGTH, then="x"), b=END), "nodes[a].then: no node 'x'"),
    (flow(a=ToQueue(queue="q", full="x")), "nodes[a].full: no node 'x'"),
    (flow(a=ToQueue(queue="q", full="a")), "nodes[a]: goes round for ever: a → a"),
    (
        flow(a=ToQueue(queue="q", closed="b"), b=ToQueue(queue="r", full="a")),
        "nodes[a]: goes round for ever: a → b → a",
    ),
    (flow(a=CallBack(queue="q", number="n")), "nodes[a].number: no node sets 'n'"),
    (
        flow(a=LeaveMessage(queue="q", prompt="speak", then="b", otherwise="a"), b=END),
        "nodes[a]: who says nothing goes round for ever: a → a",
    ),
    (
        msgspec.structs.replace(flow(a=END, b=ToQueue(queue="q")), hangup="b"),
        "nodes[b]: can not hand over who has hung up",
    ),
    (msgspec.structs.replace(flow(a=END), hangup="x"), "hangup: no node 'x'"),
    (flow(b=END), "start: no node 'a'"),
    (flow(a=play("x")), "nodes[a].then: no node 'x'"),
    (flow(a=menu(ONE, otherwise="x"), b=END), "nodes[a].otherwise: no node 'x'"),
    (flow(a=menu(Option(digit="1", then="x")), b=END), "nodes[a].options[1].then: no node 'x'"),
    (flow(a=END, b=END), "nodes[b]: no way leads to it"),
    (flow(a=play("b"), b=play("a")), "nodes[a]: goes round for ever: a → b → a"),
    (flow(a=play("a")), "nodes[a]: goes round for ever: a → a"),
    (
        flow(a=menu(ONE, otherwise="a"), b=END),
        "nodes[a]: who says nothing goes round for ever: a → a",
    ),
    (
        flow(a=menu(ONE, otherwise="c"), b=END, c=ask(otherwise="a")),
        "nodes[a]: who says nothing goes round for ever: a → c → a",
    ),
    (flow(a=menu(), b=END), "nodes[a].options: a menu has some"),
    (flow(a=menu(ONE, ONE), b=END), "nodes[a].options: '1' stands 2 times"),
    (flow(a=menu(ONE, ONE), b=END), "nodes[a].options: 'one' stands 2 times"),
    (flow(a=menu(Option(digit="#", then="b")), b=END), "nodes[a].options[#]: a choice is one of 0123456789*"),
    (flow(a=menu(Option(digit="12", then="b")), b=END), "nodes[a].options[12]: a choice is one of"),
    (flow(a=menu(Option(digit="", then="b")), b=END), "nodes[a].options[]: a choice is one of"),
    (
        flow(a=menu(Option(digit="1", then="b", words=("a b",))), b=END),
        "nodes[a].options: 'a b' is not one word",
    ),
    (flow(a=menu(ONE, silent=""), b=END), "nodes[a].silent: say something"),
    (flow(a=play("b", "a\0b"), b=END), "nodes[a].prompt: say something, without NUL"),
    (flow(a=play("b", "your {order}"), b=END), "nodes[a].prompt: no node sets 'order'"),
    (flow(a=ask(min_digits=5, max_digits=4), b=END), "nodes[a].min_digits: 5 is above max_digits, 4"),
    (flow(a=ask(attribute="X y"), b=END), "nodes[a].attributes: 'X y' is no name"),
    (flow(a=SetAttributes(attributes={"": "v"}, then="b"), b=END), "nodes[a].attributes: '' is no name"),
    (
        flow(a=SetAttributes(attributes={"v": "x" * 201}, then="b"), b=END),
        "nodes[a].attributes[v]: a value has at most 200 characters",
    ),
    (flow(a=ToQueue(queue="")), "nodes[a].queue: name one"),
    (Flow(name="", version=1, start="a", nodes={"a": END}), "name: a name has 1 to 64 characters"),
    (flow(**{"a": END, "n" * 65: END}), "a name has 1 to 64 characters"),
    (
        flow(a=play("0"), **{str(n): play(str(n + 1)) for n in range(MAX_NODES)}, **{str(MAX_NODES): END}),
        f"nodes: {MAX_NODES + 2} are more than {MAX_NODES}",
    ),
]


@pytest.mark.parametrize(("bad", "error"), BAD)
def test_what_is_wrong_is_said_with_its_path(bad: Flow, error: str) -> None:
    found = errors_in(bad)
    assert any(error in one for one in found), found
    assert all(one.startswith(f"flows[{bad.name}].") for one in found)
    with pytest.raises(ConfigError):
        check(bad)


GOOD = [
    BUILT_IN,
    flow(a=END),
    flow(a=ToQueue(queue="q")),
    flow(a=menu(ONE, TWO, Option(digit="*", then="a")), b=END),
    flow(a=ask(), b=play("c", "it is {x}"), c=SetAttributes(attributes={"y": ""}, then="d"), d=End()),
]


@pytest.mark.parametrize("good", GOOD, ids=range(len(GOOD)))
def test_nothing_is_wrong_with_a_good_one(good: Flow) -> None:
    assert errors_in(good) == []
    check(good)


def test_a_flow_names_its_queues_once() -> None:
    two = flow(
        a=menu(ONE, Option(digit="2", then="c")),
        b=ToQueue(queue="q"),
        c=ToQueue(queue="q"),
    )
    assert (two.queues, BUILT_IN.queues) == (("q",), ("sales", "support"))


@pytest.mark.parametrize(
    "node",
    [
        '{"kind":"menu","prompt":"p","options":[],"otherwise":"a","tries":0}',
        '{"kind":"menu","prompt":"p","options":[],"otherwise":"a","timeout_s":0}',
        '{"kind":"menu","prompt":"p","options":[],"otherwise":"a","typo":1}',
        '{"kind":"digits","prompt":"p","attribute":"a","then":"a","otherwise":"a","max_digits":33}',
        '{"kind":"queue","queue":"q","priority":10}',
        '{"kind":"hours"}',
        '{"kind":"play","then":"a"}',
    ],
)
def test_what_a_node_may_not_be_is_not_even_read(node: str) -> None:
    whole = f'{{"name":"f","version":1,"start":"a","nodes":{{"a":{node}}}}}'
    with pytest.raises(msgspec.ValidationError, match="nodes"):
        msgspec.json.decode(whole, type=Flow)


def test_a_flow_survives_its_json_and_its_snapshot() -> None:
    assert msgspec.json.decode(msgspec.json.encode(BUILT_IN), type=Flow) == BUILT_IN
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(BUILT_IN), type=Flow) == BUILT_IN
