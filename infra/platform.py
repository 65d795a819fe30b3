"""The platform as a whole: started stage by stage, watched, and stopped in reverse."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from infra.progress import Progress
from infra.services import STAGE_STOP_S, Program, Stage
from infra.stack import NotReady, StackError, marks
from infra.stack.local import tail
from infra.stack.ports import require_free
from infra.stopping import Stopping
from infra.supervise.client import Info, State, Supervisor, SupervisorGone
from infra.supervise.config import render

READY_S = 90.0
_POLL_S = 0.1


class Platform:
    """All programs of one `var` directory. `env` is what each of them is told."""

    def __init__(
        self,
        var: Path,
        programs: Sequence[Program],
        env: Mapping[str, str],
        stopping: Stopping,
        progress: Progress,
    ) -> None:
        self._var = var
        self._programs = programs
        self._env = {**env, marks.MARK: str(var.resolve())}
        self._stopping = stopping
        self._progress = progress
        self._supervisor = Supervisor(var)
        self._tool: subprocess.Popen[bytes] | None = None

    @property
    def supervisor(self) -> Supervisor:
        return self._supervisor

    def clear_left_overs(self) -> None:
        """Ends what an earlier run left when it was killed."""
        if left := marks.find(self._var):
            names = ", ".join(sorted({one.name() for one in left if one.is_running()}))
            self._progress.say(f"clearing what an earlier run left: {len(left)} processes ({names})")
            marks.end(left, timeout_s=5.0)

    def launch(self) -> None:
        """Starts the supervisor with nothing in it running yet. Raises PortTaken, BrokenData, MissingPart."""
        for program in self._programs:
            for port in program.ports:
                require_free(program.name, port)
        (self._var / "log").mkdir(parents=True, exist_ok=True)
        for program in self._programs:
            if program.part is not None:
                with self._progress.step(program.name, "preparing its files", "prepared"):
                    program.part.prepare()
            self._stopping.check()
        config = self._var / "supervisord.conf"
        config.write_text(render(self._var, self._programs))
        self._supervisor.launch(config, self._env)

    def start(self, stage: Stage) -> None:
        """Starts the programs of a stage side by side; returns when all are ready."""
        programs = [program for program in self._programs if program.stage is stage]
        for program in programs:
            self._supervisor.start(program.name)
        for program in programs:
            with self._progress.step(program.name):
                self._wait_ready(program)

    def run_tool(self, argv: Sequence[str], log: str | None = None) -> int:
        """Runs a command of ours to its end, on the terminal or with its output in a log file."""
        output = (self._var / "log" / log).open("ab") if log else None
        try:
            self._tool = subprocess.Popen(
                argv,
                env={**os.environ, **self._env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise StackError(f"{argv[0]} does not exist. `make setup` makes it.") from None
        finally:
            if output:
                output.close()
        while self._tool.poll() is None:
            self._progress.waiting()
            self._stopping.sleep(_POLL_S)
        return self._tool.returncode

    def stop(self) -> None:
        """Ends every process within 15 s, whatever state the platform is in."""
        if self._tool is not None and self._tool.poll() is None:
            self._tool.terminate()
        with suppress(SupervisorGone):
            for stage in reversed(Stage):
                self._stop_stage(stage)
        self._supervisor.shutdown(timeout_s=0.7)
        if left := marks.find(self._var):
            marks.end(left, timeout_s=0.3)

    def _stop_stage(self, stage: Stage) -> None:
        names = [program.name for program in self._programs if program.stage is stage]
        if not self._supervisor.alive():
            raise SupervisorGone
        for name in names:
            self._supervisor.stop(name)
        # Half a second more than supervisord waits until it kills.
        deadline = time.monotonic() + STAGE_STOP_S[stage] - 0.5
        while time.monotonic() < deadline:
            info = self._supervisor.info()
            if all(info[name].state.down for name in names):
                return
            time.sleep(_POLL_S / 2)

    def _wait_ready(self, program: Program) -> None:
        deadline = time.monotonic() + READY_S
        said = False
        while not self._is_ready(program):
            self._stopping.sleep(_POLL_S)
            self._progress.waiting()
            info = self._supervisor.info()[program.name]
            if info.state is State.BACKOFF and not said:
                said = True
                self._progress.say(f"{program.name} ended at once and is started again", "yellow")
            if info.state is State.FATAL or time.monotonic() > deadline:
                raise NotReady(f"{program.name} is not ready; {info.log} ends with:\n{tail(info.log)}")

    def _is_ready(self, program: Program) -> bool:
        # Someone else's server on that port would answer as well.
        if not self._supervisor.info()[program.name].pid:
            return False
        if program.part is not None:
            return program.part.answers()
        return program.ready_url is None or _answers_200(program.ready_url)


class Watch:
    """Says what dies and what comes back, and starts again what supervisord gave up."""

    _FIRST_S, _LONGEST_S = 10.0, 120.0

    def __init__(self, supervisor: Supervisor, progress: Progress) -> None:
        self._supervisor = supervisor
        self._progress = progress
        self._last = supervisor.info()
        self._again: dict[str, tuple[float, float]] = {}

    def look(self, now: float) -> None:
        """Compares with the last look. Raises SupervisorGone."""
        info = self._supervisor.info()
        for name, current in info.items():
            self._compare(name, self._last[name], current, now)
        self._last = info

    def _compare(self, name: str, before: Info, current: Info, now: float) -> None:
        if before.pid and before.pid != current.pid:
            self._progress.say(f"{name} ended (pid {before.pid})", "yellow")
        if current.pid and current.pid != before.pid:
            self._progress.say(f"{name} started again (pid {current.pid})", "yellow")
        if current.state is State.FATAL:
            self._nurse(name, before, current, now)
        elif current.state is State.RUNNING:
            self._again.pop(name, None)

    def _nurse(self, name: str, before: Info, current: Info, now: float) -> None:
        at, wait = self._again.get(name, (0.0, self._FIRST_S / 2))
        if before.state is not State.FATAL or not at:
            wait = min(wait * 2, self._LONGEST_S)
            self._again[name] = (now + wait, wait)
            self._progress.say(
                f"{name} does not stay up; next try in {wait:.0f} s. {current.log} ends with:\n"
                f"{tail(current.log)}",
                "red",
            )
        elif now >= at:
            self._supervisor.start(name)


def _answers_200(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1.0) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
