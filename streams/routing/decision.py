"""One decision in the making: the pool, the moment, and what is said to whom."""

from dataclasses import dataclass, field

from schemas.answers import Explanation, RoutingAnswered
from schemas.assignments import AgentState, HeldContact, ToAgent
from schemas.audit import Decided, RoutingEvent
from schemas.conversation import ContactNews
from schemas.ids import partition_of
from schemas.routing import Requested
from schemas.states import Channel, OfferState, Presence, Verdict
from schemas.topics import AGENT_ASSIGNMENTS, CONVERSATION_COMMANDS, ROUTING_ANSWERS, ROUTING_EVENTS
from streams.harness.decider import Moment, Output
from streams.routing.pool import Pool
from streams.routing.state import AgentStatus, Contact

_LEAVES = (Decided.ASSIGNED, Decided.CANCELED)
"""The contact has waited for an agent."""


@dataclass(slots=True)
class Decision:
    """Collects outputs in the order they are said."""

    pool: Pool
    moment: Moment
    outputs: list[Output] = field(default_factory=list)
    answered: bool = False

    @property
    def at_ms(self) -> int:
        """Now, on the partition's clock."""
        return self.moment.at_ms

    def after(self, seconds: float) -> int:
        """That long after now, on the partition's clock."""
        return self.moment.after(seconds)

    def tell_conversation(self, kind: type[ContactNews], contact: Contact, **more: object) -> None:
        """News of a contact to the conversation it belongs to. Raises ValueError for a session id that is
        none, or one of a partition that the topic has not."""
        partition = partition_of(contact.session_id)
        if partition >= CONVERSATION_COMMANDS.partitions:
            raise ValueError(f"session {contact.session_id} on partition {partition}")
        news = kind(
            session_id=contact.session_id,
            contact_id=contact.contact_id,
            pool=self.pool.name,
            pool_partition=self.pool.partition,
            **more,
        )
        self.outputs.append(Output(CONVERSATION_COMMANDS, partition, contact.session_id, news))

    def answer(
        self,
        asked: Requested,
        verdict: Verdict,
        reason: str = "",
        explanation: Explanation | None = None,
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
        )
        self.outputs.append(Output(ROUTING_ANSWERS, self.pool.partition, asked.reply_to, verdict_on))

    def tell_agent(self, kind: type[ToAgent], agent: AgentStatus, **more: object) -> None:
        """The next entry of the agent's feed."""
        agent.feed_seq += 1
        entry = kind(agent_id=agent.agent_id, seq=agent.feed_seq, **more)
        self.outputs.append(Output(AGENT_ASSIGNMENTS, self.pool.partition, agent.agent_id, entry))

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
        configured = self.pool.configured(agent_id)
        audit = RoutingEvent(
            pool=self.pool.name,
            event=event,
            reason=reason,
            contact_id=contact.contact_id if contact else "",
            queue=contact.queue if contact else "",
            channel=contact.channel if contact else Channel.CHAT,
            offer_epoch=contact.offer_epoch if contact else 0,
            synthetic=contact.synthetic if contact else bool(configured and configured.synthetic),
            agent_id=agent_id,
            at_ms=self.moment.appended_ms,
            held=self.pool.load(agent_id),
            capacity=configured.capacity if configured else 0,
            by=by,
            offer=offer,
            presence=presence,
            linked_to=contact.transfer.contact_id if contact and contact.transfer else "",
            waited_s=(self.at_ms - contact.enqueued_ms) / 1000 if contact and event in _LEAVES else 0.0,
        )
        self.outputs.append(Output(ROUTING_EVENTS, self.pool.partition, self.pool.name, audit))
