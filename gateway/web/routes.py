"""GET of pages and of what they are made of. They are open to all: the calls that they make are checked."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.security.origins import origins_of
from gateway.settings import GatewaySettings
from gateway.state import gateway_of
from gateway.web.assets import Asset, assets

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-src 'self'; frame-ancestors {embedders}"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    "vary": "accept-encoding",
}
_EMBEDDED = frozenset({"chat"})
"""Pages that other pages may show in a frame."""


def page_routes() -> list[BaseRoute]:
    """/ui/…, and the page of webhooks where it has always been."""
    known = assets()
    old = {
        f"/admin/{name}": known[f"admin/{name}"] for name in ("webhooks.css", "webhooks.html", "webhooks.js")
    }
    return [
        Route("/ui/{path:path}", _pages(known), methods=["GET"]),
        *(Route(path, _page(asset), methods=["GET"]) for path, asset in old.items()),
    ]


_Page = Callable[[Request], Awaitable[Response]]


def _pages(known: dict[str, Asset]) -> _Page:
    async def page(request: Request) -> Response:
        name = request.path_params["path"].rstrip("/")
        if name not in known:
            raise HTTPException(404)
        settings = gateway_of(request.scope).settings
        return _response(request, known[name], embedders(settings) if name in _EMBEDDED else "'none'")

    return page


def _page(asset: Asset) -> _Page:
    async def page(request: Request) -> Response:
        return _response(request, asset)

    return page


def embedders(settings: GatewaySettings) -> str:
    """As `frame-ancestors` has them. Browsers that know it pass over X-Frame-Options."""
    named = settings.widget_origins or ("*" if settings.profile == "local" else "none")
    return "*" if named == "*" else " ".join(("'self'", *origins_of(named.removeprefix("none"))))


def _response(request: Request, asset: Asset, embedders: str = "'none'") -> Response:
    policy = _POLICY.format(embedders=embedders)
    headers = _HEADERS | {"etag": asset.etag, "content-security-policy": policy}
    if request.headers.get("if-none-match") == asset.etag:
        return Response(status_code=304, headers=headers)
    if asset.zipped and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.zipped, headers=headers | {"content-encoding": "gzip"}, media_type=asset.media_type
        )
    return Response(asset.body, headers=headers, media_type=asset.media_type)
