"""How far a run has come: what state.json says, and what it means where its writer is gone."""

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import msgspec
import psutil

from loadgen.results.runs import STATE


class Status(StrEnum):
    """`partial` and `interrupted` runs have a reason."""

    RUNNING = "running"
    COMPLETE = "complete"
    PARTIAL = "partial"
    """Ended before its time: the target was down, the disk full, a threshold broken that aborts."""
    INTERRUPTED = "interrupted"
    """By Ctrl-C, or killed."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`pid` and `pid_began_s` name the process that writes; `seconds` is how long the run took."""

    status: Status
    reason: str = ""
    seconds: float | None = None
    pid: int = 0
    pid_began_s: float = 0.0


def running() -> State:
    """This process's."""
    return State(status=Status.RUNNING, pid=os.getpid(), pid_began_s=round(psutil.Process().create_time(), 1))


def read_state(directory: Path) -> State:
    """What became of the run; a writer that is gone without a word was killed."""
    try:
        state = msgspec.json.decode((directory / STATE).read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError):
        return State(status=Status.INTERRUPTED, reason="its state can't be read")
    if state.status is Status.RUNNING and not _lives(state):
        return msgspec.structs.replace(
            state, status=Status.INTERRUPTED, reason="its process ended without a word, as by kill -9"
        )
    return state


def _lives(state: State) -> bool:
    with suppress(psutil.Error):
        return abs(psutil.Process(state.pid).create_time() - state.pid_began_s) < 1
    return False
