"""The parts of a platform, by the mark that aicc-run gives them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loadgen.capacity.processes import Processes
from tests.loadgen.servers import served

_BUSY = "while True: pass"


@contextmanager
def running(script: Path, code: str, mark: str) -> Iterator[None]:
    script.write_text(code)
    process = subprocess.Popen([sys.executable, str(script)], env=os.environ | {"AICC_STACK": mark})
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_all_that_bear_the_mark_are_seen(tmp_path: Path) -> None:
    mark = str(tmp_path)
    with (
        running(tmp_path / "aicc-busy", _BUSY, mark),
        running(tmp_path / "aicc-other", _BUSY, "/elsewhere"),
    ):
        os.environ["AICC_STACK"] = mark
        try:
            with served("tests.loadgen.small_app:app") as server:
                found = Processes(server.url)
                found.begin()
                end = time.monotonic() + 20
                while (used := found.used()).cores["busy"] < 0.05 and time.monotonic() < end:
                    time.sleep(0.02)
        finally:
            del os.environ["AICC_STACK"]
    assert used.cores["busy"] > 0.01
    assert used.busiest["busy"] == used.cores["busy"]
    assert "other" not in used.cores
    assert used.machine >= used.cores["busy"] * 0.5


def test_without_a_mark_only_the_one_that_listens() -> None:
    with served("tests.loadgen.small_app:app") as server:
        found = Processes(server.url)
        found.begin()
        assert len(found.used().cores) == 1


def test_another_machines_are_not_seen() -> None:
    assert not Processes("http://192.0.2.1:80").used().cores
