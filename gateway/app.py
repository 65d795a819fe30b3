"""The routes, and what lies around them."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway import chat, connect, health
from gateway.agent_socket import agent_socket
from gateway.answers import Answer, problem
from gateway.consultations import History
from gateway.customer_socket import customer_socket
from gateway.endpoint import Post
from gateway.lifespan import Lifespan
from gateway.measured import Measured
from gateway.settings import GatewaySettings
from schemas.api import AgentConnect, ChatEnd, ChatMessage, ChatStart


def make_app(settings: GatewaySettings) -> Starlette:
    """The ASGI application."""
    routes = _routes()
    if settings.bench:
        from gateway.echo import echo

        routes.insert(0, Route("/bench/echo", Post(ChatStart, echo), methods=["POST"]))
    paths = frozenset(route.path for route in routes if isinstance(route, Route))
    return Starlette(
        routes=routes,
        middleware=[Middleware(Measured, paths=paths)],
        exception_handlers={HTTPException: _http_problem, Exception: _bug},
        lifespan=Lifespan(settings),
    )


def _routes() -> list[BaseRoute]:
    return [
        Route("/chat/start", Post(ChatStart, chat.start), methods=["POST"]),
        Route("/chat/message", Post(ChatMessage, chat.message), methods=["POST"]),
        Route("/chat/end", Post(ChatEnd, chat.end), methods=["POST"]),
        Route("/agent/connect", Post(AgentConnect, connect.connect), methods=["POST"]),
        Route("/consultation/history", History(), methods=["GET"]),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        Route("/monitoring/metrics", health.metrics),
        WebSocketRoute("/ws/customer", customer_socket),
        WebSocketRoute("/ws/agent", agent_socket),
    ]


async def _http_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail = "" if error.detail == status.phrase else error.detail
    response = _response(problem(status, detail))
    response.headers.update(error.headers or {})
    return response


async def _bug(_: Request, error: Exception) -> Response:
    return _response(problem(HTTPStatus.INTERNAL_SERVER_ERROR))


def _response(answer: Answer) -> Response:
    return Response(
        answer.body, answer.status, {name.decode(): text.decode() for name, text in answer.headers}
    )
