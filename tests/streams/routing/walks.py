"""A pool's log that grows at random by commands that its state makes likely."""

from itertools import product
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from schemas.config import Agent, PoolConfig, Queue
from schemas.needs import Request, SkillStep
from schemas.routing import (
    AcceptOffer,
    ApplyConfig,
    CancelContact,
    CompleteContact,
    ListenIn,
    RejectOffer,
    RoutingCommand,
    TransferContact,
)
from schemas.states import Channel, Choice, ContactState, Overload, Presence
from streams.harness.partition import Partition
from streams.routing.pool import Pool
from streams.routing.state import HOLDING, Contact
from tests.streams.conversations.walks import Keyed, Numbers, Walk
from tests.streams.routing.pools import (
    DECIDER,
    POOL,
    SKILLS,
    agent,
    asked,
    assign,
    cancel,
    explain,
    force,
    forget,
    listen,
    move,
    needs,
    online,
    presence,
    prioritize,
    reject,
    renew,
    request,
    switched,
    transfer,
)

QUEUES = (
    Queue(
        name="q",
        offer_timeout_s=5.0,
        wrap_up_s=6.0,
        reject_pause_s=8.0,
        max_wait_s=20.0,
        when_late=Overload.CALLBACK,
        when_unstaffed=Overload.CALLBACK,
    ),
    Queue(
        name="r",
        offer_timeout_s=3.0,
        wrap_up_s=0.0,
        reject_pause_s=0.0,
        choice=Choice.LEAST_LOADED,
        max_depth=1,
        when_full=Overload.OVERFLOW,
        overflow_to="q",
    ),
    Queue(name="eager", auto_accept=True, wrap_up_s=2.0, aging_s=3.0, choice=Choice.ROUND_ROBIN),
    Queue(
        name="s",
        offer_timeout_s=4.0,
        reject_pause_s=6.0,
        aging_s=2.0,
        choice=Choice.HIGHEST_PROFICIENCY,
        max_wait_s=9.0,
        max_depth=6,
    ),
)
BOTH = (Channel.CHAT, Channel.VOICE)
A1 = agent("a1", 1, "q", "r", channels=BOTH, skills={"billing": 2})
A2 = agent("a2", 2, "q", "eager", "s", ranks={"q": 2}, skills={"billing": 5, "german": 3}, channels=BOTH)
A3 = agent("a3", 3, "r", "s", ranks={"r": 3}, skills={"german": 1}, channels=BOTH)
A4 = agent("a4", 2, "s", "r", channels=(Channel.VOICE,), skills={"billing": 4, "german": 5})
ROBOT = agent("z1", 2, "q", "r", synthetic=True)


class Variant(Struct, frozen=True):
    """A configuration of the pool."""

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    moves: dict[str, str] = {}
    skills: tuple[str, ...] = SKILLS


HASTY = tuple(replace(queue, aging_s=7.0, max_wait_s=15.0) for queue in QUEUES)
CONFIGS = (
    Variant(QUEUES, (A1, A2, A3, A4, ROBOT)),
    Variant(QUEUES[:2], (A1, ROBOT), {"eager": "r", "s": "q"}),
    Variant(HASTY, (A2, A3), skills=SKILLS[:1]),
    Variant(QUEUES[:1], ()),
    Variant(QUEUES[1:], (A2, A3, A4), {"q": "s"}, SKILLS[1:]),
    Variant(QUEUES[:1], (replace(A2, queues=("q",), ranks={}), ROBOT), {"r": "q", "eager": "q", "s": "q"}),
)
"""No capacity is ever lowered, as nothing is taken from who holds it. One deletes queues and says nothing of
their contacts."""


def configured(version: int) -> ApplyConfig:
    variant = CONFIGS[version % len(CONFIGS)]
    kept = {queue.name for queue in variant.queues}
    pool = PoolConfig(
        pool=POOL,
        partition=0,
        version=version,
        queues=variant.queues,
        moves=variant.moves,
        skills=variant.skills,
        agents=tuple(one for one in variant.agents if kept.issuperset(one.queues)),
        lease_grace_s=3.0,
        not_responding_s=7.0,
        drain_s=5.0,
    )
    return ApplyConfig(config=pool)


PEOPLE = ("a1", "a2", "a3", "a4", "z1")
WIDER = (SkillStep(needs(german=2, billing=1), 2.0), SkillStep(needs(german=1), 4.0))
EVERY: list[RoutingCommand] = [
    *(online(name, socket, lease_s=12.0) for name, socket in product(PEOPLE, ("s1", "s2"))),
    *(renew(name, lease_s=12.0) for name in PEOPLE),
    *(presence(name, Presence.CUSTOM, "lunch", lease_s=12.0) for name in PEOPLE),
    *(presence(name, Presence.OFFLINE, socket=socket) for name, socket in product(PEOPLE[:2], ("", "s1"))),
    *(request(n, queue) for n, queue in product(range(1, 7), ("q", "r", "eager"))),
    *(request(n, "s", priority=n % 3, skills=needs(billing=n % 5 + 1)) for n in range(10, 16)),
    *(request(n, "s", skills=needs(german=4), skills_for_s=3.0, relaxed=WIDER) for n in range(16, 19)),
    *(request(n, queue, channel=Channel.VOICE) for n, queue in ((19, "s"), (20, "q"), (21, "r"))),
    *(request(n, "q", preferred_agent=f"a{n - 21}", preferred_s=6.0) for n in (22, 23)),
    request(24, "s", skills=needs(nonsense=1)),
    *(request(n, "q", synthetic=True) for n in (7, 8)),
    request(9, "nowhere"),
    *(cancel(n) for n in (*range(1, 10), *range(10, 24, 3))),
    *(forget(n) for n in (1, 9)),
    *(reject("a1", n, epoch) for n, epoch in product((1, 2), (1, 2))),
    *(request(n, "s", channel=Channel.VOICE, priority=n % 2) for n in (25, 26)),
    request(27, "r", age_s=7.0, left_out=("a1", "nobody")),
    *(transfer("a2", n, queue="s") for n in (1, 19)),
    *(move(n, queue) for n, queue in ((1, "s"), (10, "q"), (19, "q"), (2, "nowhere"))),
    *(assign(n, name) for n, name in product((2, 11, 19), ("a2", "a3", "z1"))),
    *(prioritize(n, n % 4) for n in (3, 12, 25)),
    *(force(name, said, "training") for name, said in product(("a2", "a3"), Presence)),
    listen(1),
    *(
        switched(name, value, version)
        for name, value, version in (
            ("drain", "q,nowhere", 1),
            ("drain", "p", 3),
            ("drain", "", 5),
            ("pause-offers", "all", 1),
            ("pause-offers", "", 2),
        )
    ),
    explain(10),
    explain(asks=Request(queue="q", channel=Channel.VOICE, preferred_agent="a1", preferred_s=2.0)),
]


def _likely(pool: Pool) -> list[RoutingCommand]:
    held = [contact for contact in pool.contacts.values() if contact.state in HOLDING]
    return [command for contact in held for command in _answers(contact)]


def _answers(contact: Contact) -> list[RoutingCommand]:
    mine: dict[str, Any] = {"pool": POOL, "agent_id": contact.agent_id, "contact_id": contact.contact_id}
    if contact.state is ContactState.RESERVED:
        epoch = contact.offer_epoch
        return [AcceptOffer(**mine, offer_epoch=epoch), RejectOffer(**mine, offer_epoch=epoch)]
    gone = CancelContact(pool=POOL, contact_id=contact.contact_id, reason="customer")
    handed = TransferContact(**mine, queue="q"), TransferContact(**mine, to_agent="a2", note="note")
    listened = ListenIn(pool=POOL, supervisor="boss", contact_id=contact.contact_id)
    return [gone, CompleteContact(**mine, disposition="done", note="note"), *handed, asked(listened)]


def options(partition: Partition[Pool, Any]) -> list[Keyed]:
    """Commands to the pool: once it is configured, answers to what is held are half of them."""
    if POOL not in partition.hot:
        return [(POOL, configured(len(CONFIGS))), (POOL, request(1))]
    pool = partition.hot[POOL].state
    version = pool.config.version if pool.config else 0
    likely = _likely(pool)
    often = likely * (len(EVERY) // len(likely)) if likely else []
    changes = [configured(version + ahead) for ahead in range(len(CONFIGS))]
    return [(POOL, command) for command in (*EVERY, *changes, *often)]


def walk_pool(steps: Numbers) -> Walk:
    """A pool's log."""
    walk = Walk(DECIDER, 0, options)
    for choice, passed_ms in steps:
        walk.take(choice, passed_ms)
    return walk
