"""What must hold of every pool at every record."""

from collections import defaultdict

from schemas.assignments import ToAgent
from schemas.audit import Decided, RoutingEvent
from schemas.states import Channel
from streams.insight.findings import Report
from streams.insight.idle import idle_pairs
from streams.routing.pool import Pool
from streams.routing.supply import EXCLUSIVE

_HOLDS = (Decided.OFFERED, Decided.ASSIGNED)
_FREES = (Decided.COMPLETED, Decided.REQUEUED, Decided.RELEASED, Decided.CANCELED)
_ENDS = (Decided.COMPLETED, Decided.CANCELED)


class Holdings:
    """By the events alone: no contact is with two agents, no agent above capacity, and a call alone with
    its agent. Of copies of an event only the first is to be heard.

    `complete` says that nothing came before the first event: then nobody is offered who never came.
    """

    def __init__(self, report: Report, *, complete: bool = False) -> None:
        self._report, self._complete = report, complete
        self._here: set[str] = set()
        self._holders: dict[str, str] = {}
        self._held: dict[str, dict[str, Channel]] = defaultdict(dict)

    def hear(self, event: RoutingEvent, where: object) -> None:
        """The next event; `where` it stands is said with what is wrong."""
        self._report.counts["routing events"] += 1
        contact, agent = event.contact_id, event.agent_id
        if event.event is Decided.ENQUEUED:
            self._here.add(contact)
        elif event.event in _HOLDS and contact:
            self._hold(event, where)
        elif event.event in _FREES and contact in self._holders:
            self._held[self._holders.pop(contact)].pop(contact, None)
        if event.event in _ENDS:
            self._here.discard(contact)
        if agent and event.capacity and event.event in _HOLDS:
            held = max(event.held, len(self._held[agent]))
            if held > event.capacity:
                self._report.blame("over capacity", f"{agent}: {held} of {event.capacity} at {where}")

    def _hold(self, event: RoutingEvent, where: object) -> None:
        contact, agent = event.contact_id, event.agent_id
        holder = self._holders.get(contact, agent)
        if holder != agent:
            self._report.blame("contact with two agents", f"{contact}: {holder} and {agent} at {where}")
            self._held[holder].pop(contact, None)
        if self._complete and contact not in self._here:
            self._report.blame("offered but never enqueued", f"{contact}: to {agent} at {where}")
        self._holders[contact] = agent
        self._held[agent][contact] = event.channel
        if len(self._held[agent]) > 1 and EXCLUSIVE.intersection(self._held[agent].values()):
            self._report.blame("a call beside others", f"{agent}: {sorted(self._held[agent])} at {where}")


class Feeds:
    """What each agent is told is numbered without gap: from 1 on, or from whatever is heard first."""

    def __init__(self, report: Report, *, complete: bool = False) -> None:
        self._report, self._complete = report, complete
        self._last: dict[tuple[str, str], int] = {}

    def hear(self, pool: str, entry: ToAgent, where: object) -> None:
        """The next entry that the pool sends to an agent."""
        last = self._last.get((pool, entry.agent_id), 0 if self._complete else entry.seq - 1)
        if entry.seq != last + 1:
            self._report.blame("gap in a feed", f"{entry.agent_id}: {entry.seq} after {last} at {where}")
        self._last[pool, entry.agent_id] = entry.seq


class Ages:
    """A contact keeps the time of its arrival for as long as it is in the pool."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._arrived: dict[tuple[str, str], int] = {}

    def look(self, pool: Pool, contact_id: str, where: object) -> None:
        """The contact as it is after a decision."""
        contact = pool.contacts.get(contact_id)
        if contact is None:
            self._arrived.pop((pool.name, contact_id), None)
            return
        arrived = self._arrived.setdefault((pool.name, contact_id), contact.enqueued_ms)
        if contact.enqueued_ms != arrived:
            what = f"{contact_id}: arrived {arrived}, then {contact.enqueued_ms} at {where}"
            self._report.blame("age not kept", what)
            self._arrived[pool.name, contact_id] = contact.enqueued_ms


def check_idle(report: Report, pool: Pool, now_ms: int, where: object) -> None:
    """After a tick nobody waits while an agent is free who may serve; found by looking at everybody, not by
    the indexes that the decisions are made with."""
    for contact_id, agent_id in idle_pairs(pool, now_ms):
        report.blame("waiting for a free agent", f"{contact_id}: {agent_id} at {where}")
