"""A kept run becomes what its page shows."""

from pathlib import Path

import pytest

from loadgen.recovery.kept import RecoveryKept, SignalKept, SpikeKept
from loadgen.report.build import margin, report
from loadgen.results.reading import read_run
from loadgen.results.recording import Ended
from loadgen.watch import Seen, StageSeen
from loadgen.watch.seen import ProcessSeen
from tests.loadgen.results.test_recording import Stopped, begun
from tests.loadgen.results.windows import window

BEGAN_MS = 50_000
SECONDS = 12


def _run(directory: Path) -> Path:
    recording = begun(directory, Stopped())
    for second in range(SECONDS):
        stage = 0 if second < 2 else 1
        recording.heard(window(second, stage, start={"ok": [0.01] * 9, "shed": [0.001]}))
    recording.close(Ended(float(SECONDS)))
    return directory


def _seen() -> list[Seen]:
    return [
        Seen(
            at_ms=BEGAN_MS + 1000 * at,
            stages={"persister:events": StageSeen(records=at, seconds=at / 10)},
            sentinel_ms=20.0,
            processes=(ProcessSeen(name="gateway", pid=7, pss=(50 + at) << 20, cpu_s=0.5 * at),)
            if at % 5 == 0
            else (),
        )
        for at in range(SECONDS)
    ]


def _recovery() -> RecoveryKept:
    signal = SignalKept(
        name="lag_s", median=0.1, limit=0.5, degraded_at=4, recovered_at=8, recovery_s=2.0, degrade_s=1.0,
        degraded_s=4.0, peak=3.0, area=9.0, drain_per_s=None,
    )  # fmt: skip
    spike = SpikeKept(
        outcome="recovered", reason="", rate=10.0, baseline=(0, 3), t0=3, t1=6, peak=30.0, recovery_s=2.0,
        watched_s=6, predicted_s=1.9, signals=[signal],
    )  # fmt: skip
    return RecoveryKept(began_ms=BEGAN_MS, factor=1.0, spikes=[spike])


def test_shows_what_the_run_and_its_watcher_have_kept(tmp_path: Path) -> None:
    shown = report(read_run(_run(tmp_path / "r1"), keep_windows=True), _seen(), _recovery())
    assert shown.seconds == SECONDS
    assert shown.charts["failures"]["shed"] == [1.0] * SECONDS
    assert shown.charts["lag"]["persister:events"][4] == 0.4
    assert shown.charts["cpu"]["gateway"][5] == pytest.approx(0.5)
    assert shown.charts["memory"]["gateway"][10] == 60.0
    assert [(mark.kind, mark.begin, mark.end) for mark in shown.marks] == [
        ("stage", 0, 2),
        ("stage", 2, SECONDS),
        ("spike", 3, 6),
        ("recovery", 6, 8.0),
    ]
    (endpoint,) = shown.endpoints
    assert (endpoint.name, endpoint.requests, endpoint.shed) == ("start", 120, 12)
    assert ("recovery_s", "2 s") in shown.recovery
    assert shown.resources
    assert shown.resources.stages == ["up", "hold"]
    (name, (_, held)) = shown.resources.rows[0]
    assert name == "gateway"
    assert held
    assert held == pytest.approx((0.5, 60 << 20))
    assert shown.memory
    assert shown.memory.at == [], "twelve seconds say nothing of twelve hours"


def test_a_run_that_nobody_watched_has_a_page_too(tmp_path: Path) -> None:
    shown = report(read_run(_run(tmp_path / "r1"), keep_windows=True), [], None)
    assert "lag" not in shown.charts
    assert shown.recovery == []


@pytest.mark.parametrize(
    ("figure", "limit", "operator", "left"),
    [(90.0, 100.0, "<", 0.1), (120.0, 100.0, "<=", -0.2), (1200.0, 1000.0, ">=", 0.2), (0.0, 0.0, "<", None)],
)
def test_a_margin_is_what_is_left_of_a_target(
    figure: float, limit: float, operator: str, left: float | None
) -> None:
    assert margin(figure, limit, operator) == (None if left is None else pytest.approx(left))
