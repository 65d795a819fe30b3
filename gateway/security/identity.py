"""By what the gateway knows who asks: keys of tokens, the provider of staff, and the secret of passes."""

import asyncio
import hmac

import httpx

from gateway.security.jwks import Jwks
from gateway.security.keys import public_key
from gateway.security.passes import Passes
from gateway.security.provider import Provider
from gateway.security.seal import Seal
from gateway.security.secret import read_key, read_secret
from gateway.security.tokens import BadToken, Keys, OneKey, Tokens, verified
from gateway.settings import GatewaySettings

_TIMEOUT_S = 5.0


class Identity:
    """Of one gateway process. Raises OSError and UnfitKey where a key can't be read from its file."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self.provider = Provider(settings) if settings.oidc_issuer else None
        self._jwks = Jwks(self._address, settings.jwks_every_s, settings.jwks_floor_s)
        self._follows = bool(settings.jwks_url or self.provider)
        self._keys: Keys = self._jwks if self._follows else OneKey(public_key(read_key(settings)))
        self._issuer = settings.oidc_issuer or settings.jwt_issuer
        self.tokens = Tokens(self._keys, self._issuer, settings.jwt_audience, settings.jwt_leeway_s)
        self.passes = passes_of(settings)
        secret = read_secret(settings)
        self.seals = {use: Seal(secret, use) for use in ("login", "session")}

    async def run(self) -> None:
        """Follows the issuer's keys, if there is an issuer, until cancelled."""
        if not self._follows:
            await asyncio.Event().wait()
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            await self._jwks.run(client)

    def signed_in(self, id_token: str, nonce: str) -> str:
        """Who the id token names, if it is the answer to `nonce`. Raises BadToken and KeyPending."""
        settings = self._settings
        found = verified(self._keys, id_token, self._issuer, settings.oidc_client_id, settings.jwt_leeway_s)
        if not hmac.compare_digest(str(found.get("nonce", "")).encode(), nonce.encode()):
            raise BadToken("it is the answer to another sign-in")
        return str(found["sub"])

    async def _address(self, client: httpx.AsyncClient) -> str:
        if self._settings.jwks_url or self.provider is None:
            return self._settings.jwks_url
        return (await self.provider.metadata(client)).jwks_uri


def passes_of(settings: GatewaySettings) -> Passes:
    """The passes that customers get."""
    mode = settings.customer_tokens or ("lenient" if settings.profile == "local" else "strict")
    return Passes(read_secret(settings), settings.customer_token_s, required=mode == "strict")
