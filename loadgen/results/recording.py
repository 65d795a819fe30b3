"""A run being written: each second's window as it comes, the last words at its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from loadgen.profiles.thresholds import Judged
from loadgen.results import lines
from loadgen.results.events import Event, Watch
from loadgen.results.files import RunFiles
from loadgen.results.kept import Thresholds, ends_the_run, judged
from loadgen.results.runs import META, SUMMARY, VERDICT, WINDOWS
from loadgen.results.state import State, Status, running
from loadgen.results.summary import summary
from loadgen.results.targets import Target
from loadgen.results.totals import Totals
from loadgen.results.verdict import Verdict, gates_of, verdict
from loadgen.results.window import Window
from loadgen.trust.gates import Gates

_JUDGE_EVERY_S = 2
"""As often as k6 does."""


@dataclass
class Ended:
    """How the run itself ended; `reason` "" where it is all that was planned."""

    seconds: float
    reason: str = ""
    interrupted: bool = False
    breaches: tuple[str, ...] = ()


@dataclass
class Recording:
    """`heard` takes the windows. `stop` is called with a reason where the run must end: the disk is full, or
    a threshold with abortOnFail is broken. `shown` sees each window after it was written, with new events."""

    directory: Path
    stages: tuple[str, ...]
    thresholds: Thresholds
    stop: Callable[[str], None]
    shown: Callable[[Window, list[Event]], None] = lambda *_: None
    cores: int = 1
    """Of the machine that generates, for the gates."""
    totals: Totals = field(default_factory=Totals)
    now_judged: list[Judged] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._files = RunFiles(self.directory)
        self._watch = Watch(self.stages)
        self._gates = Gates(self.cores)
        self._second = 0
        self._cut_short = ""
        """Why we ourselves had the run stopped."""

    def begin(self, meta: object) -> None:
        """Raises OSError where nothing can be written from the first."""
        self._files.write_state(running())
        self._files.write(META, msgspec.to_builtins(meta))
        self.event("began", "the run began")

    def event(self, kind: str, text: str) -> None:
        """One that the windows don't tell of, at the second that has come."""
        self._files.append_event(Event(at_s=float(self._second), kind=kind, text=text))

    def heard(self, window: Window) -> None:
        """Writes one second."""
        self._second = window.second
        self.totals.add(window)
        self._gates.take(window)
        self._files.append(WINDOWS, lines.encode(window, self.stages))
        events = list(self._watch.look(window))
        if self.thresholds and window.second % _JUDGE_EVERY_S == 0:
            events += self._judge(window.second)
        for event in events:
            self._files.append_event(event)
        if self._files.failure and not self._cut_short:
            text = f"{self._files.failure}; what came before is kept"
            events.append(Event(at_s=float(window.second), kind="aborted", text=text))
            self._end(text)
        self.shown(window, events)

    def close(
        self,
        ended: Ended,
        targets: Callable[[Totals], Sequence[Target]] = lambda _: (),
        *,
        required: bool = False,
    ) -> Verdict:
        """Writes the last words, with the `targets` of the whole. Raises OSError where there is no room even
        for them."""
        self.totals.lasted_s = ended.seconds
        state = self._state(ended)
        self.now_judged = judged(self.totals, self.thresholds, self.stages)
        gates = gates_of(self._gates.verdicts())
        aims = targets(self.totals)
        decided = verdict(state, gates, self.now_judged, ended.breaches, aims, required=required)
        kind = "interrupted" if state.status is Status.INTERRUPTED else "ended"
        self.event(kind, state.reason or "all of it was done")
        self._files.close()
        self._files.write_state(state)
        whole = summary(self.totals, self.now_judged, self.stages, state.reason)
        self._files.write(SUMMARY, whole)
        self._files.write(VERDICT, msgspec.to_builtins(decided))
        return decided

    def _judge(self, second: int) -> list[Event]:
        self.now_judged = judged(self.totals, self.thresholds, self.stages)
        events = list(self._watch.judge(second, self.now_judged))
        if not self._cut_short and (broken := ends_the_run(self.now_judged, second)):
            text = f"a threshold with abortOnFail is broken: {broken.text}"
            events.append(Event(at_s=float(second), kind="aborted", text=text))
            self._end(text)
        return events

    def _end(self, why: str) -> None:
        self._cut_short = why
        self.stop(why)

    def _state(self, ended: Ended) -> State:
        reason = self._cut_short or ended.reason
        if not reason:
            status = Status.COMPLETE
        elif ended.interrupted and not self._cut_short:
            status = Status.INTERRUPTED
        else:
            status = Status.PARTIAL
        return State(status=status, reason=reason, seconds=round(ended.seconds, 6))
