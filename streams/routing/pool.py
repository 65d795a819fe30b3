"""A pool at work: its state, and what derives from it so that every decision finds its way at once.

Whatever changes a contact's state or an agent's room goes through here; everything else may only read.
"""

import msgspec

from schemas.config import Agent, PoolConfig, Queue
from schemas.states import ContactState, Presence
from schemas.switches import ALL, OF_POOLS, Name
from streams.harness.decider import FOREVER_S
from streams.routing.clockwork import Clockwork, Kind
from streams.routing.slots import Slots
from streams.routing.state import HOLDING, AgentStatus, Contact, PoolState, PoolSwitch
from streams.routing.supply import CHANNELS, Supply
from streams.routing.waiting import Waiting

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PoolState).decode


class Pool:
    """One pool; without `config` it does not exist."""

    def __init__(self, state: PoolState) -> None:
        self.name, self.partition, self.config = state.pool, state.partition, state.config
        self.contacts = {contact.contact_id: contact for contact in state.contacts}
        self.agents = {agent.agent_id: agent for agent in state.agents}
        self.sequence, self.turns = state.sequence, state.turns
        self.flows, self.tells, self.said = state.flows, state.tells, state.said
        self.switches = state.switches
        self._index()

    @classmethod
    def unpack(cls, data: bytes) -> "Pool":
        """From its snapshot."""
        return cls(_decode(data))

    def pack(self) -> bytes:
        """Its snapshot."""
        state = PoolState(
            pool=self.name,
            partition=self.partition,
            config=self.config,
            sequence=self.sequence,
            contacts=list(self.contacts.values()),
            agents=list(self.agents.values()),
            turns=self.turns,
            flows=self.flows,
            tells=self.tells,
            said=self.said,
            switches=self.switches,
        )
        return _encode(state)

    def configure(self, config: PoolConfig) -> None:
        """From here on it is as `config` says; every contact must be in one of its queues, whose aging
        counts for all that are in it."""
        self.config = config
        self.queues = {queue.name: queue for queue in config.queues}
        for contact in self.contacts.values():
            self.set_key(contact)
        self._index()

    def queue(self, name: str) -> Queue | None:
        """The queue as configured."""
        return self.queues.get(name)

    def configured(self, agent_id: str) -> Agent | None:
        """The agent as configured."""
        return self.supply.by_id.get(agent_id)

    def held_by(self, agent_id: str) -> list[Contact]:
        """The contacts in the agent's slots, from offer through wrap-up, in order of arrival."""
        return self.slots.of(agent_id)

    def load(self, agent_id: str) -> int:
        """How many contacts are in the agent's slots."""
        return self.slots.load(agent_id)

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
        self.sequence += 1
        contact.sequence = self.sequence
        self.set_key(contact)
        self.contacts[contact.contact_id] = contact
        self._by_sequence[contact.sequence] = contact

    def move(self, contact: Contact, queue: str, now_ms: int) -> None:
        """One who waits waits in another queue of the pool from now on, with its age."""
        self.waiting.remove(contact)
        contact.queue, contact.entered_ms = queue, now_ms
        self.set_key(contact)
        if contact.preferred and not self.can_prefer(contact):
            self.set_step(contact, 0)
        self.wait(contact, now_ms)

    def prioritize(self, contact: Contact, priority: int) -> None:
        """Another place in the line, now or when it waits again."""
        waits = contact.state is ContactState.PENDING
        if waits:
            self.waiting.remove(contact)
        contact.priority = priority
        self.set_key(contact)
        if waits:
            self.waiting.add(contact)

    def set_key(self, contact: Contact) -> None:
        """Its place in the line, by its queue, priority and age."""
        queue = self.queue(contact.queue)
        aging_s = queue.aging_s if queue else 0.0
        contact.key_ms = contact.enqueued_ms + int(contact.priority * aging_s * 1000)

    def can_prefer(self, contact: Contact) -> bool:
        """Whether its preferred agent is there and could have it."""
        bit, status = self.supply.bits.get(contact.preferred_agent), self.agents.get(contact.preferred_agent)
        if bit is None or status is None or status.presence is Presence.OFFLINE:
            return False
        return bool(self.supply.line(contact.queue, contact.channel, contact.synthetic).mask >> bit & 1)

    def is_open(self, queue: Queue, unix_ms: int) -> bool:
        """Whether the queue takes new contacts then, by its hours."""
        hours = self._hours.get(queue.hours)
        return hours is None or hours.is_open(unix_ms)

    def is_drained(self, queue: str) -> bool:
        """Whether the queue takes no new contacts, by a switch."""
        switch = self.switches.get(Name.DRAIN)
        return switch is not None and (queue in switch.named or self.name in switch.named)

    def turn(self, name: Name, switch: PoolSwitch) -> None:
        """How a switch stands from now on."""
        self.switches = self.switches | {name.value: switch}
        self._see_switches()

    def _see_switches(self) -> None:
        paused = self.switches.get(Name.PAUSE_OFFERS)
        self.offers_paused = paused is not None and (self.name in paused.named or ALL in paused.named)
        for name, switch in self.switches.items():
            if switch.due_ms:
                self.clockwork.arm(Kind.SWITCH, OF_POOLS.index(Name(name)), switch.due_ms)

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
        contact.held_ms = now_ms
        self.slots.put(contact, agent)

    def let_go(self, contact: Contact) -> None:
        """Out of its agent's slot."""
        self.slots.take(contact)

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

    def claim(self, contact: Contact, agent: AgentStatus, until_ms: int) -> None:
        """The agent drains for a call that waits."""
        contact.claimed_by, contact.claim_ms = agent.agent_id, until_ms
        self.slots.claim(contact, agent)
        self.clockwork.arm(Kind.CLAIM, contact.sequence, until_ms)

    def unclaim(self, contact: Contact) -> AgentStatus:
        """Who drains for the contact does so no more."""
        agent = self.agents[contact.claimed_by]
        contact.claimed_by, contact.claim_ms = "", None
        self.slots.unclaim(agent)
        return agent

    def has_room(self, agent: AgentStatus, contact: Contact) -> bool:
        """Whether the agent has a slot for such a contact."""
        room, _ = self.slots.room(agent)
        return bool(room >> CHANNELS.index(contact.channel) & 1)

    def until(self, contact: Contact, deadline_ms: int) -> None:
        """The offer, or the wrap-up, lasts until then."""
        contact.deadline_ms = deadline_ms
        self.clockwork.arm(Kind.DEADLINE, contact.sequence, deadline_ms)

    def tell_later(self, queue: str, due_ms: int) -> None:
        """Those who wait in the queue hear of their places then, if not earlier."""
        if queue not in self.tells:
            self.tells[queue] = due_ms
            self.clockwork.arm(Kind.TELL, self._numbers[queue], due_ms)

    def told(self, queue: str) -> None:
        """They have heard."""
        self.tells.pop(queue, None)

    def queue_at(self, number: int) -> str:
        """The name of the queue with this number."""
        return self._names[number]

    def pause(self, contact: Contact, agent_id: str, until_ms: int) -> None:
        """Not to this agent again until then."""
        contact.paused = contact.paused | {agent_id: until_ms}
        self.clockwork.arm(Kind.PAUSE, contact.sequence, until_ms)

    def see(self, agent: AgentStatus) -> None:
        """Takes note of an agent's presence, lease, return, idle time and load."""
        bit = self.supply.bits.get(agent.agent_id)
        if bit is None:
            return
        self.slots.note(agent)
        self.supply.set_present(bit, agent.presence is not Presence.OFFLINE)
        self.supply.set_routable(bit, agent.presence is Presence.ROUTABLE)
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
        """Whom the agent serves, or drains for, next."""
        room, drains = self.slots.room(agent)
        if not room:
            return None
        bit = self.supply.bits[agent.agent_id]
        drains = drains and agent.rests_ms <= now_ms
        return self.waiting.best_for(bit, agent.agent_id, room, drains, now_ms)

    def _due_of(self, kind: Kind, of: int) -> int | None:
        if kind is Kind.AGENT_LOST or kind is Kind.RETURN:
            agent = self.agent_at(of)
            if kind is Kind.RETURN:
                return agent.returns_ms
            return self.lost_ms(agent) if agent.presence is not Presence.OFFLINE else None
        if kind is Kind.SWITCH:
            switch = self.switches.get(OF_POOLS[of])
            return switch.due_ms or None if switch else None
        if kind is Kind.TELL:
            return self.tells.get(self._names[of])
        contact = self._by_sequence.get(of)
        if contact is None:
            return None
        if kind is Kind.DEADLINE:
            return contact.deadline_ms
        if kind is Kind.PAUSE:
            return min(contact.paused.values(), default=None)
        if kind is Kind.CLAIM:
            return contact.claim_ms
        return contact.step_due_ms if kind is Kind.STEP else self._late_ms(contact)

    def _late_ms(self, contact: Contact) -> int | None:
        """When one who waits has waited too long in its queue."""
        queue = self.queues.get(contact.queue)
        if queue is None or not queue.max_wait_s or contact.state is not ContactState.PENDING:
            return None
        return contact.entered_ms + int(queue.max_wait_s * 1000)

    def _index(self) -> None:
        """Everything that derives from the state, anew."""
        config = self.config
        self.queues = {queue.name: queue for queue in config.queues} if config else {}
        self._names = list(self.queues)
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._hours = {hours.name: hours for hours in config.hours} if config else {}
        self.supply = Supply(config)
        self.people = self.supply.by_id
        self.skills = frozenset(config.skills if config else ())
        self.waiting = Waiting(self.supply)
        self.clockwork = Clockwork(self._due_of)
        self.slots = Slots(self.supply, self.agents, drains=bool(config and config.drain_s))
        self._by_sequence = {contact.sequence: contact for contact in self.contacts.values()}
        for contact in self.contacts.values():
            self.slots.restore(contact)
            if contact.state not in HOLDING:
                self.waiting.add(contact)
            if contact.claim_ms is not None:
                self.clockwork.arm(Kind.CLAIM, contact.sequence, contact.claim_ms)
            if contact.deadline_ms is not None:
                self.clockwork.arm(Kind.DEADLINE, contact.sequence, contact.deadline_ms)
            if contact.paused:
                self.clockwork.arm(Kind.PAUSE, contact.sequence, min(contact.paused.values()))
            if contact.step_due_ms is not None:
                self.clockwork.arm(Kind.STEP, contact.sequence, contact.step_due_ms)
            late_ms = self._late_ms(contact)
            if late_ms is not None:
                self.clockwork.arm(Kind.LATE, contact.sequence, late_ms)
        self.tells = {name: due_ms for name, due_ms in self.tells.items() if name in self.queues}
        for name, due_ms in self.tells.items():
            self.clockwork.arm(Kind.TELL, self._numbers[name], due_ms)
        self._see_switches()
        for agent in self.agents.values():
            self.see(agent)
