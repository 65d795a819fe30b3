"""The routes, and what lies around them."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from gateway import (
    agent_calls,
    callbacks,
    chat,
    connect,
    explain,
    health,
    ivr,
    notes,
    ratings,
    supervisor,
    switches,
    transcripts,
)
from gateway.admin import Admin, get_all, get_audit, get_pool, put_pool
from gateway.answers import Answer, Refused, problem
from gateway.attachments.download import Download
from gateway.attachments.upload import Upload
from gateway.consultations import Consultations, consultation, history
from gateway.contract import pages
from gateway.desk import get_desk
from gateway.echo import echo
from gateway.endpoint import AgentPost, Endpoint, Post, StaffPost
from gateway.export import Export
from gateway.front import Front
from gateway.lifespan import Lifespan
from gateway.monitoring import Monitoring
from gateway.ops import letters, told
from gateway.ops import pages as ops
from gateway.privacy.pages import Export as CustomerExport
from gateway.privacy.pages import erase, get_erasure
from gateway.realtime.agent_socket import agent_socket
from gateway.realtime.customer_socket import customer_socket
from gateway.realtime.supervisor_socket import supervisor_socket
from gateway.reports.intervals import get_intervals
from gateway.search import search
from gateway.security import signing_in
from gateway.security.access import RULES
from gateway.security.audit_log import get_trail
from gateway.security.guard import guard
from gateway.security.origins import origins_of, with_cors
from gateway.security.turned_away import readable
from gateway.session_path import register
from gateway.settings import GatewaySettings
from gateway.transcripts import Read
from gateway.twiml import endpoint as twiml
from gateway.web import page_routes
from gateway.webhooks import calls as webhooks
from gateway.webhooks.keyed import once
from schemas import api_routing
from schemas.api import AgentConnect, ChatEnd, ChatMessage, ChatRating, ChatStart
from schemas.api_callback import CallbackAsk
from schemas.api_ivr import IvrProcess


def make_app(settings: GatewaySettings) -> ASGIApp:
    """The ASGI application. Raises KeyError for a route that the table of access does not name."""
    posts = _posts(bench=settings.bench)
    for path, post in posts.items():
        post.who = RULES[f"POST {path}"]
    routes = [
        *(Route(path, post, methods=["POST"]) for path, post in posts.items()),
        *map(guard, _ROUTES),
    ]
    paths = frozenset(route.path for route in routes if isinstance(route, Route))
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_problem, Refused: _refused, Exception: _bug},
        lifespan=Lifespan(settings, paths),
    )
    return with_cors(Front(app, posts, paths), origins_of(settings.cors_origins))


def _posts(*, bench: bool) -> dict[str, Endpoint]:
    posts: dict[str, Endpoint] = {
        "/chat/start": Post(ChatStart, chat.start),
        "/chat/message": Post(ChatMessage, chat.message),
        "/chat/attachment": Upload(),
        "/chat/end": Post(ChatEnd, chat.end),
        "/chat/rating": Post(ChatRating, ratings.rate),
        "/agent/note": AgentPost(api_routing.AgentNote, notes.add),
        "/agent/connect": Post(AgentConnect, connect.connect),
        "/ivr/process": Post(IvrProcess, ivr.process),
        "/ivr/twiml": twiml.Step(),
        "/ivr/twiml/dialed": twiml.Dialed(),
        "/ivr/twiml/status": twiml.Status(),
        "/callback": Post(CallbackAsk, callbacks.take),
        "/agent/presence": AgentPost(api_routing.AgentPresence, agent_calls.say),
        "/agent/heartbeat": AgentPost(api_routing.AgentHeartbeat, agent_calls.say),
        "/agent/accept": AgentPost(api_routing.AgentAccept, agent_calls.say),
        "/agent/reject": AgentPost(api_routing.AgentReject, agent_calls.say),
        "/agent/complete": AgentPost(api_routing.AgentComplete, agent_calls.say),
        "/agent/transfer": AgentPost(api_routing.AgentTransfer, agent_calls.say),
        "/supervisor/move": StaffPost(api_routing.SupervisorMove, supervisor.move),
        "/supervisor/assign": StaffPost(api_routing.SupervisorAssign, supervisor.assign),
        "/supervisor/prioritize": StaffPost(api_routing.SupervisorPrioritize, supervisor.prioritize),
        "/supervisor/presence": StaffPost(api_routing.SupervisorPresence, supervisor.presence),
        "/supervisor/listen": StaffPost(api_routing.SupervisorListen, supervisor.listen),
        "/supervisor/whisper": StaffPost(api_routing.SupervisorWhisper, supervisor.whisper),
        "/routing/explain": StaffPost(api_routing.RoutingExplain, explain.explain),
        "/auth/refresh": signing_in.Refresh(),
        "/auth/logout": signing_in.Logout(),
    }
    return posts | {"/bench/echo": Post(ChatStart, echo)} if bench else posts


register()
_ROUTES: tuple[BaseRoute, ...] = (
    Route("/consultation/history", Consultations(history), methods=["GET"]),
    Route("/consultation/search", Consultations(search), methods=["GET"]),
    Route("/consultation/export", Export(), methods=["GET"]),
    Route("/consultation/{session_id:session}", Consultations(consultation), methods=["GET"]),
    Route("/chat/{session_id:session}", Read(transcripts.status), methods=["GET"]),
    Route("/chat/{session_id:session}/messages", Read(transcripts.messages), methods=["GET"]),
    Route(
        "/chat/{session_id:session}/transcript", Read(transcripts.transcript, exports=True), methods=["GET"]
    ),
    Route("/chat/{session_id:session}/attachment/{attachment_id}", Download(), methods=["GET"]),
    Route("/admin/config", Admin(get=get_all), methods=["GET"]),
    Route("/admin/config/audit", Admin(get=get_audit), methods=["GET"]),
    Route("/admin/config/{pool}", Admin(get=get_pool, put=put_pool), methods=["GET", "PUT"]),
    Route(
        "/admin/webhooks",
        Admin(get=webhooks.list_endpoints, post=once(webhooks.add_endpoint)),
        methods=["GET", "POST"],
    ),
    Route("/admin/webhooks/deliveries", Admin(get=webhooks.list_deliveries), methods=["GET"]),
    Route("/admin/webhooks/deliveries/{id}/retry", Admin(post=once(webhooks.send_again)), methods=["POST"]),
    Route("/admin/webhooks/{id}", Admin(delete=webhooks.remove_endpoint), methods=["DELETE"]),
    Route("/admin/webhooks/{id}/enable", Admin(post=once(webhooks.enable_endpoint)), methods=["POST"]),
    Route("/admin/webhooks/{id}/rotate", Admin(post=once(webhooks.rotate_secret)), methods=["POST"]),
    Route("/admin/webhooks/{id}/test", Admin(post=once(webhooks.send_test)), methods=["POST"]),
    Route("/admin/customers/{customer_id}/export", CustomerExport(), methods=["GET"]),
    Route("/admin/customers/{customer_id}/erase", Admin(post=erase), methods=["POST"]),
    Route("/admin/erasures/{id}", Admin(get=get_erasure), methods=["GET"]),
    Route("/admin/audit", Admin(get=get_trail), methods=["GET"]),
    Route("/ops/switches", Admin(get=switches.get_all), methods=["GET"]),
    Route("/ops/switches/{name}", Admin(put=switches.put), methods=["PUT"]),
    Route("/chat/notice", Admin(get=switches.get_notice), methods=["GET"]),
    Route("/reports/intervals", Admin(get=get_intervals), methods=["GET"]),
    Route("/agent/desk", Admin(get=get_desk), methods=["GET"]),
    Route("/auth/ways", signing_in.ways),
    Route("/auth/login", readable(signing_in.login)),
    Route("/auth/callback", readable(signing_in.callback)),
    Route("/auth/me", signing_in.me),
    *page_routes(),
    Route("/health/live", health.live),
    Route("/health/ready", health.ready),
    Route("/monitoring/metrics", Monitoring(), methods=["GET"]),
    Route("/metrics", health.metrics),
    Route("/ops", ops.go_to_page),
    Route("/ops/now", Admin(get=ops.get_now), methods=["GET"]),
    Route("/ops/hour", Admin(get=ops.get_hour), methods=["GET"]),
    Route("/ops/alerts", Admin(post=told.take_alerts), methods=["POST"]),
    Route("/ops/letters", Admin(get=letters.list_letters), methods=["GET"]),
    Route("/ops/letters/{id}", Admin(get=letters.get_letter), methods=["GET"]),
    Route("/ops/letters/{id}/replay", Admin(post=letters.replay), methods=["POST"]),
    Route("/ops/letters/{id}/discard", Admin(post=letters.discard), methods=["POST"]),
    Route("/ops/marks", Admin(post=told.take_mark), methods=["POST"]),
    Route("/openapi.json", pages.openapi_page),
    Route("/asyncapi.json", pages.asyncapi_page),
    WebSocketRoute("/ws/customer", customer_socket),
    WebSocketRoute("/ws/agent", agent_socket),
    WebSocketRoute("/ws/supervisor", supervisor_socket),
)


async def _http_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, headers = HTTPStatus(error.status_code), error.headers or {}
    response = _response(problem(status, _detail(status, headers.get("Allow", "")) or error.detail))
    response.headers.update(headers)
    return response


def _detail(status: HTTPStatus, allowed: str) -> str:
    match status:
        case HTTPStatus.NOT_FOUND:
            return "There is nothing at this address"
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return f"This address takes {', '.join(sorted(allowed.split(', ')))} only"
        case _:
            return ""


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _response(error.answer)


async def _bug(_: Request, error: Exception) -> Response:
    return _response(problem(HTTPStatus.INTERNAL_SERVER_ERROR))


def _response(answer: Answer) -> Response:
    return Response(
        answer.body, answer.status, {name.decode(): text.decode() for name, text in answer.headers}
    )
