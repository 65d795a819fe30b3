"""Processes to break: started as a user starts them, restarted when they end, killed and paused by pid."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import until


class Service:
    """One process that is kept running, as the supervisor would: `deaths` lists how it ended."""

    def __init__(self, name: str, command: list[str], environ: Mapping[str, str], log: Path) -> None:
        self.name, self.command, self.log = name, command, log
        self.environ = {**os.environ, **environ}
        self.deaths: list[int] = []
        self.process: subprocess.Popen[bytes] | None = None
        self._kept = threading.Event()
        self._keeper: threading.Thread | None = None

    @classmethod
    def module(cls, module: str, environ: Mapping[str, str], log: Path) -> "Service":
        """A service that is `python -m module`."""
        return cls(module, [sys.executable, "-m", module], environ, log)

    def start(self) -> None:
        """Starts it, and from then on restarts it whenever it ends."""
        self._spawn()
        self._kept.set()
        self._keeper = threading.Thread(target=self._keep, name=f"keeper of {self.name}", daemon=True)
        self._keeper.start()

    def kill(self) -> None:
        """kill -9, now."""
        self._signal(signal.SIGKILL)

    def kill_for_good(self) -> None:
        """kill -9, and nobody restarts it."""
        self._kept.clear()
        if self._keeper:
            self._keeper.join()
        self.kill()

    def pause(self) -> None:
        """Stops it in the middle of whatever it does."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a paused one go on."""
        self._signal(signal.SIGCONT)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Paused while the block runs, and never left so."""
        self.pause()
        try:
            yield
        finally:
            self.resume()

    async def death(self, number: int, within_s: float = 30) -> int:
        """Waits until it has ended `number` times; returns the last exit status (negative: signal)."""
        await until(lambda: len(self.deaths) >= number, within_s, f"{self.name} has not ended {number} times")
        return self.deaths[number - 1]

    def stop(self) -> None:
        """Ends it for good."""
        self._kept.clear()
        if self._keeper:
            self._keeper.join()
        process = self.process
        if process and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def said(self, text: str) -> bool:
        """Whether its log has the text."""
        return self.count(text) > 0

    def count(self, text: str) -> int:
        """How often its log has the text."""
        return self.log.read_text(errors="replace").count(text)

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environ, stdout=log, stderr=log)

    def _keep(self) -> None:
        while self._kept.is_set():
            time.sleep(0.02)
            assert self.process is not None
            if self.process.poll() is not None:
                self.deaths.append(self.process.returncode)
                self._spawn()
