"""The OpenID provider of staff: what it publishes of itself, and what it is asked."""

import warnings
from typing import Any

import httpx
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.deprecate import AuthlibDeprecationWarning

from gateway.settings import GatewaySettings

with warnings.catch_warnings():
    # Authlib says at each start that it will change its HTTP client one day.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

_TIMEOUT_S = 5.0
Fault = (AuthlibBaseError, httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, OSError)
"""What asking it raises: it is away, or refuses."""


class Metadata(msgspec.Struct, frozen=True):
    """OpenID Connect Discovery 1.0; of its fields those that are used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    revocation_endpoint: str = ""
    end_session_endpoint: str = ""


class Given(msgspec.Struct, frozen=True):
    """What the token endpoint answers; times in seconds."""

    access_token: str
    expires_in: int = 60
    refresh_token: str = ""
    id_token: str = ""


_metadata = msgspec.json.Decoder(Metadata).decode


class Provider:
    """Of AICC_OIDC_ISSUER. All but `redirect` raise what is in Fault."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.issuer = settings.oidc_issuer.rstrip("/")
        self._settings = settings
        self._found: Metadata | None = None

    @property
    def end_session_endpoint(self) -> str:
        """Where the browser may end the provider's own session; empty where that is not known."""
        return self._found.end_session_endpoint if self._found else ""

    async def metadata(self, client: httpx.AsyncClient) -> Metadata:
        """Read once. Raises httpx.HTTPError also where it speaks for another issuer."""
        if self._found is None:
            answer = await client.get(f"{self.issuer}/.well-known/openid-configuration")
            found = _metadata(answer.raise_for_status().content)
            if found.issuer.rstrip("/") != self.issuer:
                raise httpx.HTTPError("the issuer publishes another's configuration")
            self._found = found
        return self._found

    async def redirect(self, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent to sign in."""
        async with self._client() as client:
            about = await self.metadata(client)
            url, _ = client.create_authorization_url(
                about.authorization_endpoint, state, code_verifier=verifier, nonce=nonce
            )
            return str(url)

    async def redeem(self, code: str, verifier: str) -> Given:
        """The tokens for the code of a callback."""
        async with self._client() as client:
            about = await self.metadata(client)
            given = await client.fetch_token(about.token_endpoint, code=code, code_verifier=verifier)
            return msgspec.convert(dict(given), Given)

    async def refresh(self, refresh_token: str) -> Given:
        """Fresh tokens."""
        async with self._client() as client:
            about = await self.metadata(client)
            given = await client.refresh_token(about.token_endpoint, refresh_token)
            return msgspec.convert(dict(given), Given)

    async def revoke(self, refresh_token: str) -> None:
        """Ends the session there, if it can."""
        async with self._client() as client:
            about = await self.metadata(client)
            if about.revocation_endpoint:
                kind = "refresh_token"
                await client.revoke_token(about.revocation_endpoint, refresh_token, token_type_hint=kind)

    def _client(self) -> Any:
        settings = self._settings
        return AsyncOAuth2Client(
            settings.oidc_client_id,
            settings.oidc_client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if settings.oidc_client_secret else "none",
            scope=settings.oidc_scopes,
            redirect_uri=f"{settings.public_url.rstrip('/')}/auth/callback",
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
        )
