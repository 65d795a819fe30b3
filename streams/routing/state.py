"""The state of a pool: its configuration, the contacts in it, and its agents."""

import msgspec

from schemas.config import Agent, PoolConfig, Queue
from schemas.conversation import Requirement
from schemas.states import Channel, ContactState, Presence

HOLDING = (ContactState.RESERVED, ContactState.ASSIGNED, ContactState.WRAPPING)
NOT_RESPONDING = "not responding"
LEASE_OVER = "lease over"
REMOVED = "removed"


class Contact(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One request for an agent. `deadline_ms` is the offer's, or the wrap-up's; all times on the
    partition's clock. `paused` holds agents who rejected or missed it, until when."""

    contact_id: str
    session_id: str
    customer_id: str
    queue: str
    enqueued_ms: int
    channel: Channel = Channel.CHAT
    priority: int = 5
    skills: tuple[Requirement, ...] = ()
    synthetic: bool = False
    state: ContactState = ContactState.PENDING
    agent_id: str = ""
    offer_epoch: int = 0
    deadline_ms: int | None = None
    paused: dict[str, int] = {}


class AgentStatus(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An agent as the pool sees it. Past `lease_ms` the agent gets no offers; past the grace, offline.
    `before` is the presence that a lost agent comes back to; `returns_ms` ends *not responding*.
    `feed_seq` numbers what the agent is told."""

    agent_id: str
    presence: Presence = Presence.OFFLINE
    reason: str = ""
    before: Presence = Presence.ROUTABLE
    before_reason: str = ""
    socket: str = ""
    lease_ms: int = 0
    idle_since_ms: int = 0
    returns_ms: int | None = None
    feed_seq: int = 0


class Pool(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One pool; without `config` it does not exist."""

    pool: str
    partition: int
    config: PoolConfig | None = None
    contacts: dict[str, Contact] = {}
    agents: dict[str, AgentStatus] = {}

    def queue(self, name: str) -> Queue | None:
        """The queue as configured."""
        queues = self.config.queues if self.config else ()
        return next((queue for queue in queues if queue.name == name), None)

    def configured(self, agent_id: str) -> Agent | None:
        """The agent as configured."""
        agents = self.config.agents if self.config else ()
        return next((agent for agent in agents if agent.id == agent_id), None)

    def held_by(self, agent_id: str) -> list[Contact]:
        """The contacts in the agent's slots, from offer through wrap-up."""
        return [
            contact
            for contact in self.contacts.values()
            if contact.agent_id == agent_id and contact.state in HOLDING
        ]

    def pending(self, queue: str | None = None) -> list[Contact]:
        """Who waits, oldest first; ties by id."""
        waiting = [
            contact
            for contact in self.contacts.values()
            if contact.state is ContactState.PENDING and queue in (None, contact.queue)
        ]
        return sorted(waiting, key=lambda contact: (contact.enqueued_ms, contact.contact_id))
