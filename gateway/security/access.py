"""Who may do what: one table of all routes, and what each line of it asks of a request."""

from enum import Enum, auto
from http import HTTPStatus

from msgspec.structs import replace

from gateway.answers import Refused, busy
from gateway.security.tokens import BadToken, Claims, KeyPending, Role
from gateway.state import Gateway

Caller = Claims


class Who(Enum):
    """Whom a route is for. What is for supervisors is for admins, too."""

    NOBODY = auto()
    """Not in the table."""

    ANYONE = auto()
    CUSTOMER = auto()
    """Of the session that the request names."""

    CALLER = auto()
    """The same; anyone where it names none."""

    READER = auto()
    """The customer of the session, or staff; without a session staff only."""

    STAFF = auto()
    AGENT = auto()
    SUPERVISOR = auto()
    ADMIN = auto()


RULES = {
    "POST /chat/start": Who.ANYONE,
    "POST /chat/message": Who.CUSTOMER,
    "POST /chat/attachment": Who.READER,
    "POST /chat/end": Who.CUSTOMER,
    "POST /chat/rating": Who.CUSTOMER,
    "POST /agent/connect": Who.CUSTOMER,
    "POST /agent/note": Who.AGENT,
    "GET /agent/desk": Who.AGENT,
    "POST /agent/presence": Who.AGENT,
    "POST /agent/heartbeat": Who.AGENT,
    "POST /agent/accept": Who.AGENT,
    "POST /agent/reject": Who.AGENT,
    "POST /agent/complete": Who.AGENT,
    "POST /agent/transfer": Who.AGENT,
    "POST /supervisor/move": Who.SUPERVISOR,
    "POST /supervisor/assign": Who.SUPERVISOR,
    "POST /supervisor/prioritize": Who.SUPERVISOR,
    "POST /supervisor/presence": Who.SUPERVISOR,
    "POST /supervisor/listen": Who.SUPERVISOR,
    "POST /supervisor/whisper": Who.SUPERVISOR,
    "POST /routing/explain": Who.SUPERVISOR,
    "POST /ivr/process": Who.CALLER,
    "POST /ivr/twiml": Who.ANYONE,
    "POST /ivr/twiml/dialed": Who.ANYONE,
    "POST /ivr/twiml/status": Who.ANYONE,
    "POST /callback": Who.CUSTOMER,
    "POST /bench/echo": Who.ANYONE,
    "GET /chat/{session_id:session}": Who.READER,
    "GET /chat/{session_id:session}/messages": Who.READER,
    "GET /chat/{session_id:session}/transcript": Who.READER,
    "GET /chat/{session_id:session}/attachment/{attachment_id}": Who.READER,
    "GET /consultation/history": Who.READER,
    "GET /consultation/search": Who.STAFF,
    "GET /consultation/export": Who.SUPERVISOR,
    "GET /consultation/{session_id:session}": Who.READER,
    "GET /admin/config": Who.ADMIN,
    "GET /admin/config/audit": Who.ADMIN,
    "GET /admin/config/{pool}": Who.ADMIN,
    "PUT /admin/config/{pool}": Who.ADMIN,
    "GET /admin/audit": Who.ADMIN,
    "GET /admin/customers/{customer_id}/export": Who.ADMIN,
    "POST /admin/customers/{customer_id}/erase": Who.ADMIN,
    "GET /admin/erasures/{id}": Who.ADMIN,
    "GET /reports/intervals": Who.SUPERVISOR,
    "GET /ops/switches": Who.SUPERVISOR,
    "PUT /ops/switches/{name}": Who.SUPERVISOR,
    "GET /chat/notice": Who.ANYONE,
    "GET /auth/ways": Who.ANYONE,
    "GET /auth/login": Who.ANYONE,
    "GET /auth/callback": Who.ANYONE,
    "GET /auth/me": Who.STAFF,
    "POST /auth/refresh": Who.ANYONE,
    "POST /auth/logout": Who.ANYONE,
    "GET /admin/webhooks": Who.ADMIN,
    "POST /admin/webhooks": Who.ADMIN,
    "GET /admin/webhooks/deliveries": Who.ADMIN,
    "POST /admin/webhooks/deliveries/{id}/retry": Who.ADMIN,
    "DELETE /admin/webhooks/{id}": Who.ADMIN,
    "POST /admin/webhooks/{id}/enable": Who.ADMIN,
    "POST /admin/webhooks/{id}/rotate": Who.ADMIN,
    "POST /admin/webhooks/{id}/test": Who.ADMIN,
    "GET /admin/webhooks.html": Who.ANYONE,
    "GET /admin/webhooks.css": Who.ANYONE,
    "GET /admin/webhooks.js": Who.ANYONE,
    "GET /ui/{path:path}": Who.ANYONE,
    "GET /health/live": Who.ANYONE,
    "GET /health/ready": Who.ANYONE,
    "GET /monitoring/metrics": Who.ANYONE,
    "GET /metrics": Who.ANYONE,
    "GET /ops": Who.ANYONE,
    "GET /ops/now": Who.SUPERVISOR,
    "GET /ops/hour": Who.SUPERVISOR,
    "POST /ops/alerts": Who.ANYONE,
    "POST /ops/marks": Who.SUPERVISOR,
    "GET /ops/letters": Who.ADMIN,
    "GET /ops/letters/{id}": Who.ADMIN,
    "POST /ops/letters/{id}/replay": Who.ADMIN,
    "POST /ops/letters/{id}/discard": Who.ADMIN,
    "GET /openapi.json": Who.ANYONE,
    "GET /asyncapi.json": Who.ANYONE,
    "WS /ws/customer": Who.CUSTOMER,
    "WS /ws/agent": Who.AGENT,
    "WS /ws/supervisor": Who.SUPERVISOR,
}

NONE = Caller(sub="", exp=0)
"""Anyone, or a customer: who it is makes no difference."""

LOCAL = Caller(sub="local", roles=(Role.SUPERVISOR, Role.ADMIN), exp=0)
"""Who does what supervisors and admins do in the local profile, and bears no token."""

_STAFF = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
_ROLES = {
    Who.STAFF: _STAFF,
    Who.AGENT: (Role.AGENT,),
    Who.SUPERVISOR: (Role.SUPERVISOR, Role.ADMIN),
    Who.ADMIN: (Role.ADMIN,),
}
_ASKED = (b"www-authenticate", b"Bearer")


def admit(gateway: Gateway, who: Who, token: str, session_id: str = "") -> Caller:
    """Who asks, if they may; `token` is what the request bears, `session_id` what it names.

    Raises Refused: 401 without a token that is valid, 403 with another's, 503 while its key is asked for.
    """
    match who:
        case Who.ANYONE:
            return NONE
        case Who.CUSTOMER:
            return customer_of(gateway, token, session_id)
        case Who.CALLER:
            return customer_of(gateway, token, session_id) if session_id else NONE
        case Who.READER:
            return _reader(gateway, token, session_id)
        case Who.STAFF | Who.AGENT | Who.SUPERVISOR | Who.ADMIN:
            if not token and who is not Who.AGENT and gateway.settings.profile == "local":
                return LOCAL
            return staff_of(gateway, token, *_ROLES[who])
        case Who.NOBODY:
            raise Refused(HTTPStatus.FORBIDDEN, "This is for nobody")


def customer_of(gateway: Gateway, token: str, session_id: str) -> Caller:
    """The customer of the session: with its token, or where none is required whoever knows the id.
    Raises Refused (401, 403)."""
    passes = gateway.passes
    if not passes.required:
        return NONE
    if not token:
        raise Refused(HTTPStatus.UNAUTHORIZED, "The token of the session is required", _ASKED)
    if not passes.fits(session_id, token):
        raise Refused(HTTPStatus.FORBIDDEN, "The token is not the session's, or is over")
    return NONE


def staff_of(gateway: Gateway, token: str, *roles: Role) -> Caller:
    """The bearer, who has one of these roles; an agent with its pool and partition. Raises Refused."""
    try:
        claims = gateway.tokens.read(token)
    except KeyPending as error:
        raise busy("The issuer is asked for the token's key: come again") from error
    except BadToken as error:
        raise Refused(HTTPStatus.UNAUTHORIZED, f"The token is refused: {error}", _ASKED) from error
    if gateway.sign_outs.covers(claims):
        raise Refused(HTTPStatus.UNAUTHORIZED, "The bearer has signed out since", _ASKED)
    if not claims.may(*roles):
        raise Refused(HTTPStatus.FORBIDDEN, f"This is for {' or '.join(roles)}")
    return _seated(gateway, claims) if roles == (Role.AGENT,) and claims.partition is None else claims


def check_pool(caller: Caller, pool: str) -> None:
    """Raises Refused (403) where a supervisor of one pool means another."""
    if caller.pool and caller.pool != pool and not caller.may(Role.ADMIN):
        raise Refused(HTTPStatus.FORBIDDEN, "This is for supervisors of the pool")


def _reader(gateway: Gateway, token: str, session_id: str) -> Caller:
    # Staff's tokens have three parts, customers' two.
    if token.count(".") > 1:
        return staff_of(gateway, token, *_STAFF)
    if session_id or not gateway.passes.required:
        return customer_of(gateway, token, session_id)
    return staff_of(gateway, token, *_STAFF)


def _seated(gateway: Gateway, claims: Claims) -> Claims:
    """With the place of the pool that the token or else the configuration names. Raises Refused."""
    if not gateway.config_read.is_set():
        raise busy("The configuration is not read yet")
    directory = gateway.directory
    pool = directory.pool(claims.pool) if claims.pool else directory.pool_of(claims.sub)
    if pool is None:
        raise Refused(HTTPStatus.FORBIDDEN, "The agent is in no pool")
    return replace(claims, pool=pool.pool, partition=pool.partition)
