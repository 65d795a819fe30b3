"""The body of POST /admin/webhooks, and which URLs can be called."""

from urllib.parse import urlsplit

import msgspec
from starlette.types import Receive, Scope

from gateway.answers import bad_field
from gateway.json_body import read_json
from gateway.state import Gateway
from schemas.webhooks import EndpointWanted

_decode = msgspec.json.Decoder(EndpointWanted).decode


async def wanted_endpoint(gateway: Gateway, scope: Scope, receive: Receive) -> EndpointWanted:
    """The body. Raises Refused (400, 413, 422 naming the field) and ClientGone."""
    limit, expected = gateway.settings.body_limit_bytes, "an endpoint as a JSON object"
    wanted = await read_json(_decode, scope, receive, limit=limit, expected=expected)
    if why := _why_unfit(wanted.url, local=gateway.settings.profile == "local"):
        raise bad_field(why, "url")
    if not wanted.description.isprintable():
        raise bad_field("Control characters are not allowed", "description")
    return wanted


def _why_unfit(url: str, *, local: bool) -> str:
    """Empty for what can be called. Where it leads to is checked when it is called."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return "A URL is of printable ASCII characters, without spaces"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return f"The URL can't be read: {error}"
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        return "The URL must be https"
    if not parts.hostname or parts.username is not None or parts.fragment:
        return "The URL must name a host, without a user and a fragment"
    return ""
