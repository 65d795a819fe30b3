"""Settings of the load tools, and the tokens that they make with them."""

import time

import jwt

from runtime.settings import Settings, SettingsError, variable

SECRET_FILE = "jwt.secret"


class LoadSettings(Settings, frozen=True, kw_only=True):
    """Without AICC_JWT_SECRET the secret of the local platform under AICC_VAR is used."""

    gateway_port: int = 8080
    jwt_secret: str = ""

    def secret(self) -> str:
        """What signs agents' tokens. Raises SettingsError where there is none."""
        file = self.var / SECRET_FILE
        if not self.jwt_secret and not file.is_file():
            raise SettingsError(
                f"{variable('jwt_secret')} is not set, and there is no {file}. "
                f"Set {variable('var')} as for the running platform."
            )
        return self.jwt_secret or file.read_text().strip()


def agent_token(secret: str, agent_id: str, pool: str, partition: int, valid_s: float = 24 * 3600.0) -> str:
    """A token (JWT, HS256) with which `agent_id` may open /ws/agent."""
    now = int(time.time())
    claims = {"sub": agent_id, "role": "agent", "pool": pool, "partition": partition}
    return jwt.encode({**claims, "iat": now, "exp": now + int(valid_s)}, secret, algorithm="HS256")
