"""The table of routes. Who adds a route to the app adds a row here; a test says where one is missing."""

from typing import Annotated

from msgspec import Meta

from gateway.admin import Changed
from gateway.config_log import ConfigPage
from gateway.contract.route import JSON, TEXT, Parameter, Route, Who, get, post
from gateway.health import Health
from gateway.history import MAX_LIMIT, Page
from gateway.problems import Kind
from schemas import api, api_routing
from schemas.answers import Explanation
from schemas.config import Configuration, PoolConfig
from schemas.summary import Summary

_OF_SESSIONS = (Kind.UNKNOWN_SESSION, Kind.CLOSED, Kind.TOO_LATE)
_OF_CONTACTS = (Kind.NOT_HELD, Kind.UNKNOWN_AGENT, Kind.TOO_LATE)
_OF_SUPERVISORS = (Kind.UNKNOWN_CONTACT, Kind.CONFLICT, Kind.TOO_LATE)
_TAKEN = api_routing.CommandTaken
_POOL = Parameter(name="pool", where="path", required=True)
_LIMIT = Parameter(name="limit", type=Annotated[int, Meta(ge=1, le=MAX_LIMIT)], says="20 where left out.")

_CUSTOMERS = (
    post(
        "/chat/start",
        "Begins a conversation",
        Who.CUSTOMER,
        api.ChatStart,
        api.ChatStarted,
    ),
    post(
        "/chat/message",
        "The customer writes",
        Who.CUSTOMER,
        api.ChatMessage,
        api.MessageAccepted,
        *_OF_SESSIONS,
    ),
    post(
        "/chat/end",
        "The customer ends the conversation",
        Who.CUSTOMER,
        api.ChatEnd,
        api.MessageAccepted,
        *_OF_SESSIONS,
    ),
    post(
        "/agent/connect",
        "The customer asks for a person, and waits a while for one to accept",
        Who.CUSTOMER,
        api.AgentConnect,
        api.Connected,
        *_OF_SESSIONS,
        Kind.ALREADY_CONNECTING,
        Kind.ALREADY_ASSIGNED,
    ),
)

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

_SUPERVISORS = (
    post(
        "/supervisor/move",
        "A contact waits in another queue of its pool",
        Who.SUPERVISOR,
        api_routing.SupervisorMove,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/supervisor/assign",
        "A contact is offered to this agent",
        Who.SUPERVISOR,
        api_routing.SupervisorAssign,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/supervisor/prioritize",
        "A contact gets another priority",
        Who.SUPERVISOR,
        api_routing.SupervisorPrioritize,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/supervisor/presence",
        "An agent's presence, said for it",
        Who.SUPERVISOR,
        api_routing.SupervisorPresence,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/supervisor/listen",
        "The supervisor may listen to a contact, or no more",
        Who.SUPERVISOR,
        api_routing.SupervisorListen,
        _TAKEN,
        *_OF_SUPERVISORS,
    ),
    post(
        "/routing/explain",
        "Why a contact is where it is, or would be; changes nothing",
        Who.SUPERVISOR,
        api_routing.RoutingExplain,
        Explanation,
        *_OF_SUPERVISORS,
    ),
)

_ADMINS = (
    get(
        "/admin/config",
        "Every pool as it is configured",
        Who.ADMIN,
        Configuration,
        Kind.FORBIDDEN,
        Kind.UNAVAILABLE,
    ),
    get(
        "/admin/config/audit",
        "Who changed what, newest first",
        Who.ADMIN,
        ConfigPage,
        Kind.UNREADABLE,
        Kind.FORBIDDEN,
        Kind.INVALID,
        Kind.UNAVAILABLE,
        parameters=(
            Parameter(name="pool", says="Of this pool alone."),
            Parameter(name="before", type=Annotated[int, Meta(ge=0, lt=10**15)], says="`next_before`."),
            _LIMIT,
            Parameter(name="include", says="`config`: with the configuration as of each."),
        ),
    ),
    get(
        "/admin/config/{pool}",
        "One pool as it is configured, its version as ETag",
        Who.ADMIN,
        PoolConfig,
        Kind.FORBIDDEN,
        Kind.NOT_FOUND,
        Kind.UNAVAILABLE,
        parameters=(_POOL,),
    ),
    Route(
        method="PUT",
        path="/admin/config/{pool}",
        summary="A pool becomes what the body says, or is begun",
        who=Who.ADMIN,
        body=PoolConfig,
        answer=Changed,
        parameters=(
            _POOL,
            Parameter(name="if-match", where="header", says="The version that it was made from."),
            Parameter(name="x-author", where="header", says="Whom the audit names."),
        ),
        problems=(
            Kind.UNREADABLE,
            Kind.FORBIDDEN,
            Kind.OUTDATED,
            Kind.TOO_LARGE,
            Kind.INVALID,
            Kind.UNAVAILABLE,
            Kind.UNKNOWN_OUTCOME,
        ),
    ),
)

_OPERATIONS = (
    get(
        "/consultation/history",
        "Consultations of a customer, newest first, or one with its transcript",
        Who.CUSTOMER,
        Page,
        Kind.UNREADABLE,
        Kind.UNKNOWN_SESSION,
        Kind.INVALID,
        Kind.UNAVAILABLE,
        parameters=(
            Parameter(name="customer_id", says="Whose; or a session_id."),
            Parameter(name="session_id"),
            _LIMIT,
            Parameter(name="cursor", says="The `next_cursor` of the page before."),
            Parameter(name="include", says="`messages`: with the transcript, of one session."),
        ),
    ),
    get(
        "/monitoring/metrics",
        "How the contact center is doing: queues, agents, service level, lag, rates",
        Who.ANYONE,
        Summary,
        Kind.UNAVAILABLE,
    ),
    get("/metrics", "This process's metrics for Prometheus", Who.ANYONE, TEXT),
    get("/health/live", "The process answers", Who.ANYONE, Health),
    Route(
        method="GET",
        path="/health/ready",
        summary="What requests need is there",
        who=Who.ANYONE,
        answer=Health,
        others={503: Health},
    ),
    get("/openapi.json", "This description", Who.ANYONE, JSON),
    get("/asyncapi.json", "The description of topics and sockets", Who.ANYONE, JSON),
)

ROUTES: tuple[Route, ...] = (*_CUSTOMERS, *_AGENTS, *_SUPERVISORS, *_ADMINS, *_OPERATIONS)
