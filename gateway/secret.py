"""The secret that signs agents' tokens."""

import os
from secrets import token_urlsafe

from gateway.settings import GatewaySettings


def read_secret(settings: GatewaySettings) -> str:
    """AICC_JWT_SECRET, or this installation's own in var/jwt.secret, made where it is missing."""
    if settings.jwt_secret:
        return settings.jwt_secret
    path = settings.var / "jwt.secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"jwt.secret.{os.getpid()}")
    made.touch(mode=0o600)
    made.write_text(token_urlsafe(48))
    try:
        # Of several who start at a time, one makes it and all read the same.
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path.read_text()
