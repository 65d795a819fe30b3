"""The way through a flow: each input at each node, and what holds of all flows and inputs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.flow_builtin import BUILT_IN
from schemas.flow_rules import errors_in
from schemas.flow_ways import edges
from schemas.flows import (
    DIGITS,
    AnyNode,
    AskDigits,
    Asking,
    End,
    Flow,
    Menu,
    Option,
    Play,
    SetAttributes,
    ToQueue,
)
from streams.conversations.ivr import Turn, answer, begin, filled
from tests.streams.conversations.flows import FLOW

MENU, NUMBER = Turn("menu", "", {}), Turn("number", "", {})
TALKS = {"topic": "talk"}
TABLE = [
    (MENU, "1", ("desk", "Please wait.", TALKS, 0)),
    (MENU, " 1# ", ("desk", "Please wait.", TALKS, 0)),
    (MENU, "A PERSON, please!", ("desk", "Please wait.", TALKS, 0)),
    (MENU, "상담원 바꿔 주세요", ("desk", "Please wait.", TALKS, 0)),
    (MENU, "2", ("number", "Your number?", {"topic": "number"}, 0)),
    (MENU, "3", ("menu", "No. One or two?", {}, 1)),
    (MENU, "11", ("menu", "No. One or two?", {}, 1)),
    (MENU, "impersonal", ("menu", "No. One or two?", {}, 1)),
    (MENU, "#", ("menu", "No. One or two?", {}, 1)),
    (MENU, "", ("menu", "Well? One or two?", {}, 1)),
    (MENU._replace(tries=1), "", ("desk", "Sorry. Please wait.", {}, 0)),
    (MENU._replace(tries=1), "9", ("desk", "Sorry. Please wait.", {}, 0)),
    (MENU._replace(tries=1), "2", ("number", "Your number?", {"topic": "number"}, 0)),
    (NUMBER, "123", ("bye", "Number 123, bye.", {"number": "123"}, 0)),
    (
        NUMBER._replace(attributes=TALKS),
        "12345#",
        ("bye", "Number 12345, talkbye.", {**TALKS, "number": "12345"}, 0),
    ),
    (NUMBER, "12 3-4", ("bye", "Number 1234, bye.", {"number": "1234"}, 0)),
    (NUMBER, "12", ("number", "No number. Your number?", {}, 1)),
    (NUMBER, "123456", ("number", "No number. Your number?", {}, 1)),
    (NUMBER, "12*", ("number", "No number. Your number?", {}, 1)),
    (NUMBER, "１２３", ("number", "No number. Your number?", {}, 1)),
    (NUMBER, "", ("number", "Sorry, I did not hear anything. Your number?", {}, 1)),
    (NUMBER._replace(tries=2), "", ("desk", "Sorry. Please wait.", {}, 0)),
    (Turn("desk", "Please wait.", {}), "1", ("desk", "Please wait.", {}, 0)),
    (Turn("bye", "Bye.", {}), "", ("bye", "Bye.", {}, 0)),
]


@pytest.mark.parametrize(("at", "said", "then"), TABLE)
def test_a_step(at: Turn, said: str, then: tuple[object, ...]) -> None:
    turn = answer(FLOW, at, said)
    assert (turn.node, turn.prompt, turn.attributes, turn.tries) == then


def test_a_flow_begins_where_it_first_asks() -> None:
    assert begin(FLOW, {"call_id": "x"}) == ("menu", "Hello. One or two?", {"call_id": "x"}, 0)


def test_nothing_stands_for_what_is_not_known() -> None:
    assert filled("{a} and {b}{}", {"a": "1", "": "never"}) == "1 and never"
    assert filled("{a.__class__} {0}", {"a": "1"}) == " "


BUILT_IN_WAYS = [
    (["1"], "sales", {"topic": "sales"}),
    (["I want to buy"], "sales", {"topic": "sales"}),
    (["2"], "support", {"topic": "support"}),
    (["0"], "support", {"topic": "general"}),
    (["*", "*", "2"], "support", {"topic": "support"}),
    (["3", "1234"], "order_noted", {"topic": "order", "order_number": "1234"}),
    (["3", "12", "", "x"], "support", {"topic": "general"}),
    (["", "", ""], "support", {"topic": "general"}),
    (["7", "8", "1"], "sales", {"topic": "sales"}),
]


@pytest.mark.parametrize(("inputs", "node", "attributes"), BUILT_IN_WAYS)
def test_the_flow_that_is_built_in(inputs: list[str], node: str, attributes: dict[str, str]) -> None:
    turn = begin(BUILT_IN, {})
    for said in inputs:
        assert isinstance(BUILT_IN.nodes[turn.node], Asking)
        turn = answer(BUILT_IN, turn, said)
    assert (turn.node, turn.attributes) == (node, attributes)


def silent_end(flow: Flow, turn: Turn) -> Turn:
    """Where the call is when nothing has been said for as often as the whole flow could ask."""
    for _ in range(sum(node.tries for node in flow.nodes.values() if isinstance(node, Asking))):
        turn = answer(flow, turn, "")
    return turn


SAID = st.one_of(st.sampled_from([*DIGITS, "", "#", "1234", "person"]), st.text(max_size=20))


@settings(max_examples=80, deadline=None)
@given(st.lists(SAID, max_size=12), st.sampled_from([FLOW, BUILT_IN]))
def test_no_input_raises_and_silence_always_ends_it(inputs: list[str], flow: Flow) -> None:
    turn = begin(flow, {})
    for said in inputs:
        turn = answer(flow, turn, said)
        assert turn.prompt
        assert "{" not in turn.prompt
    assert isinstance(flow.nodes[silent_end(flow, turn).node], ToQueue | End)


NAME = st.sampled_from("abcde")
NODES: st.SearchStrategy[AnyNode] = st.one_of(
    st.builds(Play, prompt=st.just("p"), then=NAME),
    st.builds(SetAttributes, attributes=st.just({"x": "1"}), then=NAME),
    st.builds(
        Menu,
        prompt=st.just("m"),
        options=st.builds(
            lambda one, two: (Option(digit="1", then=one), Option(digit="2", then=two)), NAME, NAME
        ),
        otherwise=NAME,
        tries=st.integers(1, 3),
    ),
    st.builds(AskDigits, prompt=st.just("n"), attribute=st.just("y"), then=NAME, otherwise=NAME),
    st.just(ToQueue(queue="q")),
    st.just(End()),
)


def flow_of(nodes: dict[str, AnyNode]) -> Flow:
    """With the nodes that a way leads to."""
    reached = ["a"]
    for name in reached:
        reached += [to for _, to in edges(nodes[name]) if to not in reached]
    return Flow(name="f", version=1, start="a", nodes={name: nodes[name] for name in reached})


FLOWS = st.fixed_dictionaries(dict.fromkeys("abcde", NODES)).map(flow_of)


@settings(max_examples=150, deadline=None)
@given(FLOWS, st.lists(st.sampled_from(["1", "2", "3", ""]), max_size=10))
def test_no_call_is_stuck_in_a_flow_with_which_nothing_is_wrong(flow: Flow, inputs: list[str]) -> None:
    if errors_in(flow):
        return
    turn = begin(flow, {})
    for said in inputs:
        turn = answer(flow, turn, said)
    assert isinstance(flow.nodes[silent_end(flow, turn).node], ToQueue | End)


def test_a_flow_that_was_never_checked_ends_in_an_error_and_not_never() -> None:
    circle = Flow(name="f", version=1, start="a", nodes={"a": Play(prompt="p", then="a")})
    with pytest.raises(ValueError, match="for ever"):
        begin(circle, {})
