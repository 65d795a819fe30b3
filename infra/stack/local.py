"""The parts without a supervisor: started by whoever needs them, ended with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from infra.stack.errors import NotReady
from infra.stack.kafka import Kafka
from infra.stack.marks import MARK
from infra.stack.part import Command, Part
from infra.stack.ports import free_ports, require_free
from infra.stack.postgres import Postgres
from infra.stack.redis import Redis

READY_S = 120.0
STOP_S = 10.0
_CHILDREN_S = 10.0


@dataclass(slots=True)
class Running:
    """A part as a child process, its output in a log file."""

    part: Part
    process: subprocess.Popen[bytes]
    log: Path

    def wait_ready(self, timeout_s: float = READY_S) -> None:
        deadline = time.monotonic() + timeout_s
        while not self.part.answers():
            if self.process.poll() is not None:
                raise NotReady(f"{self.part.name} ended at once; {self.log} ends with:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise NotReady(f"{self.part.name} is not ready after {timeout_s:.0f} s; see {self.log}")
            time.sleep(0.05)

    def stop(self, timeout_s: float = STOP_S) -> None:
        """SIGTERM (for Postgres SIGINT: it does not wait for clients), then SIGKILL."""
        self.signal(signal.SIGINT if self.part.name == "postgres" else signal.SIGTERM)
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """With -9; what it had started is gone too when this returns: Postgres's backends hold its memory for
        a moment longer than it lives, and the next one refuses to start beside them."""
        try:
            children = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            children = []
        self.signal(signal.SIGKILL)
        self.process.wait()
        psutil.wait_procs(children, timeout=_CHILDREN_S)

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)


@dataclass(slots=True)
class LocalStack:
    """Kafka, Postgres and Redis below one directory; several may run at a time on ports of their own."""

    var: Path
    kafka: Kafka
    postgres: Postgres
    redis: Redis
    running: dict[str, Running] = field(default_factory=dict)

    @classmethod
    def at(cls, var: Path, jars: Path) -> LocalStack:
        """A stack on free ports."""
        var, jars = var.resolve(), jars.resolve()
        kafka, controller, postgres, redis = free_ports(4)
        return cls(
            var,
            Kafka(var / "kafka", jars, kafka, controller),
            Postgres(var / "postgres", postgres),
            Redis(var / "redis", redis),
        )

    @property
    def parts(self) -> Sequence[Part]:
        return self.kafka, self.postgres, self.redis

    @property
    def environment(self) -> dict[str, str]:
        return {part.variable: part.address for part in self.parts}

    def start(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Starts all side by side and returns when each one answers; ends them all if one does not."""
        try:
            for part in self.parts:
                self.launch(part.name)
            for name, running in self.running.items():
                running.wait_ready()
                say(f"{name} at {running.part.address}")
        except BaseException:
            self.stop()
            raise

    def launch(self, name: str) -> Running:
        """Starts one part, or starts it again after it was killed; does not wait for it."""
        part = next(one for one in self.parts if one.name == name)
        for port in part.ports:
            require_free(part.name, port)
        part.prepare()
        log = self.var / "log" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = _spawn(part.command(), output, {MARK: str(self.var.resolve())})
        self.running[name] = Running(part, process, log)
        return self.running[name]

    def restart(self, name: str, *, kill: bool = False) -> Running:
        """Ends one part (with -9 where `kill`), starts it on the same data and waits for it."""
        old = self.running[name]
        old.kill() if kill else old.stop()
        again = self.launch(name)
        again.wait_ready()
        return again

    def stop(self) -> None:
        for running in self.running.values():
            running.signal(signal.SIGINT if running.part.name == "postgres" else signal.SIGTERM)
        for running in self.running.values():
            running.stop()
        self.running.clear()


@contextmanager
def local_stack(var: Path, jars: Path, say: Callable[[str], None] = lambda _: None) -> Iterator[LocalStack]:
    stack = LocalStack.at(var, jars)
    stack.start(say)
    try:
        yield stack
    finally:
        stack.stop()


def tail(log: Path, lines: int = 15) -> str:
    with suppress(FileNotFoundError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""


def _spawn(command: Command, output: IO[bytes], marks: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env={**os.environ, **command.env, **marks},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        # Ctrl-C at the terminal is for the one who started us; it stops the parts in order.
        start_new_session=True,
    )
