"""A platform for a bench: the one that runs, or one of its own on ports of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

from infra.paths import VAR
from tests.bench.figures import say

BIN = Path(sys.executable).parent
_STOP_S = 30.0
_METRICS_PORTS = 9


class NotStarted(Exception):
    """The platform does not come up."""


def runs_already(url: str) -> bool:
    """Whether a gateway answers there."""
    try:
        with urlopen(f"{url}/health/live", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def some_platform(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The gateway's address, and what of the environment commands need to reach the rest: of the platform at
    AICC_GATEWAY_PORT, or else of one that is started for `name` and ended afterwards."""
    usual = f"http://127.0.0.1:{os.environ.get('AICC_GATEWAY_PORT') or 8080}"
    if runs_already(usual):
        say(f"on the platform that runs at {usual}", highlight=False)
        yield usual, {}
        return
    say(f"nobody answers at {usual}: starting a platform", highlight=False)
    with platform(VAR / "bench" / f"{name}-{os.getpid()}") as chosen:
        yield f"http://127.0.0.1:{chosen['AICC_GATEWAY_PORT']}", chosen


def warm_up(gateway: str, chosen: dict[str, str], seconds: int = 30) -> None:
    """A broker and its clients are slow in their first half minute: what they do then counts for nothing."""
    say(f"warming up for {seconds} s")
    command = [str(BIN / "aicc-loadgen"), "run", "mixed", "--target", gateway, "--no-calibration"]
    command += ["--set", "start=10", "--set", f"stages={seconds}s:10"]
    runs = {"AICC_RUNS": str(VAR / "bench" / "warm-up")}
    quiet = subprocess.DEVNULL
    subprocess.run(command, env=os.environ | chosen | runs, check=False, stdout=quiet, stderr=quiet)


@contextmanager
def platform(var: Path) -> Iterator[dict[str, str]]:
    """Starts one that keeps everything in `var`; gives the environment that others reach it with."""
    ports = _free_ports(5)
    names = ("AICC_KAFKA_PORT", "AICC_KAFKA_CONTROLLER_PORT", "AICC_POSTGRES_PORT", "AICC_REDIS_PORT")
    chosen = dict(zip((*names, "AICC_GATEWAY_PORT"), map(str, ports), strict=True))
    chosen |= {"AICC_VAR": str(var), "AICC_METRICS_BASE_PORT": str(_free_row(_METRICS_PORTS))}
    log = var / "run.log"
    var.mkdir(parents=True)
    command = [str(BIN / "aicc-run"), "--contacts", "1"]
    with log.open("wb") as output:
        running = subprocess.Popen(
            command, env=os.environ | chosen, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _await_up(running, log)
        yield chosen
    finally:
        running.send_signal(signal.SIGINT)
        try:
            running.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            running.kill()
        shutil.rmtree(var, ignore_errors=True)


def _await_up(running: "subprocess.Popen[bytes]", log: Path) -> None:
    with log.open() as told:
        while running.poll() is None:
            line = told.readline()
            if not line:
                _wait(running)
            elif line.startswith("✓"):
                say(line.rstrip(), highlight=False)
            elif line.startswith("up;"):
                return
    raise NotStarted(f"aicc-run ended with status {running.returncode}:\n{log.read_text()[-2_000:]}")


def _wait(running: "subprocess.Popen[bytes]") -> None:
    try:
        running.wait(0.2)
    except subprocess.TimeoutExpired:
        return


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _free_row(length: int) -> int:
    """So many free ports in a row. They are taken a minute later: benches that start side by side look in
    different places."""
    rows = range(20_000, 30_000, length)
    begin = os.getpid() % len(rows)
    looked: list[int] = [*rows[begin:], *rows[:begin]]
    for first in looked:
        with ExitStack() as stack:
            try:
                for port in range(first, first + length):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise NotStarted(f"There are no {length} free ports in a row")
