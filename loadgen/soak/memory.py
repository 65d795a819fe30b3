"""What processes hold: the proportional set size (PSS), in which shared pages count by their share."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import psutil

_KB = 1024
MB = 1 << 20


class Sample(NamedTuple):
    """One process at one time: seconds of the run, bytes, and processor seconds used so far."""

    at_s: float
    name: str
    pid: int
    pss: int
    cpu_s: float


class Memory:
    """Samples by process; one that was started anew begins a series of its own."""

    def __init__(self) -> None:
        self.samples: dict[tuple[str, int], list[Sample]] = defaultdict(list)

    def take(self, at_s: float, processes: Iterable[tuple[str, psutil.Process]]) -> list[Sample]:
        """Reads all that are alive; those that went meanwhile are left out."""
        taken = [found for name, process in processes if (found := sample(at_s, name, process))]
        for one in taken:
            self.samples[one.name, one.pid].append(one)
        return taken


def sample(at_s: float, name: str, process: psutil.Process) -> Sample | None:
    """None for a process that has ended. PSS is from smaps_rollup (Linux 4.14 on)."""
    try:
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        used = process.cpu_times()
    except (OSError, psutil.Error):
        return None
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return Sample(at_s, name, process.pid, int(line.split()[1]) * _KB, used.user + used.system)
    return None
