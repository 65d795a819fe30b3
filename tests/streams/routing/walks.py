"""A pool's log that grows at random by commands that its state makes likely."""

from itertools import product
from typing import Any

from schemas.config import PoolConfig, Queue
from schemas.routing import (
    AcceptOffer,
    ApplyConfig,
    CancelContact,
    CompleteContact,
    RejectOffer,
    RoutingCommand,
)
from schemas.states import ContactState, Presence
from streams.harness.partition import Partition
from streams.routing.state import HOLDING, Contact, Pool
from tests.streams.conversations.walks import Keyed, Numbers, Walk
from tests.streams.routing.pools import (
    DECIDER,
    POOL,
    agent,
    cancel,
    forget,
    online,
    presence,
    reject,
    renew,
    request,
)

QUEUES = (
    Queue(name="q", offer_timeout_s=5.0, wrap_up_s=6.0, reject_pause_s=8.0),
    Queue(name="r", offer_timeout_s=3.0, wrap_up_s=0.0, reject_pause_s=0.0),
    Queue(name="eager", auto_accept=True, wrap_up_s=2.0),
)
A1, A2, A3 = agent("a1", 1, "q", "r"), agent("a2", 2, "q", "eager"), agent("a3", 3, "r")
ROBOT = agent("z1", 2, "q", "r", synthetic=True)
CONFIGS = ((QUEUES, (A1, A2, A3, ROBOT)), (QUEUES[:2], (A1, ROBOT)), (QUEUES, (A2, A3)), (QUEUES[:1], ()))
"""Queues and agents; no capacity is ever lowered, as nothing is taken from who holds it."""


def configured(version: int) -> ApplyConfig:
    queues, agents = CONFIGS[version % len(CONFIGS)]
    kept = {queue.name for queue in queues}
    pool = PoolConfig(
        pool=POOL,
        partition=0,
        version=version,
        queues=queues,
        agents=tuple(one for one in agents if kept.issuperset(one.queues)),
        lease_grace_s=3.0,
        not_responding_s=7.0,
    )
    return ApplyConfig(config=pool)


PEOPLE = ("a1", "a2", "a3", "z1")
EVERY: list[RoutingCommand] = [
    *(online(name, socket, lease_s=12.0) for name, socket in product(PEOPLE, ("s1", "s2"))),
    *(renew(name, lease_s=12.0) for name in PEOPLE),
    *(presence(name, Presence.CUSTOM, "lunch", lease_s=12.0) for name in PEOPLE),
    *(presence(name, Presence.OFFLINE, socket=socket) for name, socket in product(PEOPLE[:2], ("", "s1"))),
    *(request(n, queue) for n, queue in product(range(1, 7), ("q", "r", "eager"))),
    *(request(n, "q", synthetic=True) for n in (7, 8)),
    request(9, "nowhere"),
    *(cancel(n) for n in range(1, 10)),
    *(forget(n) for n in (1, 9)),
    *(reject("a1", n, epoch) for n, epoch in product((1, 2), (1, 2))),
]


def _likely(pool: Pool) -> list[RoutingCommand]:
    held = [contact for contact in pool.contacts.values() if contact.state in HOLDING]
    return [command for contact in held for command in _answers(contact)]


def _answers(contact: Contact) -> list[RoutingCommand]:
    mine = {"pool": POOL, "agent_id": contact.agent_id, "contact_id": contact.contact_id}
    if contact.state is ContactState.RESERVED:
        epoch = contact.offer_epoch
        return [AcceptOffer(**mine, offer_epoch=epoch), RejectOffer(**mine, offer_epoch=epoch)]
    gone = CancelContact(pool=POOL, contact_id=contact.contact_id, reason="customer")
    return [gone, CompleteContact(**mine, disposition="done", note="note")]


def options(partition: Partition[Pool, Any]) -> list[Keyed]:
    """Commands to the pool: once it is configured, answers to what is held are half of them."""
    if POOL not in partition.hot:
        return [(POOL, configured(4)), (POOL, request(1))]
    pool = partition.hot[POOL].state
    version = pool.config.version if pool.config else 0
    likely = _likely(pool)
    often = likely * (len(EVERY) // len(likely)) if likely else []
    return [(POOL, command) for command in (*EVERY, configured(version + 1), configured(version), *often)]


def walk_pool(steps: Numbers) -> Walk:
    """A pool's log."""
    walk = Walk(DECIDER, 0, options)
    for choice, passed_ms in steps:
        walk.take(choice, passed_ms)
    return walk
