"""The configured agents as bits, in the order of their ids: who may serve what, and who is free.

All of it derives from the configuration and the state; no bit is ever stored.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from schemas.config import Agent, PoolConfig
from schemas.needs import Requirement
from schemas.states import Channel

_BITS = 20
_LOW = (1 << _BITS) - 1
_HIGHEST = 5
CHANNELS = tuple(Channel)
EXCLUSIVE = frozenset({Channel.VOICE})
"""A contact of these channels needs an agent who holds nothing else."""

SHARED = sum(1 << number for number, channel in enumerate(CHANNELS) if channel not in EXCLUSIVE)
"""The other channels, as bits."""


def channel_bits(channels: Iterable[Channel]) -> int:
    """The channels as bits of CHANNELS."""
    return sum(1 << CHANNELS.index(channel) for channel in set(channels))


class Line:
    """Contacts of one queue and channel, synthetic or not: for the same agents, but for the skills that
    they need. `mask` are these agents, `heads` the first ones of those groups that many may serve, `queued`
    all that wait in the queue, on any channel: the same list for all its lines."""

    __slots__ = ("channel", "exclusive", "heads", "mask", "number", "queued")

    def __init__(self, number: int, channel: int, queued: list[int]) -> None:
        self.number, self.channel, self.mask, self.queued = number, channel, 0, queued
        self.exclusive = CHANNELS[channel] in EXCLUSIVE
        self.heads: list[int] = []


class Supply:
    """Masks over the agents, and the free ones by how long they have been idle."""

    def __init__(self, config: PoolConfig | None) -> None:
        self.agents: list[Agent] = sorted(config.agents if config else (), key=lambda agent: agent.id)
        self.ids = [agent.id for agent in self.agents]
        self.bits = {agent.id: bit for bit, agent in enumerate(self.agents)}
        self.by_id = {agent.id: agent for agent in self.agents}
        self.able: dict[tuple[str, int], int] = defaultdict(int)
        self.present = 0
        self.room = [0] * len(CHANNELS)
        self.drainable = 0
        self._routable = 0
        self._slots: dict[str, int] = defaultdict(int)
        self._lines: dict[str, list[Line]] = {}
        self._load = [0] * (1 + max((agent.capacity for agent in self.agents), default=0))
        self._loads = [0] * len(self.agents)
        self._rooms = [0] * len(self.agents)
        self._idle: list[int] = []
        self._keys = [-1] * len(self.agents)
        self.tiers = [self._tiers(agent) for agent in self.agents]
        for bit, agent in enumerate(self.agents):
            self._load[0] |= 1 << bit
            for line in (line for tier in self.tiers[bit] for line in tier):
                line.mask |= 1 << bit
            for skill, level in agent.skills.items():
                for enough in range(1, level + 1):
                    self.able[skill, enough] |= 1 << bit

    def line(self, queue: str, channel: Channel, synthetic: bool) -> Line:
        """The line of such contacts."""
        lines = self._lines.get(queue)
        if lines is None:
            first = len(self._lines) * 2 * len(CHANNELS)
            queued: tuple[list[int], list[int]] = [], []
            lines = [Line(first + n, n >> 1, queued[n & 1]) for n in range(2 * len(CHANNELS))]
            self._lines[queue] = lines
        return lines[CHANNELS.index(channel) << 1 | synthetic]

    def mask(self, line: Line, skills: Sequence[Requirement]) -> int:
        """Who may serve a contact of the line that needs these skills."""
        mask = line.mask
        for skill in skills:
            mask &= self.able.get((skill.skill, skill.level), 0)
        return mask

    def set_free(self, bit: int, held: int, room: int, idle_since_ms: int) -> None:
        """What the agent holds, and for which channels there is room, as bits of CHANNELS."""
        one = 1 << bit
        if room != self._rooms[bit]:
            self._rooms[bit] = room
            for number in range(len(CHANNELS)):
                others = self.room[number] & ~one
                self.room[number] = others | one if room >> number & 1 else others
        held = min(held, len(self._load) - 1)
        if held != self._loads[bit]:
            self._load[self._loads[bit]] &= ~one
            self._load[held] |= one
            self._loads[bit] = held
        key = idle_since_ms << _BITS | bit if room else -1
        if key != self._keys[bit]:
            if self._keys[bit] >= 0:
                del self._idle[bisect_left(self._idle, self._keys[bit])]
            if key >= 0:
                insort(self._idle, key)
            self._keys[bit] = key

    def set_drainable(self, bit: int, drainable: bool) -> None:
        """Whether the agent has room for chats, holds some, and could drain for a call."""
        if drainable != self.drainable >> bit & 1:
            self.drainable ^= 1 << bit

    def slots(self, queue: str) -> int:
        """How many contacts the routable agents of the queue can hold at once, synthetic ones left out."""
        return self._slots.get(queue, 0)

    def set_routable(self, bit: int, routable: bool) -> None:
        """Whether the agent can be offered anything."""
        agent = self.agents[bit]
        if routable == self._routable >> bit & 1 or agent.synthetic:
            return
        self._routable ^= 1 << bit
        for queue in agent.queues:
            self._slots[queue] += agent.capacity if routable else -agent.capacity

    def set_present(self, bit: int, present: bool) -> None:
        """Whether the agent is there at all."""
        others = self.present & ~(1 << bit)
        self.present = others | 1 << bit if present else others

    def longest_idle(self, mask: int) -> int:
        """Of the free agents in the mask, which must not be empty, who became idle first; ties by id."""
        count = mask.bit_count()
        if count * count <= len(self._idle):
            return min(self._keys[bit] for bit in bits_of(mask)) & _LOW
        return next(key & _LOW for key in self._idle if mask >> (key & _LOW) & 1)

    def least_loaded(self, mask: int) -> int:
        """Who holds the fewest contacts."""
        return self.longest_idle(next(mask & load for load in self._load if mask & load))

    def highest_proficiency(self, mask: int, skills: Sequence[Requirement]) -> int:
        """Who is best at the first skill; among these at the second, and so on."""
        for skill in skills:
            for level in range(_HIGHEST, skill.level, -1):
                if best := mask & self.able.get((skill.skill, level), 0):
                    mask = best
                    break
        return self.longest_idle(mask)

    def next_after(self, mask: int, agent_id: str) -> int:
        """The next one after `agent_id` in the order of ids, round and round."""
        begin = bisect_right(self.ids, agent_id)
        after = mask >> begin << begin
        return _lowest(after or mask)

    def _tiers(self, agent: Agent) -> list[list[Line]]:
        """The lines that the agent serves, by rank."""
        ranks = sorted({agent.ranks.get(queue, 1) for queue in agent.queues})
        return [
            [
                self.line(queue, channel, agent.synthetic)
                for queue in agent.queues
                if agent.ranks.get(queue, 1) == rank
                for channel in agent.channels
            ]
            for rank in ranks
        ]


def bits_of(mask: int) -> Iterator[int]:
    """The bits that are set, lowest first."""
    while mask:
        yield _lowest(mask)
        mask &= mask - 1


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
