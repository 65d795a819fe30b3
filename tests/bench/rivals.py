"""k6, wrk and this generator with the same request, each in a process whose processor time is taken."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from loadgen.trust.priority import NICE

K6 = Path(sys.executable).with_name("k6")
_HERE = Path(__file__).parent
_FIRST = ["nice", "-n", str(NICE)]
"""The others get the priority that ours takes; where that is not allowed, nice says so and goes on."""


class Ran(NamedTuple):
    """A command that ended well; `cpu_s` is user and system time of it and its children, start included."""

    said: str
    seconds: float
    cpu_s: float


class Load(NamedTuple):
    """What a generator says it has done. Milliseconds from the actual send, by percentile."""

    requests: int
    wrong: int
    ran: Ran
    percentiles_ms: dict[str, float]

    @property
    def per_cpu_s(self) -> float:
        return self.requests / self.ran.cpu_s


class Command:
    """A running command; its output goes to a file, so that nobody has to read it meanwhile."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._name = " ".join(command)
        self._said = folder / f"{time.monotonic_ns()}.log"
        self._began = time.monotonic()
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)

    def wait(self) -> Ran:
        """Raises RuntimeError with what it said where it ended badly."""
        _, status, used = os.wait4(self.process.pid, 0)
        seconds = time.monotonic() - self._began
        self.process.returncode = os.waitstatus_to_exitcode(status)
        said = self._said.read_text()
        if self.process.returncode:
            raise RuntimeError(f"{self._name} ended with {self.process.returncode}: {said[-2000:]}")
        return Ran(said, seconds, used.ru_utime + used.ru_stime)


class Ours:
    """This generator, in a process of its own. `mode` is vus or rate."""

    def __init__(
        self, url: str, folder: Path, mode: str, stages: str, start: float, connections: int = 200
    ) -> None:
        options = ["--mode", mode, "--stages", stages, "--start", str(start)]
        command = [sys.executable, "-m", "tests.bench.driven", url, *options]
        self._command = Command([*command, "--connections", str(connections)], folder)
        self.pid = self._command.process.pid
        self.says: dict[str, Any] = {}

    def wait(self) -> Load:
        """Its last line is its result, kept whole in `says`."""
        ran = self._command.wait()
        self.says = json.loads(ran.said.splitlines()[-1])
        return Load(self.says["count"], self.says["wrong"], ran, self.says["percentiles_ms"])


class K6Run:
    """k6, with stages as its option takes them: 5s:20,10s:20."""

    def __init__(self, url: str, folder: Path, stages: str, start: int) -> None:
        self._summary = folder / f"k6-{time.monotonic_ns()}.json"
        settings = {"BASE_URL": url, "STAGES": stages, "USERS": start}
        command = [
            *_FIRST,
            str(K6),
            "run",
            "--quiet",
            "--no-usage-report",
            "--summary-export",
            str(self._summary),
        ]
        for name, value in settings.items():
            command += ["-e", f"{name}={value}"]
        self._command = Command([*command, str(_HERE / "null.js")], folder)

    def wait(self) -> Load:
        """Its summary, read."""
        ran = self._command.wait()
        metrics = json.loads(self._summary.read_text())["metrics"]
        took = metrics["http_req_duration"]
        names = {"50": "med", "90": "p(90)", "95": "p(95)", "99": "p(99)"}
        percentiles = {share: float(took[name]) for share, name in names.items()}
        return Load(int(metrics["http_reqs"]["count"]), int(metrics["checks"]["fails"]), ran, percentiles)


def wrk(url: str, folder: Path, connections: int, seconds: float) -> Load | None:
    """One thread of wrk; None where it is not installed. It checks no bodies."""
    found = shutil.which("wrk")
    if not found:
        return None
    script = ["-s", str(_HERE / "null.lua"), "--latency", f"{url}/null"]
    command = [*_FIRST, found, "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}s", *script]
    ran = Command(command, folder).wait()
    count = re.search(r"(\d+) requests in", ran.said)
    others = re.search(r"Non-2xx or 3xx responses: (\d+)", ran.said)
    if not count:
        raise RuntimeError(f"wrk says no count: {ran.said}")
    return Load(int(count[1]), int(others[1]) if others else 0, ran, {})
