"""A typed view of supervisord's RPC, and its process."""

from __future__ import annotations

import http.client
import os
import resource
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from infra.stack import StackError
from infra.supervise.config import socket_path

_UNREACHABLE = (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError)


class State(IntEnum):
    """Supervisor's process states by its own numbers."""

    STOPPED = 0
    STARTING = 10
    RUNNING = 20
    BACKOFF = 30
    STOPPING = 40
    EXITED = 100
    FATAL = 200
    UNKNOWN = 1000

    @property
    def down(self) -> bool:
        return self in (State.STOPPED, State.EXITED, State.FATAL, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Info:
    state: State
    pid: int
    log: Path


class SupervisorGone(StackError):
    """supervisord does not answer any more."""


class Supervisor:
    """One supervisord. Each call also wakes its loop, which else notices an exit only once a second."""

    def __init__(self, var: Path) -> None:
        self._var = var
        transport = SupervisorTransport(None, None, f"unix://{socket_path(var)}")
        self._rpc = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self, config: Path, env: Mapping[str, str], timeout_s: float = 10.0) -> None:
        """Starts supervisord and waits for its socket."""
        _raise_file_limit()
        socket_path(self._var).unlink(missing_ok=True)
        output = (self._var / "log" / "supervisord.out").open("ab")
        with output:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "supervisor.supervisord", "-c", str(config)),
                env={**os.environ, **env},
                cwd=self._var,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches aicc-run alone, which then stops the programs in order.
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout_s
        while not self.answers():
            if not self.alive() or time.monotonic() > deadline:
                raise StackError(f"the supervisor did not start; see {output.name}")
            time.sleep(0.05)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def answers(self) -> bool:
        try:
            return bool(self._rpc.supervisor.getState())
        except _UNREACHABLE:
            self._rpc("close")()
            return False

    def info(self) -> dict[str, Info]:
        rows = self._call("getAllProcessInfo")
        return {
            row["name"]: Info(State(row["state"]), row["pid"], self._var / row["logfile"]) for row in rows
        }

    def start(self, name: str) -> None:
        """Does not wait. A first failure to run is left to supervisord's retries."""
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode in (Faults.NO_FILE, Faults.NOT_EXECUTABLE):
                raise StackError(f"{name} can't be run: {fault.faultString}") from fault
            if fault.faultCode not in (Faults.ALREADY_STARTED, Faults.SPAWN_ERROR):
                raise

    def stop(self, name: str) -> None:
        """Does not wait; supervisord kills what outlives its stopwaitsecs."""
        try:
            self._call("stopProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.NOT_RUNNING:
                raise

    def shutdown(self, timeout_s: float) -> None:
        """Ends supervisord itself, politely and then not; a killed one leaves its socket and pid file."""
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                self._process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout_s)
                break
        for left in (socket_path(self._var), self._var / "supervisord.pid"):
            left.unlink(missing_ok=True)

    def _call(self, method: str, *arguments: str | bool) -> Any:
        try:
            return getattr(self._rpc.supervisor, method)(*arguments)
        except _UNREACHABLE as error:
            self._rpc("close")()
            raise SupervisorGone("the supervisor does not answer any more") from error


def _raise_file_limit() -> None:
    """Children inherit it: a gateway holds a file a socket."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
