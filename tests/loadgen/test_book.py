"""What agents' feeds may show, and what they must not."""

import pytest

from loadgen.agents import Book, Ledger
from schemas.assignments import (
    AgentFeed,
    AgentState,
    AssignmentEnded,
    AssignmentMade,
    CommandRefused,
    HeldContact,
    OfferEnded,
    OfferMade,
)
from schemas.states import ContactState, Presence


def offer(contact: str, epoch: int = 1) -> OfferMade:
    return OfferMade(
        agent_id="a",
        seq=0,
        contact_id=contact,
        session_id=f"s-{contact}",
        customer_id="c",
        queue="q",
        offer_epoch=epoch,
        timeout_s=20,
    )


def assigned(contact: str, epoch: int = 1) -> AssignmentMade:
    return AssignmentMade(
        agent_id="a",
        seq=0,
        contact_id=contact,
        session_id=f"s-{contact}",
        customer_id="c",
        queue="q",
        offer_epoch=epoch,
    )


def ended(contact: str, reason: str = "completed") -> AssignmentEnded:
    return AssignmentEnded(agent_id="a", seq=0, contact_id=contact, reason=reason)


def timed_out(contact: str) -> OfferEnded:
    return OfferEnded(agent_id="a", seq=0, contact_id=contact, reason="timeout")


def state(*contacts: str) -> AgentState:
    held = tuple(
        HeldContact(
            contact_id=contact,
            session_id=f"s-{contact}",
            customer_id="c",
            queue="q",
            state=ContactState.ASSIGNED,
            offer_epoch=1,
        )
        for contact in contacts
    )
    return AgentState(agent_id="a", seq=0, presence=Presence.ROUTABLE, contacts=held)


XYZ = {"x", "y", "z"}
REFUSED = CommandRefused(agent_id="a", seq=0, request_id="r", reason="stale")


@pytest.mark.parametrize(
    ("entries", "kinds", "held"),
    [
        pytest.param([(7, state()), (8, offer("x"))], [], {"x"}, id="starts anywhere"),
        pytest.param([(1, offer("x")), (2, assigned("x")), (3, ended("x"))], [], set(), id="one contact"),
        pytest.param([(1, offer("x")), (2, timed_out("x")), (3, offer("y"))], [], {"y"}, id="timeout"),
        pytest.param([(1, offer("x")), (3, offer("y"))], ["gap"], {"x", "y"}, id="gap"),
        pytest.param([(1, offer("x")), (9, state())], [], set(), id="a state closes a gap"),
        pytest.param([(1, offer("x")), (1, offer("x"))], ["repeat"], {"x"}, id="repeat"),
        pytest.param([(2, offer("x")), (1, ended("x"))], ["repeat"], {"x"}, id="backwards"),
        pytest.param(
            [(1, offer("x")), (2, offer("y")), (3, offer("z"))], ["capacity"], {"x", "y", "z"}, id="3"
        ),
        pytest.param([(1, state("x", "y", "z"))], ["capacity"], XYZ, id="3 of 2 by the state"),
        pytest.param(
            [(1, assigned("x")), (2, assigned("y")), (3, ended("x", "wrapping")), (4, offer("z"))],
            ["capacity"],
            XYZ,
            id="wrapping keeps the slot",
        ),
        pytest.param([(1, state()), (2, offer("x")), (3, state("x"))], [], {"x"}, id="the state agrees"),
        pytest.param([(1, state()), (2, offer("x")), (3, state())], ["contradiction"], set(), id="not so"),
        pytest.param([(1, state("x")), (2, REFUSED)], [], {"x"}, id="a refusal changes nothing"),
        pytest.param([(1, offer("x")), (2, state("x", "y"))], [], {"x", "y"}, id="it tells the rest"),
    ],
)
def test_one_feed(entries: list[tuple[int, AgentFeed]], kinds: list[str], held: set[str]) -> None:
    book = Book("a", 2, Ledger())
    found = [breach.kind for seq, entry in entries for breach in book.apply(seq, entry)]
    assert found == kinds
    assert book.held.keys() == held


def _two() -> tuple[Ledger, Book, Book]:
    ledger = Ledger()
    return ledger, Book("a", 2, ledger), Book("b", 2, ledger)


def test_one_offer_for_two_agents_is_found_at_once() -> None:
    _, one, other = _two()
    assert one.apply(1, offer("x", 4)) == []
    assert [breach.kind for breach in other.apply(1, offer("x", 4))] == ["two_agents"]


def test_feeds_that_run_apart_are_no_breach_once_both_are_read() -> None:
    ledger, one, other = _two()
    one.apply(1, offer("x", 1))
    assert other.apply(1, offer("x", 2)) == []
    assert [breach.who for breach in ledger.shared()] == ["x"]
    one.apply(2, timed_out("x"))
    assert ledger.shared() == []


def test_a_contact_that_stays_with_two_is_found_at_the_end() -> None:
    ledger, one, other = _two()
    one.apply(1, assigned("x", 1))
    other.apply(1, assigned("x", 2))
    assert [breach.kind for breach in ledger.shared()] == ["two_agents"]


def test_a_state_without_the_contact_frees_it() -> None:
    ledger, one, other = _two()
    one.apply(1, assigned("x", 1))
    other.apply(1, assigned("x", 2))
    one.apply(5, state())
    assert ledger.shared() == []
