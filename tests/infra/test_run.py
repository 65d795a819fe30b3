"""A run from the outside: signals, second runs, kills. The services are stand-ins, the rest is real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from infra.paths import CHECKOUT
from infra.stack import marks
from infra.stack.ports import free_ports

STOP_S = 15.0
UP = "up; Ctrl-C stops it"


@dataclass
class Run:
    var: Path
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def said(self) -> str:
        return self._output.read_text()

    @property
    def _output(self) -> Path:
        return self.var.parent / f"out{len(self.processes)}"

    def argv(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "tests.infra.standin", str(self.var), str(self.port), *options]

    def begin(self, *options: str, argv: list[str] | None = None) -> subprocess.Popen[bytes]:
        with self.var.parent.joinpath(f"out{len(self.processes) + 1}").open("wb") as output:
            process = subprocess.Popen(
                argv or self.argv(*options),
                cwd=CHECKOUT,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def until_up(self, *options: str, argv: list[str] | None = None) -> subprocess.Popen[bytes]:
        process = self.begin(*options, argv=argv)
        until(lambda: UP in self.said or process.poll() is not None, 60)
        assert UP in self.said, self.said
        return process

    def left(self) -> list[str]:
        return [" ".join(one.cmdline()) for one in marks.find(self.var)]

    def supervisor(self) -> psutil.Process:
        return psutil.Process(int((self.var / "supervisord.pid").read_text()))


def until(holds: Callable[[], bool], timeout_s: float) -> float:
    """Seconds until it held."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < timeout_s, f"did not hold within {timeout_s} s"
        time.sleep(0.02)
    return time.monotonic() - began


def pid_at(port: int) -> int | None:
    """Which stand-in answers on the port as ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1) as answer:
            return int(answer.read())
    except OSError:
        return None


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    var = tmp_path / "var"
    var.mkdir()
    one = Run(var, _three_ports())
    yield one
    for process in one.processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    marks.end(marks.find(var), timeout_s=1.0)


def _three_ports() -> int:
    while True:
        port = free_ports(1)[0]
        if all(_binds(port + more) for more in range(3)):
            return port


def _binds(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(run: Run, number: signal.Signals) -> None:
    process = run.until_up()
    assert len(run.left()) >= 4
    process.send_signal(number)
    assert process.wait(STOP_S) == 0
    assert run.left() == []
    assert not any((run.var / name).exists() for name in ("supervisor.sock", "supervisord.pid"))
    assert (run.var / "run.lock").read_text() == ""


def test_sigint_is_heard_when_it_was_inherited_as_ignored(run: Run) -> None:
    """As in a script's background job."""
    ignored = "import os, signal, sys; signal.signal(2, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    process = run.until_up(argv=[sys.executable, "-c", ignored, *run.argv()])
    process.send_signal(signal.SIGINT)
    assert process.wait(STOP_S) == 0
    assert run.left() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_make_alone_stops_everything(run: Run, number: signal.Signals, tmp_path: Path) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"run:\n\t@exec {' '.join(run.argv())}\n")
    # As from a terminal: make leaves a signal ignored that it inherited so, and a test run may have.
    command = ["make", "--no-print-directory", "-f", str(makefile), "run"]
    reset = f"import os, signal; signal.signal({number.value}, signal.SIG_DFL); os.execvp('make', {command})"
    make = run.until_up(argv=[sys.executable, "-c", reset])
    make.send_signal(number)
    make.wait(STOP_S)
    until(lambda: run.left() == [], 1.0)
    assert "stopped" in run.said


def test_a_service_that_ignores_sigterm_is_killed_in_time(run: Run) -> None:
    process = run.until_up("--stubborn")
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_S) == 0
    assert run.left() == []


def test_a_stop_while_starting_stops_too(run: Run) -> None:
    process = run.begin("--parts")
    until(lambda: "kafka" in run.said, 20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_S) == 0
    assert run.left() == []


def test_a_second_run_says_who_runs(run: Run) -> None:
    first = run.until_up()
    second = run.begin()
    assert second.wait(10) == 3
    assert f"already running, pid {first.pid}" in run.said
    assert f"http://127.0.0.1:{run.port + 2}" in run.said
    assert pid_at(run.port) is not None


def test_a_killed_service_is_back_within_3_s(run: Run) -> None:
    run.until_up()
    time.sleep(
        1.0
    )  # A service counts as started after a second; a test at once after it would measure backoff.
    for _ in range(3):
        before = pid_at(run.port)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        assert until(lambda before=before: pid_at(run.port) not in (None, before), 3.0) < 3.0  # type: ignore[misc]
        time.sleep(1.2)
    assert "routing started again" in run.said


def test_a_killed_supervisor_ends_the_run(run: Run) -> None:
    process = run.until_up()
    run.supervisor().kill()
    assert process.wait(STOP_S) == 5
    assert run.left() == []


def test_what_a_killed_run_left_is_cleared_by_the_next(run: Run) -> None:
    first = run.until_up()
    first.kill()
    first.wait()
    assert pid_at(run.port) is not None, "the supervisor goes on by itself"
    old = set(run.left())
    second = run.until_up()
    assert "clearing what an earlier run left" in run.said
    assert old
    second.terminate()
    assert second.wait(STOP_S) == 0
    assert run.left() == []


def test_what_remains_when_run_and_supervisor_are_killed_is_cleared(run: Run) -> None:
    first = run.until_up()
    supervisor = run.supervisor()
    first.kill()
    supervisor.kill()
    first.wait()
    orphan = pid_at(run.port)
    assert orphan is not None
    run.until_up()
    assert pid_at(run.port) != orphan


def test_an_occupied_port_is_named_with_its_holder_and_its_variable(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", run.port))
        taken.listen()
        assert run.begin().wait(20) == 4
    said = " ".join(run.said.split())
    assert f"routing needs port {run.port}, which is taken by pid {os.getpid()}" in said
    assert "AICC_STANDIN_PORT" in said
    assert run.left() == []


def test_once_ends_with_the_streams_status_and_real_parts_end_too(run: Run) -> None:
    assert run.begin("--once", "--parts", "--drive-fails").wait(90) == 1, run.said
    assert run.left() == []
    assert {"kafka.log", "postgres.log", "redis.log"} <= {file.name for file in (run.var / "log").iterdir()}
