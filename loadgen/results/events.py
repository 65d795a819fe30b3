"""What happens in a run beside its figures. Pure."""

from collections.abc import Iterator

import msgspec

from loadgen.profiles.thresholds import Judged
from loadgen.results.totals import UNANSWERED
from loadgen.results.window import Window


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of events.jsonl; `at_s` counts from the run's beginning. `kind` is began, stage, target_down,
    target_up, threshold_broken, threshold_kept, aborted, interrupted or ended."""

    at_s: float
    kind: str
    text: str
    stage: str = ""


class Watch:
    """Compares each second with the one before. The target counts as down from a second in which requests
    ended and none was answered, until one is."""

    def __init__(self, stages: tuple[str, ...]) -> None:
        self._stages = stages
        self._stage = -1
        self._down_since: int | None = None
        self._broken: set[str] = set()

    def look(self, window: Window) -> Iterator[Event]:
        """What is new in this second."""
        at_s = float(window.second)
        if window.stage != self._stage:
            self._stage = window.stage
            name = self._stages[window.stage] if window.stage < len(self._stages) else str(window.stage)
            yield Event(at_s=at_s, kind="stage", text=f"the stage {name} began", stage=name)
        answered = sum(tally.count for cell, tally in window.cells.items() if cell.kind not in UNANSWERED)
        ended = sum(tally.count for tally in window.cells.values())
        if answered and self._down_since is not None:
            down_s = window.second - self._down_since
            self._down_since = None
            yield Event(at_s=at_s, kind="target_up", text=f"the target answers again, after {down_s} s")
        elif ended and not answered and self._down_since is None:
            self._down_since = window.second
            kinds = ", ".join(sorted({cell.kind for cell in window.cells}))
            yield Event(at_s=at_s, kind="target_down", text=f"the target answers nothing ({kinds})")

    def judge(self, second: int, judged: list[Judged]) -> Iterator[Event]:
        """Which thresholds were crossed, either way."""
        for one in judged:
            key = f"{one.metric} {one.expression}"
            if not one.ok and key not in self._broken:
                self._broken.add(key)
                yield Event(at_s=float(second), kind="threshold_broken", text=one.text)
            elif one.ok and key in self._broken:
                self._broken.discard(key)
                yield Event(at_s=float(second), kind="threshold_kept", text=one.text)
