"""GET /openapi.json and /asyncapi.json."""

from functools import cache

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.contract.asyncapi import asyncapi
from gateway.contract.openapi import openapi
from gateway.contract.route import JSON


async def openapi_page(_: Request) -> Response:
    """The routes, and this one among them."""
    return Response(_openapi(), media_type=JSON)


async def asyncapi_page(_: Request) -> Response:
    """The topics and sockets."""
    return Response(_asyncapi(), media_type=JSON)


@cache
def _openapi() -> bytes:
    return msgspec.json.encode(openapi())


@cache
def _asyncapi() -> bytes:
    return msgspec.json.encode(asyncapi())
