"""What this installation keeps to itself: made once under var/, readable by its owner only."""

import os
from pathlib import Path
from secrets import token_urlsafe

from gateway.security.keys import new_private_key
from gateway.settings import GatewaySettings


def read_secret(settings: GatewaySettings) -> str:
    """AICC_SECRET, or the one in var/gateway.secret."""
    return settings.secret or _kept(settings.var / "gateway.secret", token_urlsafe(48))


def read_key(settings: GatewaySettings) -> str:
    """The key of staff's tokens, PEM: the file AICC_JWT_KEY, or var/jwt.key. Raises OSError."""
    if settings.jwt_key:
        return Path(settings.jwt_key).read_text()
    return _kept(settings.var / "jwt.key", new_private_key())


def _kept(path: Path, fresh: str) -> str:
    """What the file holds; `fresh` where it is missing."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(fresh)
        try:
            # Of several who start at a time, one makes it and all read the same.
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text()
