"""What an agent does, with the time given."""

from random import Random

import pytest

from loadgen import frames
from loadgen.agents import Book, Desk, Ledger, Manner, polite, quick
from loadgen.frames import FromAgent
from loadgen.times import Duration
from schemas.conversation import MessageAdded
from schemas.states import Role
from tests.loadgen.test_book import REFUSED, assigned, ended, offer, state


def desk(manner: Manner | None = None) -> Desk:
    return Desk(Book("a", 3, Ledger()), manner or quick(Duration("fixed", 5)), Random(1))


def tags(said: list[FromAgent]) -> list[str]:
    return [str(frame.__struct_config__.tag) for frame in said]


def said_in(session: str, seq: int, role: Role = Role.CUSTOMER) -> MessageAdded:
    return MessageAdded(session_id=session, seq=seq, message_id=f"m{seq}", role=role, text="My order?")


def test_accepts_greets_and_completes() -> None:
    one = desk()
    assert tags(one.entry(1, offer("x"), 0)[0]) == ["accept"]
    greeting, _ = one.entry(2, assigned("x"), 1)
    assert isinstance(greeting[0], frames.Say)
    assert (tags(greeting), greeting[0].session_id) == (["message"], "s-x")
    assert tags(one.tick(5.9)) == []
    assert one.next_due <= 6.0
    assert tags(one.tick(6.0)) == ["complete"]
    one.entry(3, ended("x"), 6.1)
    assert tags(one.tick(100)) == []


def test_commands_without_effect_are_repeated() -> None:
    one = desk()
    one.entry(1, offer("x"), 0)
    assert tags(one.tick(2.9)) == []
    assert tags(one.tick(3.0)) == ["accept"]
    one.entry(2, assigned("x"), 4)
    assert [tags(one.tick(now)) for now in (9, 12, 15)] == [["complete"]] * 3


def test_completes_soon_when_the_customer_has_left() -> None:
    one = desk()
    one.entry(1, assigned("x"), 0)
    one.entry(2, ended("x", "wrapping"), 1)
    assert tags(one.tick(1.3)) == ["complete"]
    assert tags(one.tick(2.0)) == []


def test_goes_on_with_what_the_state_lists() -> None:
    one = desk()
    assert tags(one.entry(9, state("x"), 0)[0]) == ["message"]
    assert tags(one.tick(5)) == ["complete"]
    assert tags(one.entry(10, state("x"), 6)[0]) == []


def test_says_what_it_saw_when_it_comes_back() -> None:
    one = desk()
    assert one.opened() == []
    one.entry(7, assigned("x"), 0)
    assert one.message(3, said_in("s-x", 3), 0) == []
    resume = one.opened()[0]
    assert isinstance(resume, frames.Resume)
    assert (resume.agent_seq, resume.sessions) == (7, {"s-x": 3})
    one.entry(8, ended("x"), 1)
    last = one.opened()[0]
    assert isinstance(last, frames.Resume)
    assert last.sessions == {}


@pytest.mark.parametrize(("seqs", "kinds"), [([1, 2, 3], []), ([1, 3], ["gap"]), ([2, 2], ["repeat"])])
def test_numbers_of_a_session(seqs: list[int], kinds: list[str]) -> None:
    one = desk()
    one.entry(1, assigned("x"), 0)
    assert [breach.kind for seq in seqs for breach in one.message(seq, said_in("s-x", seq), 0)] == kinds


def test_sessions_of_others_are_not_looked_at() -> None:
    one = desk()
    assert one.message(5, said_in("s-y", 5), 0) == []
    assert one.sessions == {}


def test_polite_agents_answer_and_stay_while_the_customer_writes() -> None:
    one = desk(polite(quiet_s=10))
    one.entry(1, assigned("x"), 0)
    one.message(1, said_in("s-x", 1), 8)
    answers = one.tick(9.6)
    assert isinstance(answers[0], frames.Say)
    assert "My order?" in answers[0].message
    one.message(2, said_in("s-x", 2, Role.AGENT), 9.7)
    assert tags(one.tick(17.9)) == []
    assert tags(one.tick(18)) == ["complete"]


@pytest.mark.parametrize("seed", range(20))
def test_quick_messages_are_answered_in_their_order(seed: int) -> None:
    one = Desk(Book("a", 3, Ledger()), polite(quiet_s=10), Random(seed))
    one.entry(1, assigned("x"), 0)
    for seq in range(1, 6):
        text = f"Question {seq}"
        one.message(
            seq,
            MessageAdded(session_id="s-x", seq=seq, message_id=f"m{seq}", role=Role.CUSTOMER, text=text),
            seq / 10,
        )
    answers = [frame.message for frame in one.tick(9) if isinstance(frame, frames.Say)]
    assert [number for said in answers for number in range(1, 6) if f"Question {number}" in said] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_a_refusal_makes_it_ask_for_the_state_but_not_too_often() -> None:
    one = desk()
    assert [tags(one.entry(seq, REFUSED, now)[0]) for seq, now in ((1, 5.0), (2, 5.5), (3, 6.5))] == [
        ["presence"],
        [],
        ["presence"],
    ]


def test_hurry_completes_all() -> None:
    one = desk()
    one.entry(1, assigned("x"), 0)
    one.entry(2, assigned("y"), 0)
    one.hurry(1)
    assert sorted(tags(one.tick(1))) == ["complete", "complete"]
