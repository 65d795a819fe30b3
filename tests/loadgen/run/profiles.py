"""Profiles and sums that the tests of a run share."""

from collections import Counter
from collections.abc import Sequence

from loadgen.profiles.model import Expect, Mode, Profile, Stage, Step
from loadgen.results.window import Window

ECHO = Step("echo", "POST", "/echo", body='{"id":"${uuid}"}', expect=Expect(present=("id",)))


def profile(mode: Mode, *stages: Stage, steps: Sequence[Step] = (ECHO,), start: float = 0.0) -> Profile:
    """A small one, on few connections."""
    return Profile("small", mode, stages, tuple(steps), start, connections=32, timeout_s=2.0)


def total(windows: Sequence[Window]) -> Window:
    """All of a run in one window; checks that they came in order."""
    assert [window.second for window in windows] == list(range(len(windows)))
    one = Window(0, 0, processes=0)
    for window in windows:
        one.merge(window)
    return one


def kinds(window: Window) -> Counter[tuple[str, str]]:
    """Requests by endpoint and kind."""
    found: Counter[tuple[str, str]] = Counter()
    for cell, tally in window.cells.items():
        found[cell.endpoint, cell.kind] += tally.count
    return found
