"""A pool at work: its state, and what derives from it so that every decision finds its way at once.

Whatever changes a contact's state or an agent's room goes through here; everything else may only read.
"""

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from schemas.config import Agent, PoolConfig, Queue
from schemas.states import Channel, ContactState, Presence
from streams.harness.decider import FOREVER_S
from streams.routing.clockwork import Clockwork, Kind
from streams.routing.state import HOLDING, AgentStatus, Contact, PoolState
from streams.routing.supply import EXCLUSIVE, Supply
from streams.routing.waiting import Waiting

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PoolState).decode


class Pool:
    """One pool; without `config` it does not exist."""

    def __init__(self, state: PoolState) -> None:
        self.state = state
        self.contacts, self.agents, self.turns = state.contacts, state.agents, state.turns
        self._index()

    @classmethod
    def unpack(cls, data: bytes) -> "Pool":
        """From its snapshot."""
        return cls(_decode(data))

    def pack(self) -> bytes:
        """Its snapshot."""
        return _encode(self.state)

    @property
    def name(self) -> str:
        """The pool's name."""
        return self.state.pool

    @property
    def partition(self) -> int:
        """Its home."""
        return self.state.partition

    @property
    def config(self) -> PoolConfig | None:
        """Its configuration."""
        return self.state.config

    def configure(self, config: PoolConfig) -> None:
        """From here on it is as `config` says; every contact must be in one of its queues, whose aging
        counts for all that are in it."""
        self.state.config = config
        self._queues = {queue.name: queue for queue in config.queues}
        for contact in self.contacts.values():
            self._set_key(contact)
        self._index()

    def queue(self, name: str) -> Queue | None:
        """The queue as configured."""
        return self._queues.get(name)

    def configured(self, agent_id: str) -> Agent | None:
        """The agent as configured."""
        return self.supply.by_id.get(agent_id)

    def held_by(self, agent_id: str) -> list[Contact]:
        """The contacts in the agent's slots, from offer through wrap-up, in order of arrival."""
        held = self._held.get(agent_id)
        return [contact for _, contact in sorted(held.items())] if held else []

    def load(self, agent_id: str) -> int:
        """How many contacts are in the agent's slots."""
        held = self._held.get(agent_id)
        return len(held) if held else 0

    def pending(self) -> list[Contact]:
        """Who waits, in order."""
        waiting = [contact for contact in self.contacts.values() if contact.state is ContactState.PENDING]
        return sorted(waiting, key=lambda contact: contact.order)

    def lost_ms(self, agent: AgentStatus) -> int:
        """When the agent counts as lost: lease and grace are over."""
        grace_s = self.config.lease_grace_s if self.config else 0.0
        return agent.lease_ms + int(min(grace_s, FOREVER_S) * 1000)

    def arrive(self, contact: Contact) -> None:
        """A new contact, which is to wait or to be held next."""
        self.state.sequence += 1
        contact.sequence = self.state.sequence
        self._set_key(contact)
        self.contacts[contact.contact_id] = contact
        self._by_sequence[contact.sequence] = contact

    def move(self, contact: Contact, queue: str, now_ms: int) -> None:
        """One who waits waits in another queue of the pool from now on, with its age."""
        self.waiting.remove(contact)
        contact.queue, contact.entered_ms = queue, now_ms
        self._set_key(contact)
        self.wait(contact, now_ms)

    def _set_key(self, contact: Contact) -> None:
        queue = self.queue(contact.queue)
        aging_s = queue.aging_s if queue else 0.0
        contact.key_ms = contact.enqueued_ms + int(contact.priority * aging_s * 1000)

    def is_open(self, queue: Queue, unix_ms: int) -> bool:
        """Whether the queue takes new contacts then, by its hours."""
        hours = self._hours.get(queue.hours)
        return hours is None or hours.is_open(unix_ms)

    def is_staffed(self, contact: Contact) -> bool:
        """Whether any agent of the contact's line is there, free or not."""
        line = self.supply.line(contact.queue, contact.channel, contact.synthetic)
        return bool(line.mask & self.supply.present)

    def wait(self, contact: Contact, now_ms: int) -> None:
        """It waits, and the clock of its step runs."""
        contact.state, contact.agent_id, contact.deadline_ms = ContactState.PENDING, "", None
        if contact.step_left_ms is not None:
            contact.step_due_ms = now_ms + contact.step_left_ms
            self.clockwork.arm(Kind.STEP, contact.sequence, contact.step_due_ms)
        due_ms = self._late_ms(contact)
        if due_ms is not None:
            self.clockwork.arm(Kind.LATE, contact.sequence, due_ms)
        self.waiting.add(contact)

    def hold(self, contact: Contact, agent: AgentStatus, now_ms: int) -> None:
        """One who waits gets into a slot of the agent's; its step's clock stands still."""
        self.waiting.remove(contact)
        if contact.step_due_ms is not None:
            contact.step_left_ms, contact.step_due_ms = max(0, contact.step_due_ms - now_ms), None
        contact.state, contact.agent_id = ContactState.RESERVED, agent.agent_id
        self._held[agent.agent_id][contact.sequence] = contact
        self._count(agent)

    def let_go(self, contact: Contact) -> None:
        """Out of its agent's slot."""
        del self._held[contact.agent_id][contact.sequence]
        self._count(self.agents[contact.agent_id])

    def drop(self, contact: Contact) -> None:
        """Out of the pool, from wherever it is."""
        if contact.state in HOLDING:
            self.let_go(contact)
        else:
            self.waiting.remove(contact)
        del self.contacts[contact.contact_id]
        del self._by_sequence[contact.sequence]

    def step_to(self, contact: Contact, step: int, now_ms: int) -> None:
        """One who waits settles for something else from now on."""
        self.waiting.remove(contact)
        self.set_step(contact, step)
        self.wait(contact, now_ms)

    def set_step(self, contact: Contact, step: int) -> None:
        """What a contact that does not stand in line settles for."""
        contact.step, contact.step_due_ms = step, None
        contact.step_left_ms = int(contact.step_s * 1000) or None

    def until(self, contact: Contact, deadline_ms: int) -> None:
        """The offer, or the wrap-up, lasts until then."""
        contact.deadline_ms = deadline_ms
        self.clockwork.arm(Kind.DEADLINE, contact.sequence, deadline_ms)

    def pause(self, contact: Contact, agent_id: str, until_ms: int) -> None:
        """Not to this agent again until then."""
        contact.paused = contact.paused | {agent_id: until_ms}
        self.clockwork.arm(Kind.PAUSE, contact.sequence, until_ms)

    def see(self, agent: AgentStatus) -> None:
        """Takes note of an agent's presence, lease, return, idle time and load."""
        bit = self.supply.bits.get(agent.agent_id)
        if bit is None:
            return
        self._count(agent)
        self.supply.set_present(bit, agent.presence is not Presence.OFFLINE)
        if agent.presence is not Presence.OFFLINE:
            self.clockwork.arm(Kind.AGENT_LOST, bit, self.lost_ms(agent))
        if agent.returns_ms is not None:
            self.clockwork.arm(Kind.RETURN, bit, agent.returns_ms)

    def agent_at(self, bit: int) -> AgentStatus:
        """The status of the agent with this bit."""
        return self.agents[self.supply.ids[bit]]

    def numbered(self, sequence: int) -> Contact:
        """The contact with this sequence."""
        return self._by_sequence[sequence]

    def best_for(self, agent: AgentStatus, now_ms: int) -> Contact | None:
        """Whom the agent serves next, as far as there is room."""
        return self.waiting.best_for(self.supply.bits[agent.agent_id], agent.agent_id, now_ms)

    def _count(self, agent: AgentStatus) -> None:
        """Takes note of an agent's room, after any change of presence, idle time or load."""
        bit = self.supply.bits.get(agent.agent_id)
        if bit is not None:
            held = self._held.get(agent.agent_id)
            room = self._room(agent, self.supply.agents[bit], held)
            self.supply.set_free(bit, len(held) if held else 0, room, agent.idle_since_ms)

    def _room(
        self, agent: AgentStatus, configured: Agent, held: Mapping[int, Contact] | None
    ) -> tuple[Channel, ...]:
        """The channels that the agent has room for, the lease left aside."""
        if agent.presence is not Presence.ROUTABLE:
            return ()
        if not held:
            return configured.channels
        if len(held) >= configured.capacity or any(one.channel in EXCLUSIVE for one in held.values()):
            return ()
        return tuple(channel for channel in configured.channels if channel not in EXCLUSIVE)

    def _due_of(self, kind: Kind, of: int) -> int | None:
        if kind is Kind.AGENT_LOST or kind is Kind.RETURN:
            agent = self.agent_at(of)
            if kind is Kind.RETURN:
                return agent.returns_ms
            return self.lost_ms(agent) if agent.presence is not Presence.OFFLINE else None
        contact = self._by_sequence.get(of)
        if contact is None:
            return None
        if kind is Kind.DEADLINE:
            return contact.deadline_ms
        if kind is Kind.PAUSE:
            return min(contact.paused.values(), default=None)
        return contact.step_due_ms if kind is Kind.STEP else self._late_ms(contact)

    def _late_ms(self, contact: Contact) -> int | None:
        """When one who waits has waited too long in its queue."""
        queue = self._queues.get(contact.queue)
        if queue is None or not queue.max_wait_s or contact.state is not ContactState.PENDING:
            return None
        return contact.entered_ms + int(queue.max_wait_s * 1000)

    def _index(self) -> None:
        """Everything that derives from the state, anew."""
        config = self.config
        self._queues = {queue.name: queue for queue in config.queues} if config else {}
        self._hours = {hours.name: hours for hours in config.hours} if config else {}
        self.supply = Supply(config)
        self.waiting = Waiting(self.supply)
        self.clockwork = Clockwork(self._due_of)
        self._held: dict[str, dict[int, Contact]] = defaultdict(dict)
        self._by_sequence = {contact.sequence: contact for contact in self.contacts.values()}
        for contact in self.contacts.values():
            if contact.state in HOLDING:
                self._held[contact.agent_id][contact.sequence] = contact
            else:
                self.waiting.add(contact)
            if contact.deadline_ms is not None:
                self.clockwork.arm(Kind.DEADLINE, contact.sequence, contact.deadline_ms)
            if contact.paused:
                self.clockwork.arm(Kind.PAUSE, contact.sequence, min(contact.paused.values()))
            if contact.step_due_ms is not None:
                self.clockwork.arm(Kind.STEP, contact.sequence, contact.step_due_ms)
            late_ms = self._late_ms(contact)
            if late_ms is not None:
                self.clockwork.arm(Kind.LATE, contact.sequence, late_ms)
        for agent in self.agents.values():
            self.see(agent)
