"""A pool as a supervisor sees it, at one point of its events."""

import msgspec

from schemas.codec import Record
from schemas.limits import Personal
from schemas.states import Channel, ContactState, Presence


class QueueView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`waiting` counts contacts that are not synthetic; the oldest has waited for `longest_wait_s`."""

    queue: str
    waiting: int = 0
    longest_wait_s: float = 0.0


class AgentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An agent who is there or holds something; `held` are contacts."""

    agent_id: str
    presence: Presence
    reason: str = ""
    capacity: int = 0
    held: tuple[str, ...] = ()
    synthetic: bool = False


class ContactView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A contact. `waited_s` counts from its enqueue time; `listeners` are supervisors who may listen in."""

    contact_id: str
    customer_id: Personal[str]
    queue: str
    state: ContactState
    channel: Channel = Channel.CHAT
    priority: int = 5
    agent_id: str = ""
    offer_epoch: int = 0
    waited_s: float = 0.0
    listeners: tuple[str, ...] = ()
    synthetic: bool = False


class PoolView(Record, tag="pool.state", kw_only=True, frozen=True):
    """Everything up to the event `seq`, which is the pool's last one. Those who are held come first, then
    those who wait, in order; `more_agents` and `more_contacts` are left out. Unix milliseconds."""

    pool: str
    seq: int
    at_ms: int
    queues: tuple[QueueView, ...] = ()
    agents: tuple[AgentView, ...] = ()
    contacts: tuple[ContactView, ...] = ()
    more_agents: int = 0
    more_contacts: int = 0
