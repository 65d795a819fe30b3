"""To which sessions a supervisor may listen, as the pool says it."""

import pytest

from gateway.realtime.permits import Permits
from schemas.audit import Decided, RoutingEvent
from schemas.pool_view import ContactView, PoolView
from schemas.states import ContactState


def view(seq: int, state: ContactState = ContactState.ASSIGNED, *listeners: str) -> PoolView:
    contact = ContactView(contact_id="s.1", customer_id="c", queue="q", state=state, listeners=listeners)
    return PoolView(pool="p", seq=seq, at_ms=0, contacts=(contact,))


def heard(seq: int, by: str = "sue", reason: str = "on", contact: str = "s.1") -> RoutingEvent:
    return RoutingEvent(pool="p", seq=seq, event=Decided.LISTENING, by=by, reason=reason, contact_id=contact)


def over(seq: int, event: Decided, contact: str = "s.1") -> RoutingEvent:
    return RoutingEvent(pool="p", seq=seq, event=event, contact_id=contact)


def test_it_begins_with_what_the_pool_shows() -> None:
    permits = Permits("sue")
    permits.show(view(7, ContactState.ASSIGNED, "sue", "tom"))
    assert permits.sessions == {"s"}
    permits.show(view(8, ContactState.ASSIGNED, "tom"))
    assert permits.sessions == set()
    permits.show(view(9, ContactState.WRAPPING, "sue"))
    assert permits.sessions == set(), "the customer is with nobody any more"


def test_it_follows_the_pools_events_once_each() -> None:
    permits = Permits("sue")
    permits.show(view(7))
    permits.hear(heard(7))
    assert permits.sessions == set(), "that is in the view already, and was taken back"
    permits.hear(heard(8, by="tom"))
    assert permits.sessions == set()
    permits.hear(heard(9))
    permits.hear(heard(10, contact="t.2"))
    assert permits.sessions == {"s", "t"}
    permits.hear(heard(11, reason="off"))
    assert permits.sessions == {"t"}


@pytest.mark.parametrize(
    "event",
    [Decided.WRAPPING, Decided.COMPLETED, Decided.TRANSFERRED, Decided.REQUEUED, Decided.CANCELED],
)
def test_a_permission_ends_with_the_assignment(event: Decided) -> None:
    permits = Permits("sue")
    permits.show(view(1, ContactState.ASSIGNED, "sue"))
    permits.hear(over(2, event, "other.1"))
    assert permits.sessions == {"s"}
    permits.hear(over(3, event))
    assert permits.sessions == set()
