"""An agent's frames made into commands: pure."""

from typing import assert_never

from gateway.commands import Origin
from gateway.frames import Accept, AgentMessage, Complete, Reject, SayPresence
from gateway.tokens import Claims
from schemas.conversation import PostMessage
from schemas.routing import AcceptOffer, CompleteContact, RejectOffer, SetPresence
from schemas.states import Role

AgentCommand = AcceptOffer | RejectOffer | CompleteContact | SetPresence | PostMessage
Said = Accept | Reject | Complete | AgentMessage | SayPresence


def to_command(said: Said, claims: Claims, origin: Origin, socket: str, lease_s: float) -> AgentCommand:
    """The record of what the agent said; without a request_id it gets the frame's ref, or `origin`'s."""
    pool, agent = claims.pool, claims.sub
    match said:
        case AgentMessage():
            return PostMessage(
                session_id=said.session_id,
                message_id=said.message_id or origin.request_id,
                text=said.message,
                role=Role.AGENT,
                sender_id=agent,
                **origin._asdict(),
            )
        case _:
            request_id = said.request_id or said.ref or origin.request_id
    match said:
        case Accept(contact_id=contact, offer_epoch=epoch):
            return AcceptOffer(
                pool=pool, agent_id=agent, request_id=request_id, contact_id=contact, offer_epoch=epoch
            )
        case Reject(contact_id=contact, offer_epoch=epoch):
            return RejectOffer(
                pool=pool, agent_id=agent, request_id=request_id, contact_id=contact, offer_epoch=epoch
            )
        case Complete(contact_id=contact, disposition=disposition, note=note):
            return CompleteContact(
                pool=pool,
                agent_id=agent,
                request_id=request_id,
                contact_id=contact,
                disposition=disposition,
                note=note,
            )
        case SayPresence(presence=presence, reason=reason):
            return SetPresence(
                pool=pool,
                agent_id=agent,
                request_id=request_id,
                presence=presence,
                reason=reason,
                socket=socket,
                lease_s=lease_s,
            )
        case _:
            assert_never(said)
