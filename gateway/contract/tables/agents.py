"""What agents ask."""

from gateway.contract.parameters import OF_SESSIONS
from gateway.contract.route import Route, Who, get, post
from gateway.desk import Desk
from gateway.problems import Kind
from schemas import api, api_routing

_OF_CONTACTS = (Kind.NOT_HELD, Kind.UNKNOWN_AGENT, Kind.TOO_LATE)

_TAKEN = api_routing.CommandTaken

_AGENTS = (
    post(
        "/agent/presence",
        "The agent says whether it can be offered work; leased",
        Who.AGENT,
        api_routing.AgentPresence,
        _TAKEN,
        Kind.UNKNOWN_AGENT,
        Kind.TOO_LATE,
    ),
    post(
        "/agent/heartbeat",
        "The agent's presence, said by a call, goes on",
        Who.AGENT,
        api_routing.AgentHeartbeat,
        _TAKEN,
        Kind.NOT_PRESENT,
        Kind.TOO_LATE,
    ),
    post(
        "/agent/accept",
        "The agent takes the offered contact",
        Who.AGENT,
        api_routing.AgentAccept,
        _TAKEN,
        Kind.STALE_OFFER,
        *_OF_CONTACTS,
    ),
    post(
        "/agent/reject",
        "The agent does not take it",
        Who.AGENT,
        api_routing.AgentReject,
        _TAKEN,
        Kind.STALE_OFFER,
        *_OF_CONTACTS,
    ),
    post(
        "/agent/complete",
        "The agent is done with the contact",
        Who.AGENT,
        api_routing.AgentComplete,
        _TAKEN,
        *_OF_CONTACTS,
    ),
    post(
        "/agent/transfer",
        "The agent hands the contact over",
        Who.AGENT,
        api_routing.AgentTransfer,
        _TAKEN,
        *_OF_CONTACTS,
        Kind.CONFLICT,
    ),
)

_NOTES = (
    post(
        "/agent/note",
        "The agent writes what the customer does not see",
        Who.AGENT,
        api_routing.AgentNote,
        api.MessageAccepted,
        *OF_SESSIONS,
        *_OF_CONTACTS,
    ),
)

_DESKS = (
    get(
        "/agent/desk",
        "What an agent's screen needs of the configuration: queues, colleagues, canned answers",
        Who.AGENT,
        Desk,
        Kind.UNKNOWN_AGENT,
        Kind.UNAVAILABLE,
    ),
)

ROUTES: tuple[Route, ...] = (*_AGENTS, *_NOTES, *_DESKS)
