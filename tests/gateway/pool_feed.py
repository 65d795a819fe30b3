"""What tests of supervisors' sockets share: a pool that shows itself, and its events as they are stored."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
from websockets.sync.client import ClientConnection, connect

from schemas.answers import RoutingAnswered
from schemas.audit import Decided, RoutingEvent
from schemas.pool_view import ContactView, PoolView, QueueView
from schemas.routing import Requested, ShowPool
from schemas.states import ContactState
from tests.gateway.calls import answered
from tests.gateway.conftest import Servers
from tests.gateway.feeds import store
from tests.gateway.owner import PoolOwner
from tests.gateway.process import GatewayProcess


class ShownPool:
    """A pool of events up to `seq`; `listeners` may listen to `session`."""

    def __init__(self, seq: int = 0, session: str = "", *listeners: str) -> None:
        self.seq, self.session, self.listeners = seq, session, listeners
        self.asked = 0

    def answer(self, command: Requested) -> Iterable[RoutingAnswered]:
        if not isinstance(command, ShowPool):
            return [answered(command)]
        self.asked += 1
        return [answered(command, view=self.view(command.pool))]

    def view(self, pool: str = "gw-pool") -> PoolView:
        contact = ContactView(
            contact_id=f"{self.session}.1",
            customer_id="c",
            queue="gw-support",
            state=ContactState.ASSIGNED,
            listeners=self.listeners,
        )
        queues = (QueueView(queue="gw-support", waiting=3),)
        contacts = (contact,) if self.session else ()
        return PoolView(pool=pool, seq=self.seq, at_ms=1, queues=queues, contacts=contacts)


@contextmanager
def showing(servers: Servers, feeds: "redis.Redis", pool: ShownPool) -> Iterator[ShownPool]:
    """The pool answers while the block runs."""
    with PoolOwner(servers.kafka, feeds, pool.answer):
        yield pool


def watch(gateway: GatewayProcess, **query: Any) -> ClientConnection:
    """A supervisor's socket."""
    said = "&".join(f"{name}={value}" for name, value in query.items())
    return connect(f"{gateway.url}/ws/supervisor?{said}", max_size=None)


def event(seq: int, decided: Decided = Decided.ENQUEUED, **more: Any) -> RoutingEvent:
    return RoutingEvent(pool="gw-pool", event=decided, seq=seq, **more)


def decide(feeds: "redis.Redis", *events: RoutingEvent, nudge: bool = True) -> None:
    """The pool's next events."""
    for one in events:
        store(feeds, f"pool:{one.pool}", one.seq, one, nudge=nudge)
