"""Finds and ends the processes of a stack, also those that an earlier run left behind."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "AICC_STACK"
# These overwrite their environment with a title of their own; they are known by where they run.
_TITLED = frozenset({"redis-server", "postgres"})


def find(var: Path) -> list[psutil.Process]:
    """All processes of the stack whose data is in `var`, but for the caller and its parents."""
    root = var.resolve()
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [one for one in psutil.process_iter() if one.pid not in ours and _belongs(one, root)]


def end(processes: Iterable[psutil.Process], timeout_s: float = 5.0) -> list[psutil.Process]:
    """SIGTERM to each, SIGKILL to those that stay; returns the ones that needed it."""
    alive = list(processes)
    for one in alive:
        with suppress(psutil.Error):
            one.terminate()
    _, stubborn = psutil.wait_procs(alive, timeout_s)
    for one in stubborn:
        with suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(stubborn, 2.0)
    return stubborn


def _belongs(process: psutil.Process, root: Path) -> bool:
    with suppress(psutil.Error):
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.environ().get(MARK) == str(root):
            return True
        return process.name() in _TITLED and _below(Path(process.cwd()), root)
    return False


def _below(directory: Path, root: Path) -> bool:
    """Within a directory of these parts; a stack in a directory of its own below `root` is another."""
    return any(directory.is_relative_to(root / part) for part in ("redis", "postgres"))
