"""Tells the platform that a load test runs, for its ops page. Whatever fails here, the run goes on."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.request import Request, urlopen

import jwt

from loadgen.settings import LoadSettings, staff_token
from runtime.settings import SettingsError

_WITHIN_S = 1.0
_TOKEN_S = 60.0


@contextmanager
def marked(
    url: str, run: str, name: str, planned_s: float, settings: LoadSettings, tls: ssl.SSLContext | None
) -> Iterator[None]:
    """The run is marked while the block lasts."""
    _tell(url, {"run": run, "name": name, "planned_s": planned_s}, settings, tls)
    try:
        yield
    finally:
        _tell(url, {"run": run, "over": True}, settings, tls)


def _tell(url: str, body: dict[str, object], settings: LoadSettings, tls: ssl.SSLContext | None) -> None:
    headers = {"content-type": "application/json"}
    with suppress(SettingsError, OSError, ValueError, jwt.PyJWTError):
        headers["authorization"] = f"Bearer {staff_token(settings.secret(), int(time.time()), _TOKEN_S)}"
    asked = Request(f"{url.rstrip('/')}/ops/marks", json.dumps(body).encode(), headers, method="POST")
    with suppress(OSError, ValueError), urlopen(asked, timeout=_WITHIN_S, context=tls) as answer:
        answer.read()
