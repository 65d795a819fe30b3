"""GET /health/live, /health/ready and /metrics."""

import asyncio

import asyncpg
import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from gateway.state import Gateway, gateway_of
from schemas.codec import encode


class Health(msgspec.Struct, kw_only=True):
    """`status` is ok where all of `parts` are."""

    status: str
    parts: dict[str, bool] = {}


async def live(_: Request) -> Response:
    """The process answers."""
    return Response(encode(Health(status="ok")), media_type="application/json")


async def ready(request: Request) -> Response:
    """200 when all that a request may need is there, else 503; names each part."""
    gateway = gateway_of(request.scope)
    parts = {
        "kafka": gateway.outbox.attached and gateway.outbox.waited_s() <= gateway.settings.stale_send_s,
        "config": gateway.config_read.is_set(),
        "switches": gateway.switchboard.read.is_set(),
        "redis": gateway.bus.connected,
        "postgres": await _postgres(gateway),
        "serving": not gateway.lines.draining,
    }
    fine = all(parts.values())
    body = encode(Health(status="ok" if fine else "waiting", parts=parts))
    return Response(body, 200 if fine else 503, media_type="application/json")


async def metrics(_: Request) -> Response:
    """Prometheus text."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _postgres(gateway: Gateway) -> bool:
    try:
        async with asyncio.timeout(1.0):
            return await gateway.history.answers()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return False
