"""Settings of the load tools, and the tokens that they make with them."""

import time
from pathlib import Path

import jwt

from runtime.settings import Settings, SettingsError, variable

KEY_FILE = "jwt.key"
_OURS = "aicc"


class LoadSettings(Settings, frozen=True, kw_only=True):
    """Without AICC_JWT_KEY the key of the local platform under AICC_VAR is used."""

    gateway_port: int = 8080
    jwt_key: str = ""

    def secret(self) -> str:
        """The private key (PEM) that signs agents' tokens. Raises SettingsError where there is none."""
        file = Path(self.jwt_key) if self.jwt_key else self.var / KEY_FILE
        if not file.is_file():
            raise SettingsError(
                f"There is no key in {file}. Name one with {variable('jwt_key')}, "
                f"or set {variable('var')} as for the running platform."
            )
        return file.read_text()


def agent_token(secret: str, agent_id: str, pool: str, partition: int, valid_s: float = 24 * 3600.0) -> str:
    """A token (JWT, EdDSA) with which `agent_id` may open /ws/agent; `secret` is an Ed25519 key in PEM."""
    now = int(time.time())
    claims: dict[str, object] = {"sub": agent_id, "roles": ["agent"], "pool": pool, "partition": partition}
    return _signed(claims, secret, now, valid_s)


def staff_token(secret: str, now: int, valid_s: float) -> str:
    """A token with which the load generator may say what it does, as a supervisor of no pool."""
    return _signed({"sub": "loadgen", "roles": ["supervisor"]}, secret, now, valid_s)


def _signed(claims: dict[str, object], secret: str, now: int, valid_s: float) -> str:
    told = {**claims, "iss": _OURS, "aud": _OURS, "iat": now, "exp": now + int(valid_s)}
    return jwt.encode(told, secret, algorithm="EdDSA")
