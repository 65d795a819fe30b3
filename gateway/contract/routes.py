"""The table of routes. Who adds a route to the app adds a row here; a test says where one is missing."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gateway.admin import Changed
from gateway.config_log import ConfigPage
from gateway.contract.route import JSON, KEY, TEXT, Parameter, Route, Who, get, post
from gateway.health import Health
from gateway.history import MAX_LIMIT, Consultation, Matches, Page
from gateway.privacy.pages import Erasure
from gateway.problems import Kind
from gateway.reports.store import Intervals
from gateway.security import signing_in
from gateway.security.audit_trail import AuditPage
from gateway.webhooks import calls as webhooks
from gateway.webhooks.store import DeliveryPage
from schemas import api, api_routing
from schemas.answers import Explanation
from schemas.api_ivr import IvrProcess, IvrStep
from schemas.config import Configuration, PoolConfig
from schemas.states import Channel, ConsultationStatus
from schemas.summary import Summary
from schemas.webhooks import EndpointWanted

_OF_SESSIONS = (Kind.UNKNOWN_SESSION, Kind.CLOSED, Kind.TOO_LATE)
_OF_CONTACTS = (Kind.NOT_HELD, Kind.UNKNOWN_AGENT, Kind.TOO_LATE)
_OF_SUPERVISORS = (Kind.UNKNOWN_CONTACT, Kind.CONFLICT, Kind.TOO_LATE)
_TAKEN = api_routing.CommandTaken
_POOL = Parameter(name="pool", where="path", required=True)
_LIMIT = Parameter(name="limit", type=Annotated[int, Meta(ge=1, le=MAX_LIMIT)], says="20 where left out.")

_SESSION = Parameter(name="session_id", where="path", required=True)
_ID = Parameter(name="id", where="path", required=True)
_READS = (Kind.UNREADABLE, Kind.UNKNOWN_SESSION, Kind.INVALID)

_READERS = (
    get(
        "/chat/{session_id}",
        "Where the conversation stands",
        Who.READER,
        api.ChatStatus,
        *_READS,
        parameters=(_SESSION,),
    ),
    get(
        "/chat/{session_id}/messages",
        "The transcript after an entry, waited for where there is nothing yet",
        Who.READER,
        api.ChatMessages,
        *_READS,
        parameters=(
            _SESSION,
            Parameter(name="after", type=Annotated[int, Meta(ge=0, lt=10**15)], says="The last `seq` known."),
            Parameter(name="wait_s", type=Annotated[int, Meta(ge=0, le=30)], says="How long to wait."),
            _LIMIT,
        ),
    ),
    Route(
        method="GET",
        path="/chat/{session_id}/transcript",
        summary="The whole transcript as a file",
        who=Who.READER,
        answer=api.ChatTranscript,
        or_as=TEXT,
        parameters=(_SESSION, Parameter(name="format", says="`text`, or `json`.")),
        problems=_READS,
    ),
)

_CUSTOMERS = (
    post("/chat/start", "Begins a conversation", Who.CUSTOMER, api.ChatStart, api.ChatStarted),
    post(
        "/chat/message",
        "The customer writes",
        Who.CUSTOMER,
        api.ChatMessage,
        api.MessageAccepted,
        *_OF_SESSIONS,
        Kind.IN_IVR,
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
        "/chat/rating",
        "The customer rates a conversation that is over",
        Who.CUSTOMER,
        api.ChatRating,
        api.Rated,
        *_OF_SESSIONS,
        Kind.OPEN,
        Kind.RATED,
    ),
    post(
        "/ivr/process",
        "A call begins or goes on: what the caller pressed or said",
        Who.CUSTOMER,
        IvrProcess,
        IvrStep,
        *_OF_SESSIONS,
        Kind.NOT_A_CALL,
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

_NOTES = (
    post(
        "/agent/note",
        "The agent writes what the customer does not see",
        Who.AGENT,
        api_routing.AgentNote,
        api.MessageAccepted,
        *_OF_SESSIONS,
        *_OF_CONTACTS,
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

_AUDIT = (
    get(
        "/admin/audit",
        "Who listened in, searched, exported, erased, changed webhooks; newest first",
        Who.ADMIN,
        AuditPage,
        Kind.UNREADABLE,
        Kind.INVALID,
        parameters=(
            Parameter(name="actor"),
            Parameter(name="action"),
            Parameter(name="before", type=Annotated[int, Meta(ge=0, lt=10**15)], says="`next_before`."),
            _LIMIT,
        ),
    ),
)


_CUSTOMER = Parameter(name="customer_id", where="path", required=True)
_PRIVACY = (
    get(
        "/admin/customers/{customer_id}/export",
        "All that is kept of a customer, a line of JSON each: the customer, consultations, deliveries, audit",
        Who.ADMIN,
        "application/x-ndjson",
        Kind.UNREADABLE,
        Kind.INVALID,
        parameters=(
            _CUSTOMER,
            Parameter(name="redact", says="`true`: without names, numbers and what people wrote."),
        ),
    ),
    Route(
        method="POST",
        path="/admin/customers/{customer_id}/erase",
        summary="Erases a customer; 202 while the database does not say that it is done",
        who=Who.ADMIN,
        answer=Erasure,
        others={202: Erasure},
        parameters=(_CUSTOMER,),
        problems=(Kind.INVALID, Kind.UNKNOWN_OUTCOME),
    ),
    get(
        "/admin/erasures/{id}",
        "What an erasure took away; 404 before it is done",
        Who.ADMIN,
        Erasure,
        Kind.NOT_FOUND,
        parameters=(_ID,),
    ),
)


def _change(method: str, path: str, summary: str, answer: type[Struct], *problems: Kind) -> Route:
    """A change of webhooks without a body."""
    keyed = method == "POST"
    return Route(
        method=method,
        path=path,
        summary=summary,
        who=Who.ADMIN,
        answer=answer,
        parameters=(_ID, *((KEY,) if keyed else ())),
        problems=(Kind.NOT_FOUND, *problems, *((Kind.KEY_REUSED, Kind.UNREADABLE) if keyed else ())),
    )


def _with_cookie(path: str, summary: str, answer: type[Struct]) -> Route:
    """What the cookie of a session is enough for."""
    return Route(
        method="POST",
        path=path,
        summary=summary,
        who=Who.ANYONE,
        answer=answer,
        problems=(Kind.NOT_FOUND, Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.UNAVAILABLE),
    )


_WEBHOOKS = (
    get("/admin/webhooks", "Who hears of contact events", Who.ADMIN, webhooks.Endpoints),
    Route(
        method="POST",
        path="/admin/webhooks",
        summary="Another endpoint, with a secret of its own that is shown this once",
        who=Who.ADMIN,
        body=EndpointWanted,
        answer=webhooks.Secret,
        parameters=(KEY,),
        problems=(Kind.UNREADABLE, Kind.CONFLICT, Kind.TOO_LARGE, Kind.INVALID, Kind.KEY_REUSED),
    ),
    _change("DELETE", "/admin/webhooks/{id}", "The endpoint is gone, with what was sent", webhooks.Done),
    _change("POST", "/admin/webhooks/{id}/enable", "The endpoint hears of events again", webhooks.Done),
    _change("POST", "/admin/webhooks/{id}/rotate", "Another secret; both sign for a day", webhooks.Secret),
    _change("POST", "/admin/webhooks/{id}/test", "The endpoint gets webhook.test", webhooks.Done),
    _change(
        "POST",
        "/admin/webhooks/deliveries/{id}/retry",
        "What was delivered or is dead is sent again",
        webhooks.Done,
        Kind.ENDPOINT_DISABLED,
        Kind.DELIVERY_PENDING,
    ),
    get(
        "/admin/webhooks/deliveries",
        "What was sent, newest first",
        Who.ADMIN,
        DeliveryPage,
        Kind.UNREADABLE,
        Kind.INVALID,
        parameters=(
            Parameter(name="endpoint", type=Annotated[int, Meta(ge=0, lt=10**15)]),
            Parameter(name="state"),
            Parameter(name="before", type=Annotated[int, Meta(ge=0, lt=10**15)]),
            _LIMIT,
            Parameter(name="include", says="`body`: with what was sent."),
        ),
    ),
    get("/admin/webhooks.html", "A page for all that", Who.ANYONE, "text/html"),
    get("/admin/webhooks.css", "Its style", Who.ANYONE, "text/css"),
    get("/admin/webhooks.js", "Its script", Who.ANYONE, "text/javascript"),
)

_SIGNING_IN = (
    get(
        "/auth/login",
        "303 to the OpenID provider, where staff sign in",
        Who.ANYONE,
        TEXT,
        Kind.NOT_FOUND,
        Kind.UNAUTHENTICATED,
        Kind.UNAVAILABLE,
        parameters=(Parameter(name="next", says="The page of ours to come back to."),),
    ),
    get(
        "/auth/callback",
        "303 to that page: the provider sends the browser here, with a code",
        Who.ANYONE,
        TEXT,
        Kind.NOT_FOUND,
        Kind.UNREADABLE,
        Kind.UNAUTHENTICATED,
        Kind.FORBIDDEN,
        Kind.UNAVAILABLE,
        parameters=(Parameter(name="code"), Parameter(name="state")),
    ),
    get("/auth/me", "Who bears this token", Who.STAFF, signing_in.Me),
    _with_cookie("/auth/refresh", "A fresh access token for who has signed in", signing_in.Fresh),
    _with_cookie("/auth/logout", "Signs out: session, tokens and sockets end", signing_in.Out),
)

_TIME = Annotated[datetime, Meta(tz=True)]
_FILTERS = (
    Parameter(name="from", type=_TIME, says="Begun then or later."),
    Parameter(name="to", type=_TIME, says="Begun before then."),
    Parameter(name="status", type=ConsultationStatus),
    Parameter(name="customer_id"),
    Parameter(name="agent_id"),
    Parameter(name="queue"),
    Parameter(name="channel", type=Channel),
    Parameter(name="phone", says="Of the customer, as it gave it."),
)
_CURSOR = Parameter(name="cursor", says="The `next_cursor` of the page before.")

_REPORTS = (
    Route(
        method="GET",
        path="/reports/intervals",
        summary="What happened in each quarter of an hour, by queue, agent and channel",
        who=Who.SUPERVISOR,
        answer=Intervals,
        or_as="text/csv",
        parameters=(
            Parameter(name="from", says="Intervals that begin then or later; a day before `to` if left out."),
            Parameter(name="to", says="Intervals that begin before then; now if left out."),
            Parameter(name="pool", says="A supervisor's own if left out, or else all."),
            Parameter(name="queue"),
            Parameter(name="agent"),
            Parameter(name="channel"),
            Parameter(name="by", says="`queue`: its agents' rows together; or `agent`."),
            Parameter(name="format", says="`json`, or `csv`."),
        ),
        problems=(Kind.UNREADABLE, Kind.INVALID),
    ),
)

_CONSULTATIONS = (
    get(
        "/consultation/history",
        "Consultations that all filters fit, newest first, or one by its session",
        Who.READER,
        Page,
        Kind.UNREADABLE,
        Kind.UNKNOWN_SESSION,
        Kind.INVALID,
        parameters=(
            *_FILTERS,
            Parameter(name="session_id", says="This one alone."),
            _LIMIT,
            _CURSOR,
            Parameter(name="include", says="`messages`: with the transcript, of one session."),
        ),
    ),
    get(
        "/consultation/search",
        "Consultations in which somebody said all of these words, newest first",
        Who.STAFF,
        Matches,
        Kind.UNREADABLE,
        Kind.INVALID,
        parameters=(
            Parameter(name="q", required=True, says="Words, or how words begin."),
            *_FILTERS,
            _LIMIT,
            _CURSOR,
        ),
    ),
    Route(
        method="GET",
        path="/consultation/export",
        summary="All consultations that the filters fit, as a file",
        who=Who.SUPERVISOR,
        answer="text/csv",
        or_as="application/x-ndjson",
        parameters=(Parameter(name="format", says="`csv`, or `ndjson`."), *_FILTERS),
        problems=(Kind.UNREADABLE, Kind.INVALID),
    ),
    get(
        "/consultation/{session_id}",
        "One consultation with the first thousand entries of its transcript",
        Who.READER,
        Consultation,
        *_READS,
        parameters=(_SESSION, Parameter(name="messages", type=bool, says="`false`: without them.")),
    ),
)

_OPERATIONS = (
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

ROUTES: tuple[Route, ...] = (
    *_CUSTOMERS,
    *_READERS,
    *_AGENTS,
    *_NOTES,
    *_SUPERVISORS,
    *_ADMINS,
    *_AUDIT,
    *_PRIVACY,
    *_WEBHOOKS,
    *_SIGNING_IN,
    *_CONSULTATIONS,
    *_REPORTS,
    *_OPERATIONS,
)
