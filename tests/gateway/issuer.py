"""An OpenID provider in a thread: who comes to its page is signed in at once."""

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_urlsafe
from typing import Any

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.stack import free_port

CLIENT = "desk"


class Issuer:
    """What it gives is good for `lasts_s`; it notes what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.sub = "gw-agent"
        self.lasts_s = 60
        self.refuses = False
        """Whether who comes to its page is not let in."""

        self.nonce = ""
        """Said in place of the one that was asked for."""

        self.revoked: list[str] = []
        self._key = rsa.generate_private_key(65537, 2048)
        self._codes: dict[str, dict[str, str]] = {}
        self._sessions: dict[str, str] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._about),
                Route("/jwks", self._jwks),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/revoke", self._revoke, methods=["POST"]),
                Route("/bye", self._bye),
            ]
        )

    def access_token(self, **changed: object) -> str:
        """A token for the platform."""
        return self._signed(aud="aicc", roles=["agent"], **changed)

    def _signed(self, **claims: object) -> str:
        now = int(time.time())
        told = {"iss": self.url, "sub": self.sub, "iat": now, "exp": now + self.lasts_s} | claims
        return jwt.encode(told, self._key, "RS256", {"kid": "one"})

    async def _about(self, _: Request) -> Response:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        more = {"revocation_endpoint": "revoke", "end_session_endpoint": "bye"}
        places = {name: f"{self.url}/{path}" for name, path in (names | more).items()}
        return JSONResponse({"issuer": self.url} | places)

    async def _jwks(self, _: Request) -> Response:
        key: dict[str, Any] = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return JSONResponse({"keys": [key | {"kid": "one", "use": "sig"}]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        if self.refuses:
            return RedirectResponse(
                f"{asked['redirect_uri']}?error=access_denied&state={asked['state']}", 303
            )
        code = token_urlsafe()
        self._codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}", 303)

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            said = {name: str(value) for name, value in form.items()}
        if said["grant_type"] == "refresh_token":
            # Each is good once.
            sub = self._sessions.pop(said["refresh_token"], None)
            return self._given() if sub else JSONResponse({"error": "invalid_grant"}, 400)
        asked = self._codes.pop(said["code"], None)
        digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return self._given(id_token=self._signed(aud=CLIENT, nonce=self.nonce or asked["nonce"]))

    async def _revoke(self, request: Request) -> Response:
        async with request.form() as form:
            self.revoked.append(str(form["token"]))
        return Response()

    async def _bye(self, _: Request) -> Response:
        return Response("You are signed out everywhere", media_type="text/plain")

    def _given(self, **more: str) -> Response:
        fresh = token_urlsafe()
        self._sessions[fresh] = self.sub
        told = {"access_token": self.access_token(), "token_type": "Bearer", "expires_in": self.lasts_s}
        return JSONResponse(told | {"refresh_token": fresh} | more)


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer that answers."""
    port = free_port()
    issuer = Issuer(port)
    config = uvicorn.Config(issuer.app(), host="127.0.0.1", port=port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "the issuer does not start"
            time.sleep(0.02)
        yield issuer
    finally:
        server.should_exit = True
        thread.join(20)
