"""Memory is read from real processes."""

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from loadgen.soak import Memory
from loadgen.soak.memory import MB

HELD_MB = 64
_HOLDS = f"held = b'x' * ({HELD_MB} << 20)\nprint(1, flush=True)\ninput()"


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds HELD_MB."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_reads_what_a_process_holds(holder: subprocess.Popen[bytes]) -> None:
    memory = Memory()
    (taken,) = memory.take(1.0, [("holder", psutil.Process(holder.pid))])
    assert HELD_MB * MB < taken.pss < (HELD_MB + 40) * MB
    assert memory.samples["holder", holder.pid] == [taken]


def test_leaves_out_who_is_gone(holder: subprocess.Popen[bytes]) -> None:
    process = psutil.Process(holder.pid)
    holder.kill()
    holder.wait()
    assert Memory().take(1.0, [("holder", process)]) == []
