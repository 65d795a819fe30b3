"""A processor ends itself when the group does not take it, or keep it."""

from types import SimpleNamespace

import pytest

from streams.harness import watchdog
from streams.harness.ending import Exit


class Ended(Exception):
    """In place of the process's end."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]

    def end(code: Exit, why: str, **_: object) -> None:
        raise Ended(code.name, why)

    monkeypatch.setattr(watchdog, "end_process", end)
    monkeypatch.setattr(watchdog, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def until_end(clock: list[float], heartbeats: list[float], most_s: float) -> tuple[float, tuple[object, ...]]:
    """When the process ends, of which answered heartbeats, and why; at the latest after `most_s`."""
    began = clock[0]
    deadlines = watchdog.membership(
        lambda: max((at for at in heartbeats if at <= clock[0] - began), default=0.0), 6.0
    )
    while clock[0] - began < most_s:
        try:
            for deadline in deadlines:
                deadline.check()
        except Ended as ended:
            return clock[0] - began, ended.args
        clock[0] += 0.25
    return most_s, ()


def test_who_never_joins_ends(clock: list[float]) -> None:
    at, why = until_end(clock, [], 60.0)
    assert why == ("HEARTBEAT", "the group could not be joined")
    assert watchdog.JOIN_S < at <= watchdog.JOIN_S + 0.5


def test_who_joins_late_goes_on_as_long_as_heartbeats_come(clock: list[float]) -> None:
    beats = [29.0 + 1.5 * nth for nth in range(40)]
    at, why = until_end(clock, beats, 200.0)
    assert why == ("HEARTBEAT", "no heartbeat was answered")
    assert beats[-1] + 6.0 < at <= beats[-1] + 6.75
