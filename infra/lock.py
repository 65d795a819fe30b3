"""One platform a directory: a lock that the kernel frees however its holder ends."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.stack import StackError


class AlreadyRunning(StackError):
    """Another aicc-run holds the directory."""


@contextmanager
def held(file: Path, addresses: Mapping[str, str]) -> Iterator[None]:
    """Holds `file` and writes into it who we are. Raises AlreadyRunning with what the holder wrote."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_describe(file)) from None
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "addresses": dict(addresses)}))
        lock.flush()
        yield
        # The file stays: one that is removed while another run opens it would be locked by both.
        lock.truncate(0)


def _describe(file: Path) -> str:
    try:
        known = json.loads(file.read_text())
        rows = "".join(f"\n  {name:<10} {address}" for name, address in known["addresses"].items())
        return f"already running, pid {known['pid']}, addresses:{rows}"
    except (ValueError, KeyError):
        # Between taking the lock and writing lies a moment.
        return "already running (it has just been started)"
