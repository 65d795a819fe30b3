"""The contacts that wait, so that whoever becomes free finds its best one at once.

Contacts that the same agents may serve are a group, and only a group's head stands in a list where agents
look. A group that many agents serve stands in its line; one that few serve, at each of these few: so no
agent walks past thousands of contacts that are not for it. All of it derives from the state.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from math import isqrt

from streams.routing.state import Contact
from streams.routing.supply import CHANNELS, Line, Supply, bits_of

_FEW = 8


class Group:
    """Waiting contacts of one line with the same needs, as orders; `few` are its agents where it stands at
    these instead of in the line."""

    __slots__ = ("few", "key", "line", "mask", "orders")

    def __init__(self, key: object, line: Line, mask: int, few: list[int] | None) -> None:
        self.key, self.line, self.mask, self.few = key, line, mask, few
        self.orders: list[int] = []


class Waiting:
    """Who waits, by what is needed and in order."""

    def __init__(self, supply: Supply) -> None:
        self._supply = supply
        self._contacts: dict[int, Contact] = {}
        self._group_of: dict[int, Group] = {}
        self._groups: dict[object, Group] = {}
        self._at_agent: list[dict[int, list[int]]] = [defaultdict(list) for _ in supply.agents]
        self._preferring: dict[str, dict[int, Contact]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._contacts)

    def add(self, contact: Contact) -> None:
        """From here on it waits, by the needs that it has now."""
        order = contact.order
        group = self._group_for(contact)
        insort(group.orders, order)
        self._contacts[order], self._group_of[order] = contact, group
        if group.orders[0] == order:
            if len(group.orders) > 1:
                self._unpublish(group, group.orders[1])
            self._publish(group, order)
        insort(group.line.queued, order)
        if preferred := contact.preferred:
            self._preferring[preferred][order] = contact

    def remove(self, contact: Contact) -> None:
        """It waits no more. Call it before its needs change."""
        order = contact.order
        del self._contacts[order]
        group = self._group_of.pop(order)
        at = bisect_left(group.orders, order)
        del group.orders[at]
        if at == 0:
            self._unpublish(group, order)
            if group.orders:
                self._publish(group, group.orders[0])
            else:
                del self._groups[group.key]
        queued = group.line.queued
        del queued[bisect_left(queued, order)]
        if preferred := contact.preferred:
            del self._preferring[preferred][order]

    def mask(self, contact: Contact) -> int:
        """Who may serve a contact, whether it waits or not."""
        group = self._group_of.get(contact.order)
        return group.mask if group is not None else self._mask_of(contact)

    def depth(self, queue: str, *, synthetic: bool) -> int:
        """How many wait in the queue."""
        return len(self._queued(queue, synthetic))

    def line(self, queue: str, *, synthetic: bool) -> Iterator[Contact]:
        """Who waits in the queue, in order."""
        return map(self._contacts.__getitem__, self._queued(queue, synthetic))

    def position(self, contact: Contact) -> int:
        """Its place in its queue, from 1."""
        return 1 + bisect_left(self._queued(contact.queue, contact.synthetic), contact.order)

    def _queued(self, queue: str, synthetic: bool) -> list[int]:
        return self._supply.line(queue, CHANNELS[0], synthetic).queued

    def preferring(self, agent_id: str) -> list[Contact]:
        """Those that have the agent to themselves, in order."""
        return [contact for _, contact in sorted(self._preferring[agent_id].items())]

    def best_for(self, bit: int, agent_id: str, room: int, drains: bool, now_ms: int) -> Contact | None:
        """The first contact of the agent's lowest rank that has one which there is `room` for, or which the
        agent could drain for, and which the agent did not reject of late; None where nobody waits for it."""
        at_agent = self._at_agent[bit]
        for tier in self._supply.tiers[bit]:
            best: int | None = None
            for line in tier:
                has_room = room >> line.channel & 1
                if has_room or (drains and line.exclusive):
                    if heads := at_agent.get(line.number):
                        best = self._first(heads, bit, agent_id, now_ms, best, has_room)
                    if line.heads:
                        best = self._first(line.heads, bit, agent_id, now_ms, best, has_room)
            if best is not None:
                return self._contacts[best]
        return None

    def _first(
        self, heads: list[int], bit: int, agent_id: str, now_ms: int, best: int | None, has_room: int
    ) -> int | None:
        """The lowest order among the groups of these heads, if it is below `best`."""
        group_of = self._group_of
        for head in heads:
            if best is not None and head >= best:
                break
            group = group_of[head]
            if group.mask >> bit & 1:
                for order in group.orders:
                    if best is not None and order >= best:
                        break
                    contact = self._contacts[order]
                    paused = contact.paused
                    if (not paused or paused.get(agent_id, 0) <= now_ms) and (
                        has_room or contact.may_be_claimed(agent_id, now_ms)
                    ):
                        best = order
                        break
        return best

    def _group_for(self, contact: Contact) -> Group:
        supply = self._supply
        line = supply.line(contact.queue, contact.channel, contact.synthetic)
        key = (line.number, contact.preferred if contact.step < 0 else contact.needs)
        group = self._groups.get(key)
        if group is None:
            mask = self._mask_of(contact)
            many = max(_FEW, isqrt(line.mask.bit_count()))
            few = list(bits_of(mask)) if mask.bit_count() <= many else None
            group = self._groups[key] = Group(key, line, mask, few)
        return group

    def _mask_of(self, contact: Contact) -> int:
        line = self._supply.line(contact.queue, contact.channel, contact.synthetic)
        if not contact.preferred:
            return self._supply.mask(line, contact.needs)
        bit = self._supply.bits.get(contact.preferred)
        return 0 if bit is None else line.mask & 1 << bit

    def _publish(self, group: Group, head: int) -> None:
        if group.few is None:
            insort(group.line.heads, head)
            return
        for bit in group.few:
            insort(self._at_agent[bit][group.line.number], head)

    def _unpublish(self, group: Group, head: int) -> None:
        if group.few is None:
            del group.line.heads[bisect_left(group.line.heads, head)]
            return
        for bit in group.few:
            heads = self._at_agent[bit][group.line.number]
            del heads[bisect_left(heads, head)]
