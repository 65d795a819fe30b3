"""The target of a sweep: started for each run with the environment that it wants, and ended by its pid."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil

from loadgen.engine.address import Address
from loadgen.sweep.plan import INSTANCE, Target

_POLL_S = 0.05
_TAIL = 1_500


class NotReady(Exception):
    """The target does not come up."""


@contextmanager
def started(target: Target, environment: Mapping[str, str], instances: int, log: Path) -> Iterator[None]:
    """So many of it, all ready; ended by SIGTERM when the block is left. Raises NotReady."""
    processes: list[subprocess.Popen[bytes]] = []
    log.parent.mkdir(parents=True, exist_ok=True)
    if target.start and _answers(url := numbered(target.ready, 0)):
        # What an earlier sweep left when it was killed, or somebody else's.
        raise NotReady(f"somebody answers at {url} already, before anything was started")
    try:
        with log.open("ab") as output:
            for number in range(instances if target.start else 0):
                processes.append(_start(target, environment, number, output))
            for number, process in enumerate(processes):
                _await_ready(target, number, process, log, instances)
        yield
    finally:
        _stop(processes, target.stop_s)


def numbered(written: str, number: int) -> str:
    """With the number of the instance in it."""
    return written.replace(INSTANCE, str(number))


def _start(
    target: Target, environment: Mapping[str, str], number: int, output: BinaryIO
) -> "subprocess.Popen[bytes]":
    # Our own console scripts lie beside the Python that runs this.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    chosen = {name: numbered(value, number) for name, value in environment.items()}
    command = [numbered(word, number) for word in target.start]
    env = os.environ | {"PATH": path} | chosen
    # Python resolves a command by our own PATH, not by the one that it gets.
    found = shutil.which(command[0], path=path)
    try:
        return subprocess.Popen(
            [found or command[0], *command[1:]],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise NotReady(f"{command[0]} can't be started: {error.strerror}") from error


def _await_ready(
    target: Target, number: int, process: "subprocess.Popen[bytes]", log: Path, instances: int
) -> None:
    url, deadline = numbered(target.ready, number), time.monotonic() + target.ready_s
    # Where several share an address any of them answers: each must listen itself.
    shared = instances > 1 and INSTANCE not in target.ready
    while True:
        if process.poll() is not None:
            raise NotReady(f"{target.start[0]} ended with status {process.returncode}: {_tail(log)}")
        if _answers(url) and (not shared or _listens(process.pid, url)):
            return
        if time.monotonic() > deadline:
            raise NotReady(f"{url} did not answer within {target.ready_s:g} s: {_tail(log)}")
        time.sleep(_POLL_S)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2.0) as answer:
            return bool(200 <= answer.status < 300)
    except (OSError, HTTPError, ValueError):
        return False


def _listens(pid: int, url: str) -> bool:
    port = Address.of(url.partition("?")[0]).port
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        for one in (root, *root.children(recursive=True)):
            for line in one.net_connections("tcp"):
                if line.status == psutil.CONN_LISTEN and line.laddr[1] == port:
                    return True
    return False


def _stop(processes: "list[subprocess.Popen[bytes]]", stop_s: float) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + stop_s
    for process in processes:
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _tail(log: Path) -> str:
    with suppress(OSError):
        return log.read_text(errors="replace")[-_TAIL:].strip()
    return ""
