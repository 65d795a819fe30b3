"""aicc-gateway as a user starts it."""

import atexit
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp
from typing import IO, Any, NamedTuple

from gateway.security.keys import new_private_key
from infra.stack import free_port

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_READY_S = 20.0
_PATIENT = {"AICC_LOOP_TARGET_S": "1", "AICC_PRODUCE_TARGET_S": "2"}
"""Beside other tests the machine is late for everybody: nothing should be refused for that."""
_UNCACHED = {"AICC_HISTORY_CACHE_S": "0"}
"""Tests store rows behind the persister's back, and in databases that share one Redis."""


class Reply(NamedTuple):
    """An HTTP answer."""

    status: int
    media_type: str
    body: Any
    headers: Mapping[str, str]


class GatewayProcess:
    """One gateway on a port of its own; settings are variables of the environment."""

    def __init__(self, environment: Mapping[str, str], **settings: object) -> None:
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            **environment,
            "AICC_GATEWAY_PORT": str(self.port),
            "AICC_JWT_KEY": _kept(SECRET),
            "AICC_SECRET": SEAL,
            **_PATIENT,
            **_UNCACHED,
            **{f"AICC_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log: IO[bytes] | None = None
        """Where what it logs goes, if set before it starts."""

    def start(self) -> None:
        """Returns when it is ready. What does not become so is killed: nobody would stop it."""
        process = self.launch()
        deadline = time.monotonic() + _READY_S
        try:
            while not self._ready():
                assert time.monotonic() < deadline, "the gateway is not ready"
                time.sleep(0.05)
        except BaseException:
            process.kill()
            process.wait()
            raise

    def launch(self) -> "subprocess.Popen[bytes]":
        """Returns at once."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway.main"], env=self._environment, stderr=self.log
        )
        return self.process

    def stop(self, within_s: float = 8.0) -> int:
        """Ends it by SIGTERM; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(within_s)
        finally:
            self.process.kill()

    def post(self, path: str, body: Any, media_type: str | None = JSON) -> Reply:
        """`body` as JSON unless it is bytes already."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, raw, {"Content-Type": media_type} if media_type else {})

    def get(self, path: str) -> Reply:
        return self.ask("GET", path)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            media_type = answer.getheader("content-type", "")
            raw = answer.read()
            parsed = json.loads(raw) if raw and media_type.endswith(("/json", "+json")) else raw
            return Reply(answer.status, media_type, parsed, {k.lower(): v for k, v in answer.getheaders()})
        finally:
            connection.close()

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the gateway ended at once"
        try:
            return self.get("/health/ready").status == 200
        except OSError:
            return False


SECRET = new_private_key()
"""Signs tokens."""

SEAL = token_hex(16)
"""Makes customers' tokens."""


def _kept(pem: str) -> str:
    """A file with the key, for as long as the tests run."""
    file = _KEYS / "jwt.key"
    file.write_text(pem)
    return str(file)


_KEYS = Path(mkdtemp(prefix="aicc-keys-"))
atexit.register(shutil.rmtree, _KEYS, ignore_errors=True)
