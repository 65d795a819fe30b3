"""By what the gateway knows who asks: keys of tokens, and the secret of customers' passes."""

import asyncio

import httpx

from gateway.jwks import Jwks
from gateway.keys import public_key
from gateway.passes import Passes
from gateway.secret import read_key, read_secret
from gateway.settings import GatewaySettings
from gateway.tokens import Keys, OneKey, Tokens

_TIMEOUT_S = 5.0


class Identity:
    """Of one gateway process. Raises OSError and UnfitKey where a key can't be read from its file."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._jwks = Jwks(self._address, settings.jwks_every_s, settings.jwks_floor_s)
        keys: Keys = self._jwks if settings.jwks_url else OneKey(public_key(read_key(settings)))
        self.tokens = Tokens(keys, settings.jwt_issuer, settings.jwt_audience, settings.jwt_leeway_s)
        required = settings.customer_tokens or ("lenient" if settings.profile == "local" else "strict")
        self.passes = Passes(read_secret(settings), settings.customer_token_s, required=required == "strict")

    async def run(self) -> None:
        """Follows the issuer's keys, if there is an issuer, until cancelled."""
        if not self._settings.jwks_url:
            await asyncio.Event().wait()
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            await self._jwks.run(client)

    async def _address(self, _: httpx.AsyncClient) -> str:
        return self._settings.jwks_url


def passes_of(settings: GatewaySettings) -> Passes:
    """The passes that customers get."""
    mode = settings.customer_tokens or ("lenient" if settings.profile == "local" else "strict")
    return Passes(read_secret(settings), settings.customer_token_s, required=mode == "strict")
