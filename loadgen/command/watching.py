"""A run beside which the platform is watched, and which ends when it has recovered."""

import math
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from loadgen.profiles.model import Profile
from loadgen.recovery import Analysis, Outcome, Rules, analyse
from loadgen.recovery import kept as files
from loadgen.recovery.series import Second, Series, capacity, second, series
from loadgen.results.window import Window
from loadgen.run import Control
from loadgen.watch import Seen, decode_seen

_LOOK_EVERY_S = 2
_STOP_S = 30.0


class Watching:
    """The watching process, from entering the context to leaving it; `heard` takes the run's windows.

    `roots` are processes whose descendants are the platform's.
    """

    def __init__(
        self, directory: Path, profile: Profile, gateway: str, redis: str, roots: Sequence[int], factor: float
    ) -> None:
        self._directory, self._profile, self._factor = directory, profile, factor
        self._rules = Rules().compressed(factor) if factor > 1 else Rules()
        self._seconds: list[Second] = []
        self._began_ms = 0
        queue = profile.agents.queue if profile.agents else "support"
        self._command = [sys.executable, "-m", "loadgen.watch", "--gateway", gateway, "--redis", redis]
        self._command += ["--run", directory.name, "--queue", queue, "--out", str(directory / files.LAG)]
        self._command += [part for root in roots for part in ("--root", str(root))]
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Starts the process. The run's directory must be there."""
        self._process = subprocess.Popen(self._command, start_new_session=True)

    def heard(self, window: Window, control: Control) -> None:
        """One second; lets the run end once its load is back and everything has recovered."""
        began_ms = time.time_ns() // 1_000_000 - (window.second + 1) * 1000
        self._began_ms = min(self._began_ms or began_ms, began_ms)
        self._seconds.append(second(self._profile.mode, window))
        held = window.second >= self._profile.seconds
        if held and self._profile.limit_s and window.second % _LOOK_EVERY_S == 0 and self._is_over():
            control.recovered.set()

    def end(self) -> list[Analysis]:
        """Stops the process and writes recovery.json. Raises OSError."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        found = self.analysed()
        files.write(self._directory, files.kept(self._began_ms, self._factor, found))
        return found

    def analysed(self) -> list[Analysis]:
        """By what is known so far."""
        return analysed(self.known(), self._rules)

    def known(self) -> Series:
        """All signals so far."""
        return series(self._seconds, read_seen(self._directory), self._began_ms)

    def _is_over(self) -> bool:
        """Everything that left its band is back; where nothing did, it was watched for long enough."""
        found = self.analysed()
        if all(one.outcome == Outcome.NOT_STRESSED for one in found):
            return min(one.watched_s for one in found) >= 2 * self._rules.hold_s
        return all(one.outcome in (Outcome.RECOVERED, Outcome.INVALID, Outcome.NOT_STRESSED) for one in found)


def analysed(known: Series, rules: Rules) -> list[Analysis]:
    """With the capacity that the spike itself showed: records a second, done while more was asked for."""
    found = analyse(known.offered, known.signals, rules)
    if "lag_records" not in known.signals or not found[0].episode:
        return found
    return [_predicting(one, known) for one in found]


def _predicting(found: Analysis, known: Series) -> Analysis:
    episode, baseline = found.episode, found.baseline
    if episode is None:
        return found
    most = capacity(known.processed, (episode.t0 + episode.t1) // 2, episode.t1)
    usual = capacity(known.processed, baseline.begin, baseline.end)
    lag = known.signals["lag_records"]
    backlog = next((value for value in lag[episode.t1 : episode.t1 + 3] if not math.isnan(value)), math.nan)
    if math.isnan(backlog) or not most > usual:
        return found
    left = max(0.0, backlog - baseline.bands["lag_records"].limit)
    return replace(found, predicted_s=left / (most - usual))


def read_seen(directory: Path) -> list[Seen]:
    """Every whole line of lag.jsonl; none where nobody watched."""
    try:
        lines = (directory / files.LAG).read_bytes().splitlines(keepends=True)
    except OSError:
        return []
    return [decode_seen(line) for line in lines if line.endswith(b"\n")]
