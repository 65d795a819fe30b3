"""One try: a POST, and what came of it."""

import asyncio
import time
from contextlib import AsyncExitStack

import aiohttp

from workers.webhooks.addresses import public_socket
from workers.webhooks.claims import Claim
from workers.webhooks.retrying import Outcome
from workers.webhooks.signing import signed_headers

_MAX_ERROR = 300
_HEADERS = {"content-type": "application/json", "user-agent": "aicc-webhooks/1"}


class Sender:
    """Calls endpoints over `session`, each try within `timeout_s`."""

    def __init__(self, session: aiohttp.ClientSession, timeout_s: float, *, local: bool) -> None:
        self._session = session
        self._timeout_s = timeout_s
        self._local = local

    async def send(self, claim: Claim) -> Outcome:
        """Whatever goes wrong at the other end is an outcome."""
        if not self._local and not claim.url.startswith("https://"):
            return Outcome(error="the URL is not https")
        body = claim.body.encode()
        signed = signed_headers(claim.secrets, claim.event_id, int(time.time()), body)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(claim.url, body, _HEADERS | signed)
        except TimeoutError:
            return Outcome(error=f"no answer within {self._timeout_s:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Outcome(error=(str(error) or repr(error))[:_MAX_ERROR])

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        # The answer's body is not read: its status says all, and it may be endless.
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            return Outcome(answer.status, retry_after_s=_seconds(answer.headers.get("Retry-After", "")))


def session_in(stack: AsyncExitStack, *, private: bool) -> aiohttp.ClientSession:
    """A session that keeps no cookies, follows no proxy, and without `private` calls public addresses only.
    To be made where a loop runs."""
    connector = aiohttp.TCPConnector(
        limit=0, use_dns_cache=False, socket_factory=None if private else public_socket
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=False,
        auto_decompress=False,
    )
    stack.push_async_callback(session.close)
    return session


def _seconds(retry_after: str) -> float:
    """Dates are not understood: the planned wait will do."""
    return float(retry_after) if retry_after.isdecimal() and len(retry_after) < 10 else 0.0
