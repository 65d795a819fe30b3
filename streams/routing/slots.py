"""Who holds what, who drains for which call, and what room that leaves: derived from the state."""

from collections import defaultdict
from collections.abc import Mapping

from schemas.states import Presence
from streams.routing.state import AgentStatus, Contact
from streams.routing.supply import EXCLUSIVE, SHARED, Supply, channel_bits


class Slots:
    """The slots of all agents. `drains` says whether anybody may drain for a call at all.

    Who has changed is counted when the supply is asked next: an agent whose slot is filled again in the same
    decision costs nothing.
    """

    def __init__(self, supply: Supply, agents: Mapping[str, AgentStatus], *, drains: bool) -> None:
        self._supply, self._agents, self._drains = supply, agents, drains
        self._channels = [channel_bits(agent.channels) for agent in supply.agents]
        self._held: dict[str, dict[int, Contact]] = defaultdict(dict)
        self._claims: dict[str, Contact] = {}
        self._in_call: set[str] = set()
        self._stale: dict[str, AgentStatus] = {}

    def restore(self, contact: Contact) -> None:
        """A held contact, or a claimed one, of a state that is loaded; `note` its agent afterwards."""
        if contact.claimed_by:
            self._claims[contact.claimed_by] = contact
        elif contact.agent_id:
            self._keep(contact, contact.agent_id)

    def put(self, contact: Contact, agent: AgentStatus) -> None:
        """Into a slot of the agent's."""
        self._keep(contact, agent.agent_id)
        self._stale[agent.agent_id] = agent

    def take(self, contact: Contact) -> None:
        """Out of its agent's slot."""
        del self._held[contact.agent_id][contact.sequence]
        if contact.channel in EXCLUSIVE:
            self._in_call.discard(contact.agent_id)
        self._stale[contact.agent_id] = self._agents[contact.agent_id]

    def claim(self, contact: Contact, agent: AgentStatus) -> None:
        """From now on the agent takes nothing else."""
        self._claims[agent.agent_id] = contact
        self._stale[agent.agent_id] = agent

    def unclaim(self, agent: AgentStatus) -> None:
        """The agent drains for nobody any more."""
        del self._claims[agent.agent_id]
        self._stale[agent.agent_id] = agent

    def note(self, agent: AgentStatus) -> None:
        """The agent's presence or idle time has changed."""
        self._stale[agent.agent_id] = agent

    def claim_of(self, agent_id: str) -> Contact | None:
        """The call that the agent drains for."""
        return self._claims.get(agent_id)

    def of(self, agent_id: str) -> list[Contact]:
        """What the agent holds, from offer through wrap-up, in order of arrival."""
        held = self._held.get(agent_id)
        return [contact for _, contact in sorted(held.items())] if held else []

    def load(self, agent_id: str) -> int:
        """How many the agent holds."""
        held = self._held.get(agent_id)
        return len(held) if held else 0

    def counted(self) -> Supply:
        """The supply, with every change of room in it."""
        if self._stale:
            for agent in self._stale.values():
                self._count(agent)
            self._stale.clear()
        return self._supply

    def room(self, agent: AgentStatus) -> tuple[int, bool]:
        """The channels that the agent has room for, as bits, the lease left aside; and whether the agent, who
        holds something else, could drain for the exclusive ones."""
        bit = self._supply.bits.get(agent.agent_id)
        if bit is None or agent.presence is not Presence.ROUTABLE:
            return 0, False
        channels, claimed = self._channels[bit], agent.agent_id in self._claims
        held = self._held.get(agent.agent_id)
        if not held:
            return (channels & ~SHARED if claimed else channels), False
        full = len(held) >= self._supply.agents[bit].capacity
        if full or claimed or agent.agent_id in self._in_call:
            return 0, False
        if channels & ~SHARED:
            return channels & SHARED, self._drains and bool(channels & SHARED)
        return channels, False

    def _keep(self, contact: Contact, agent_id: str) -> None:
        self._held[agent_id][contact.sequence] = contact
        if contact.channel in EXCLUSIVE:
            self._in_call.add(agent_id)

    def _count(self, agent: AgentStatus) -> None:
        bit = self._supply.bits.get(agent.agent_id)
        if bit is not None:
            room, drains = self.room(agent)
            self._supply.set_free(bit, self.load(agent.agent_id), room, agent.idle_since_ms)
            self._supply.set_drainable(bit, drains)
