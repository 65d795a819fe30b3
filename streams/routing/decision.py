"""One decision in the making: the pool, the moment, and what is said to whom."""

from msgspec.structs import replace

from schemas.answers import Explanation, RoutingAnswered
from schemas.assignments import AgentState, HeldContact, ToAgent
from schemas.audit import Decided, RoutingEvent
from schemas.conversation import ContactNews
from schemas.ids import known_partition, partition_of
from schemas.keys import home_of_key, is_key
from schemas.pool_view import PoolView
from schemas.routing import Requested
from schemas.states import OfferState, Presence, Verdict
from schemas.topics import AGENT_ASSIGNMENTS, CONVERSATION_COMMANDS, ROUTING_ANSWERS, ROUTING_EVENTS
from streams.harness.decider import Moment, Output
from streams.routing.pool import Pool
from streams.routing.state import AgentStatus, Contact
from streams.routing.waits import Estimate

_LEAVES = (Decided.ASSIGNED, Decided.CANCELED)
"""The contact has waited for an agent."""
_JUDGES = (Decided.OFFERED, Decided.ASSIGNED)
"""The wait that was estimated is over."""


class Decision:
    """Collects outputs in the order they are said. `at_ms` is now, on the partition's clock.

    While `matches` is false nobody is matched: it is done for all together later in the same decision.
    """

    __slots__ = ("answered", "at_ms", "matches", "moment", "outputs", "pool")

    def __init__(self, pool: Pool, moment: Moment) -> None:
        self.pool, self.moment, self.at_ms = pool, moment, moment.at_ms
        self.outputs: list[Output] = []
        self.answered = False
        self.matches = True

    def after(self, seconds: float) -> int:
        """That long after now, on the partition's clock."""
        return self.moment.after(seconds)

    def tell_conversation(self, kind: type[ContactNews], contact: Contact, **more: object) -> None:
        """News of a contact to the conversation it belongs to."""
        news = kind(
            session_id=contact.session_id,
            contact_id=contact.contact_id,
            pool=self.pool.name,
            pool_partition=self.pool.partition,
            **more,
        )
        self.pass_on(news)

    def pass_on(self, news: ContactNews) -> None:
        """News to its conversation."""
        session = news.session_id
        self.outputs.append(Output(CONVERSATION_COMMANDS, known_partition(session), session, news))

    def answer(
        self,
        asked: Requested,
        verdict: Verdict,
        reason: str = "",
        explanation: Explanation | None = None,
        view: PoolView | None = None,
    ) -> None:
        """The verdict for whoever waits; nobody does without `reply_to`. Only the first one counts."""
        if self.answered or not asked.reply_to:
            return
        self.answered = True
        verdict_on = RoutingAnswered(
            pool=self.pool.name,
            request_id=asked.request_id,
            reply_to=asked.reply_to,
            verdict=verdict,
            reason=reason,
            explanation=explanation,
            view=view,
        )
        if is_key(asked.reply_to):
            home = home_of_key(asked.reply_to)
            self.outputs.append(Output(CONVERSATION_COMMANDS, home, asked.reply_to, verdict_on))
        else:
            self.outputs.append(Output(ROUTING_ANSWERS, self.pool.partition, asked.reply_to, verdict_on))

    def tell_agent(self, kind: type[ToAgent], agent: AgentStatus, **more: object) -> None:
        """The next entry of the agent's feed."""
        self.feed(kind(agent_id=agent.agent_id, seq=self.next_seq(agent), **more))

    def next_seq(self, agent: AgentStatus) -> int:
        """The number of the next entry of the agent's feed, which must follow."""
        agent.feed_seq += 1
        return agent.feed_seq

    def feed(self, entry: ToAgent) -> None:
        """An entry to its agent's feed."""
        self.outputs.append(Output(AGENT_ASSIGNMENTS, self.pool.partition, entry.agent_id, entry))

    def tell_agent_all(self, agent: AgentStatus) -> None:
        """Everything that the agent holds: where a socket starts from."""
        held = tuple(
            HeldContact(
                contact_id=contact.contact_id,
                session_id=contact.session_id,
                customer_id=contact.customer_id,
                queue=contact.queue,
                state=contact.state,
                offer_epoch=contact.offer_epoch,
                transfer=contact.transfer,
                channel=contact.channel,
                attributes=contact.attributes,
            )
            for contact in self.pool.held_by(agent.agent_id)
        )
        self.tell_agent(AgentState, agent, presence=agent.presence, reason=agent.reason, contacts=held)

    def record(
        self,
        event: Decided,
        contact: Contact | None = None,
        agent_id: str = "",
        reason: str = "",
        *,
        by: str = "",
        offer: OfferState | None = None,
        presence: Presence | None = None,
    ) -> None:
        """The audit: what was decided and why, with the agent's load after it."""
        pool = self.pool
        if pool.config is not None:
            pool.said += 1
        configured = pool.people.get(agent_id) if agent_id else None
        if contact is None:
            audit = RoutingEvent(
                pool=pool.name,
                event=event,
                reason=reason,
                at_ms=self.moment.appended_ms,
                agent_id=agent_id,
                held=pool.load(agent_id),
                capacity=configured.capacity if configured else 0,
                synthetic=configured is not None and configured.synthetic,
                by=by,
                presence=presence,
                seq=pool.said,
            )
        else:
            # Not more than 15 arguments: CPython 3.11 takes four times as long for 16.
            audit = RoutingEvent(
                pool=pool.name,
                event=event,
                reason=reason,
                contact_id=contact.contact_id,
                queue=contact.queue,
                channel=contact.channel,
                agent_id=agent_id,
                offer_epoch=contact.offer_epoch,
                at_ms=self.moment.appended_ms,
                held=pool.load(agent_id) if agent_id else 0,
                capacity=configured.capacity if configured else 0,
                synthetic=contact.synthetic,
                offer=offer,
                waited_s=(self.at_ms - contact.enqueued_ms) / 1000 if event in _LEAVES else 0.0,
                seq=pool.said,
            )
            if by or contact.transfer:
                linked_to = contact.transfer.contact_id if contact.transfer else ""
                audit = replace(audit, by=by, linked_to=linked_to)
            if contact.said and event in _JUDGES:
                audit = self._judged(audit, contact, contact.said)
        self.outputs.append(Output(ROUTING_EVENTS, pool.partition, pool.name, audit))

    def _judged(self, audit: RoutingEvent, contact: Contact, said: Estimate) -> RoutingEvent:
        """With what was said of the wait, which ends with the first offer, and how long it was."""
        assert contact.joined_ms is not None
        return replace(
            audit,
            waited_s=(self.at_ms - contact.joined_ms) / 1000,
            estimate_s=said.p50_s,
            estimate_high_s=said.p90_s,
        )


def home_of(session: str) -> int:
    """The session's partition. Raises ValueError for what is no session id, or of a partition that the
    topic has not."""
    partition = partition_of(session)
    if partition >= CONVERSATION_COMMANDS.partitions:
        raise ValueError(f"session {session} on partition {partition}")
    return partition
