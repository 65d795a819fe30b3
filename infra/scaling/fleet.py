"""Processes of one kind, as many as are asked for."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

Tell = Callable[[str], None]


class Fleet:
    """Keeps workers that run `command`, each with a name of its own in AICC_INSTANCE, so that one that is
    started again has its partitions back. `metrics_port`: the first one's; 0: none of them is told any.
    Who does not end within `stop_s` of a SIGTERM is killed."""

    def __init__(
        self, name: str, command: Sequence[str], logs: Path, metrics_port: int, stop_s: float, tell: Tell
    ) -> None:
        self._name, self._command, self._logs = name, list(command), logs
        self._metrics_port, self._stop_s, self._tell = metrics_port, stop_s, tell
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._stopping: list[tuple[subprocess.Popen[bytes], float]] = []

    @property
    def workers(self) -> int:
        """How many are to run."""
        return len(self._running)

    def scale(self, workers: int) -> None:
        """Starts or stops as many as it takes; waits for none of them."""
        while len(self._running) < workers:
            number = next(n for n in range(1, workers + 1) if n not in self._running)
            self._running[number] = self._spawn(number)
        while len(self._running) > workers:
            process = self._running.pop(max(self._running))
            process.terminate()
            self._stopping.append((process, time.monotonic() + self._stop_s))

    def keep(self) -> None:
        """Starts again who has ended, and kills who was asked to end and did not."""
        for number, process in self._running.items():
            if process.poll() is not None:
                self._tell(f"{self._name}-{number} ended with {process.returncode}: started again")
                self._running[number] = self._spawn(number)
        for process, until in self._stopping:
            if process.poll() is None and time.monotonic() > until:
                process.kill()
        self._stopping = [one for one in self._stopping if one[0].poll() is None]

    def stop(self) -> None:
        """Ends all of them and waits for it."""
        self.scale(0)
        for process, until in self._stopping:
            try:
                process.wait(max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self, number: int) -> subprocess.Popen[bytes]:
        name = f"{self._name}-{number}"
        environ = {**os.environ, "AICC_INSTANCE": name}
        if self._metrics_port:
            environ["AICC_METRICS_PORT"] = str(self._metrics_port + number - 1)
        with (self._logs / f"{name}.log").open("ab") as log:
            # A signal to our process group is ours to pass on, in our order.
            return subprocess.Popen(
                self._command, env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL, process_group=0
            )
