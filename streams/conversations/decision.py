"""One decision in the making: the conversation, the moment, and what is said to whom."""

from dataclasses import dataclass, field

import msgspec

from schemas.attachments import Attachment
from schemas.conversation import (
    Asked,
    ConsultationChanged,
    MessageAdded,
)
from schemas.conversation import Leg as LegSeen
from schemas.states import Role, Verdict
from schemas.topics import CONVERSATION_EVENTS, ROUTING_COMMANDS
from streams.conversations.answering import answered
from streams.conversations.state import MOST_MESSAGE_IDS, Asker, Conversation, Leg
from streams.harness.decider import Moment, Output


@dataclass(slots=True)
class Decision:
    """Collects outputs in the order they are said."""

    conversation: Conversation
    moment: Moment
    outputs: list[Output] = field(default_factory=list)

    @property
    def at_ms(self) -> int:
        """Now, on the partition's clock."""
        return self.moment.at_ms

    def after(self, seconds: float) -> int:
        """That long after now, on the partition's clock."""
        return self.moment.after(seconds)

    def say(self, event: msgspec.Struct) -> None:
        """An event of the conversation."""
        session = self.conversation
        self.outputs.append(Output(CONVERSATION_EVENTS, session.partition, session.session_id, event))

    def tell_pool(self, pool: str, partition: int, command: msgspec.Struct) -> None:
        """A command to a pool. Raises ValueError for a partition that the topic has not."""
        if partition not in range(ROUTING_COMMANDS.partitions):
            raise ValueError(f"pool {pool!r} on partition {partition}")
        self.outputs.append(Output(ROUTING_COMMANDS, partition, pool, command))

    def answer(self, asked: Asked | Asker, verdict: Verdict, **more: object) -> None:
        """The verdict for whoever waits; nobody does without `reply_to`."""
        if asked.reply_to:
            self.outputs.append(answered(self.conversation.session_id, asked, verdict, **more))

    def write(
        self,
        role: Role,
        message_id: str,
        sender_id: str,
        text: str,
        kind: str = "text",
        attachments: tuple[Attachment, ...] = (),
    ) -> int:
        """The next entry of the transcript; returns its seq."""
        session = self.conversation
        session.seq += 1
        if kind == "text":
            self.remember(message_id)
        self.say(
            MessageAdded(
                session_id=session.session_id,
                seq=session.seq,
                message_id=message_id,
                role=role,
                sender_id=sender_id,
                kind=kind,
                text=text,
                at_ms=self.moment.appended_ms,
                attachments=attachments,
            )
        )
        return session.seq

    def remember(self, message_id: str) -> None:
        """A repeat of this message is answered as it was."""
        session = self.conversation
        session.message_ids[message_id] = session.seq
        if len(session.message_ids) > MOST_MESSAGE_IDS:
            del session.message_ids[next(iter(session.message_ids))]

    def note_event(self, kind: str, sender_id: str = "", text: str = "") -> None:
        """An event in the transcript, such as an agent's joining."""
        self.write(Role.SYSTEM, f"{kind}.{self.conversation.seq + 1}", sender_id, text, kind)

    def changed(self) -> None:
        """The next version of the consultation."""
        session = self.conversation
        session.version += 1
        leg = session.leg
        assert session.state is not None
        self.say(
            ConsultationChanged(
                session_id=session.session_id,
                version=session.version,
                customer_id=session.customer_id,
                channel=session.channel,
                state=session.state,
                status=session.status,
                started_at_ms=session.started_at_ms,
                changed_at_ms=self.moment.appended_ms,
                ended_at_ms=session.ended_at_ms,
                customer_name=session.customer_name,
                phone=session.phone,
                agent_id=session.agent_id,
                pool=leg.pool if leg else "",
                queue=leg.queue if leg else "",
                reason=session.reason,
                disposition=leg.disposition if leg else "",
                note=session.note,
                messages=session.seq,
                synthetic=session.synthetic,
                legs=tuple(_seen(leg) for leg in session.legs),
                attributes=session.attributes,
            )
        )


def _seen(leg: Leg) -> LegSeen:
    return LegSeen(
        contact_id=leg.contact_id,
        pool=leg.pool,
        queue=leg.queue,
        requested_at_ms=leg.requested_at_ms,
        assigned_at_ms=leg.assigned_at_ms,
        responded_at_ms=leg.responded_at_ms,
        ended_at_ms=leg.ended_at_ms,
        agent_id=leg.agent_id,
        outcome=leg.outcome,
        reason=leg.reason,
        disposition=leg.disposition,
        linked_to=leg.linked_to,
    )
