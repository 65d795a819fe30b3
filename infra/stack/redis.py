"""Redis: an instance of its own that keeps nothing on disk."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from infra.stack.errors import MissingPart
from infra.stack.part import Command, Port
from infra.stack.ports import LOOPBACK

_MAXMEMORY = "4gb"
"""Feeds live for an hour, and a contact's takes some 5 KB: twice what 100 new contacts a second keep."""


@dataclass(frozen=True, slots=True)
class Redis:
    home: Path
    port: int = 6380

    name = "redis"
    variable = "REDIS_URL"

    @property
    def address(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    @property
    def ports(self) -> tuple[Port, ...]:
        return (Port(self.port, "AICC_REDIS_PORT"),)

    def prepare(self) -> None:
        if shutil.which("redis-server") is None:
            raise MissingPart("redis-server is not installed. `make setup` installs it.")
        self.home.mkdir(parents=True, exist_ok=True)
        self._config.write_text(self._settings())

    def command(self) -> Command:
        return Command(("redis-server", str(self._config)), cwd=self.home)

    def answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), 1.0) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    @property
    def _config(self) -> Path:
        return self.home / "redis.conf"

    def _settings(self) -> str:
        # Loss of Redis loses no truth (it is rebuilt from Kafka), so nothing is written to disk.
        return f"""bind {LOOPBACK}
port {self.port}
dir "{self.home}"
daemonize no
databases 64
save ""
appendonly no
maxmemory {_MAXMEMORY}
maxmemory-policy noeviction
loglevel notice
"""
