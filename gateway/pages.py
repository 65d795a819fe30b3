"""Pages for administrators: files of ours, without a word of anybody's data; what they show they ask for."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FILES = Path(__file__).with_name("pages")
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def page_routes(prefix: str) -> list[Route]:
    """GET of each file below `prefix`, open to all: the calls that it makes are checked."""
    return [_route(prefix, file) for file in sorted(_FILES.iterdir()) if file.suffix in _KINDS]


def _route(prefix: str, file: Path) -> Route:
    body = file.read_bytes()

    async def page(_: Request) -> Response:
        return Response(body, headers=_HEADERS, media_type=_KINDS[file.suffix])

    return Route(f"{prefix}/{file.name}", page, methods=["GET"])
