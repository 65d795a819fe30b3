"""What an agent says, in a frame or a body, made into commands: pure but for `find`."""

from collections.abc import Callable
from typing import NamedTuple, assert_never

from gateway.answers import bad_field
from gateway.commands import Origin
from gateway.directory import Place
from gateway.realtime.frames import Accept, AgentMessage, Complete, Reject, SayPresence, Transfer
from schemas.api_routing import (
    AgentAccept,
    AgentComplete,
    AgentHeartbeat,
    AgentPresence,
    AgentReject,
    AgentTransfer,
)
from schemas.attachments import Attachment
from schemas.conversation import PostMessage
from schemas.routing import (
    AcceptOffer,
    ByAgent,
    CompleteContact,
    RejectOffer,
    RenewLease,
    SetPresence,
    TransferContact,
)
from schemas.states import Presence, Role

Said = Accept | Reject | Complete | SayPresence | Transfer
Spoken = AgentAccept | AgentReject | AgentComplete | AgentPresence | AgentHeartbeat | AgentTransfer
Find = Callable[[str], Place]


class By(NamedTuple):
    """Whose command it is; and who waits for the verdict, where somebody does."""

    pool: str
    agent_id: str
    request_id: str
    reply_to: str = ""
    valid_until_ms: int = 0


class Tenure(NamedTuple):
    """Over what presence is said, and how long it lasts."""

    socket: str
    lease_s: float


def to_message(
    said: AgentMessage, agent_id: str, origin: Origin, images: tuple[Attachment, ...] = ()
) -> PostMessage:
    """The agent writes, or shows images."""
    return PostMessage(
        session_id=said.session_id,
        message_id=said.message_id or origin.request_id,
        text=said.message,
        attachments=images,
        role=Role.AGENT,
        sender_id=agent_id,
        **origin._asdict(),
    )


def to_command(said: Said | Spoken, by: By, tenure: Tenure, find: Find) -> ByAgent:
    """The record of what the agent said; `find` gives a queue's place. Raises Refused as it does."""
    marks = by._asdict()
    match said:
        case Accept() | AgentAccept():
            return AcceptOffer(contact_id=said.contact_id, offer_epoch=said.offer_epoch, **marks)
        case Reject() | AgentReject():
            return RejectOffer(contact_id=said.contact_id, offer_epoch=said.offer_epoch, **marks)
        case Complete() | AgentComplete():
            return CompleteContact(
                contact_id=said.contact_id, disposition=said.disposition, note=said.note, **marks
            )
        case AgentPresence(presence=Presence.OFFLINE, reason=reason):
            # Of no socket: it holds whatever the agent's newest one is.
            return SetPresence(presence=Presence.OFFLINE, reason=reason or "agent", lease_s=0.0, **marks)
        case SayPresence() | AgentPresence():
            return SetPresence(presence=said.presence, reason=said.reason, **tenure._asdict(), **marks)
        case AgentHeartbeat():
            return RenewLease(**tenure._asdict(), **marks)
        case Transfer() | AgentTransfer():
            return _transfer(said, by, find)
        case _:
            assert_never(said)


def _transfer(said: Transfer | AgentTransfer, by: By, find: Find) -> TransferContact:
    """To another pool only where the queue is another's."""
    if not said.queue and not said.to_agent:
        raise bad_field("Name a queue or an agent", "queue")
    place = find(said.queue) if said.queue else None
    elsewhere = place is not None and place.pool != by.pool
    if elsewhere and said.to_agent:
        raise bad_field(f"It is an agent of the own pool, {said.queue!r} a queue of another", "to_agent")
    return TransferContact(
        contact_id=said.contact_id,
        queue=said.queue,
        to_agent=said.to_agent,
        to_pool=place.pool if place and elsewhere else "",
        to_partition=place.partition if place and elsewhere else 0,
        wait_s=said.wait_s,
        note=said.note,
        **by._asdict(),
    )
