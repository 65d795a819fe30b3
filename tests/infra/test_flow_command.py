"""aicc-flow: what is wrong with a file, the picture, and a call in the terminal."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from infra.flows import drawing
from infra.flows.command import main
from schemas.flow_builtin import BUILT_IN
from schemas.flows import End, Flow, Play
from tests.streams.conversations.branching import BRANCHING

EXAMPLE = str(Path(__file__).parents[2] / "infra" / "flows" / "example.yaml")
OPEN, CLOSED = "2026-12-24T10:00+09:00", "2026-12-25T10:00+09:00"
WRONG = """
name: wrong
version: 1
start: a
nodes:
  a: {kind: play, prompt: hear, then: b}
  c: {kind: queue, queue: q, closed: c}
"""


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, list(arguments), input=typed)


def attempt(*typed: str, at: str = OPEN, waiting: int = 0) -> list[str]:
    ran = run("try", EXAMPLE, "--at", at, "--waiting", f"support={waiting}", typed="\n".join((*typed, "")))
    assert ran.exit_code == 0, ran.output
    return ran.output.splitlines()


def test_the_example_and_the_built_in_flow_are_fine() -> None:
    for source in (EXAMPLE, "built-in"):
        ran = run("check", source)
        assert (ran.exit_code, "fine" in ran.output) == (0, True)


def test_each_error_has_its_path(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG)
    ran = run("check", str(file))
    assert (ran.exit_code, "flows[wrong].nodes[a].then: no node 'b'" in ran.output) == (1, True)


UNREADABLE = [
    (b"name: [", "did not find"),
    (b"\xff", "byte 1 is not UTF-8"),
    (b"name: x\nversion: 0", "$"),
    (b"name: x\nversion: 1\nstart: a\nnodes: {a: {kind: dance}}", "$.nodes[...].kind"),
    (b"pools: []", "there is no flow in it"),
]


@pytest.mark.parametrize(("text", "why"), UNREADABLE, ids=["yaml", "bytes", "version", "kind", "none"])
def test_a_file_that_is_none_is_said_to_be_so(tmp_path: Path, text: bytes, why: str) -> None:
    file = tmp_path / "flow.yaml"
    file.write_bytes(text)
    ran = run("check", str(file))
    assert (ran.exit_code, why in ran.output) == (1, True), ran.output
    assert run("check", str(tmp_path / "none.yaml")).exit_code == 1


def test_a_pool_with_flows_takes_its_hours(tmp_path: Path) -> None:
    file = tmp_path / "pools.yaml"
    file.write_text(
        "pools:\n- pool: p\n  partition: 0\n  hours: [{name: h, zone: Asia/Seoul, weekly: {}}]\n"
        "  flows: [{name: f, version: 1, start: a, nodes: "
        "{a: {kind: hours, hours: h, open: b, closed: b}, b: {kind: end, prompt: Bye}}}]\n"
    )
    assert run("check", str(file)).exit_code == 0
    assert run("try", str(file)).output.endswith("== bot_resolved\n")


@pytest.mark.parametrize("kind", ["mermaid", "dot"])
def test_the_picture_has_every_node_and_way(kind: str) -> None:
    ran = run("draw", EXAMPLE, "--as", kind)
    assert ran.exit_code == 0
    for shown in (
        "hours: hours",
        "open by office?",
        "10 or more",
        "fewer",
        "closed",
        "full or refused",
        "1 call",
    ):
        assert shown in ran.output
    assert "3 times wrong or silent" in ran.output
    assert "hangs up" in ran.output


def test_dead_ends_and_lost_nodes_stand_out() -> None:
    wrong = Flow(name='a"b', version=1, start="a", nodes={"a": Play(prompt='"<x>"', then="no"), "z": End()})
    boxes = {box.name: box.style for box in drawing.picture(wrong).boxes}
    assert boxes == {"a": "plain", "z": "lost", "no": "missing"}
    assert "class n1 lost" in drawing.mermaid(wrong)
    assert "#34;#60;x#62;#34;" in drawing.mermaid(wrong)
    assert '\\"<x>\\"' in drawing.dot(wrong)
    for flow in (BUILT_IN, BRANCHING):
        assert {box.style for box in drawing.picture(flow).boxes} == {"plain"}


def test_a_call_to_the_queue_and_to_an_agent() -> None:
    heard = attempt("1", "4711", ":queue agent", ":attributes")
    assert heard[2] == "   order_number = 4711"
    assert heard[3].startswith("[waiting support] One moment")
    assert heard[4].startswith("[active support]")


def test_hours_length_and_what_the_queue_says_are_branches() -> None:
    assert attempt(at=CLOSED)[0].startswith("[ivr message]")
    assert attempt("0", waiting=10)[1].startswith("[ivr long]")
    assert attempt("0", ":queue closed")[2].startswith("[ivr message]")
    assert attempt("0", ":queue late")[-1] == "== waiting"


def test_silence_wrong_input_and_hanging_up() -> None:
    heard = attempt("", "7", "")
    assert heard[1].startswith("[ivr menu] Sorry, I did not hear")
    assert heard[2].startswith("[ivr menu] Sorry, that is not")
    assert heard[3].startswith("[waiting support]")
    assert attempt(":hangup")[-1] == "== bot_resolved"
    assert attempt("0", ":hangup")[-1] == "== abandoned"


def test_clock_and_length_can_be_set_on_the_way() -> None:
    assert attempt(":later 70")[-1] == "== expired"
    heard = attempt(":at 2026-12-24T11:00+09:00", ":waiting support 50", "0", "2", "hello")
    assert [line.split("]")[0] for line in heard if line.startswith("[")] == [
        "[ivr menu",
        "[ivr long",
        "[ivr message",
        "[closed thanks, callback",
    ]


WRONG_USE = [
    (("try", EXAMPLE), ":dance\n", 1),
    (("try", EXAMPLE), ":queue agent\n", 1),
    (("try", EXAMPLE, "--at", "noon"), "", 2),
    (("try", EXAMPLE, "--waiting", "x"), "", 2),
    (("try", EXAMPLE, "--flow", "other"), "", 1),
    (("draw", EXAMPLE, "--as", "oil"), "", 2),
]


@pytest.mark.parametrize(("arguments", "typed", "status"), WRONG_USE)
def test_wrong_use_is_said_to_be_so(arguments: tuple[str, ...], typed: str, status: int) -> None:
    assert run(*arguments, typed=typed).exit_code == status
