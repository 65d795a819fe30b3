"""A small Starlette app that the engine's tests drive."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route


async def echo(request: Request) -> Response:
    return Response(await request.body(), media_type=request.headers.get("content-type"))


async def status(request: Request) -> Response:
    return PlainTextResponse("so", int(request.path_params["code"]))


async def slow(request: Request) -> Response:
    await asyncio.sleep(float(request.query_params["s"]))
    return PlainTextResponse("late")


async def chunked(_: Request) -> Response:
    return StreamingResponse(iter([b"one ", b"two ", b"three"]))


app = Starlette(
    routes=[
        Route("/echo", echo, methods=["POST"]),
        Route("/status/{code}", status, methods=["GET", "POST"]),
        Route("/slow", slow),
        Route("/chunked", chunked),
    ]
)
