"""Memory is read from real processes, which are called by what they run."""

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from loadgen.soak import Memory, processes_below
from loadgen.soak.memory import MB, named

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


def test_finds_descendants(holder: subprocess.Popen[bytes]) -> None:
    assert holder.pid in [process.pid for _, process in processes_below(psutil.Process())]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["python3.11", "bin/aicc-persister"], "aicc-persister"),
        (["bin/python", "-m", "loadgen.traffic", "--x"], "loadgen.traffic"),
        (["java", "-Xmx1g"], "java"),
        (["postgres: checkpointer"], "postgres"),
        ([], "?"),
    ],
)
def test_processes_are_called_by_what_they_run(command: list[str], name: str) -> None:
    assert named(command) == name
