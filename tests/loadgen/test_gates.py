"""Each gate, just inside and just outside; and a calibration against the real null server."""

import pytest
import uvloop

from loadgen.results.window import Window
from loadgen.trust.calibration import calibrate
from loadgen.trust.gates import headline, judge, valid


def _second(number: int, *, late_ms: float = 0.1, missing: int = 0, **given: float) -> Window:
    window = Window(number, 0, intended=1000, begun=1000 - missing, cpu_s=0.5, processes=1)
    for _ in range(100):
        window.lateness.add(late_ms / 1000)
        window.loop_lag.add(given.get("lag_ms", 1.0) / 1000)
    window.cpu_s = given.get("cpu_s", window.cpu_s)
    window.dropped = int(given.get("dropped", 0))
    window.processes = int(given.get("processes", 1))
    return window


def _broken(windows: list[Window], cores: int = 2) -> list[str]:
    return [verdict.name for verdict in judge(windows, cores) if not verdict.ok]


def test_a_good_run() -> None:
    verdicts = judge([_second(number) for number in range(25)], 2)
    assert valid(verdicts)
    assert headline(verdicts).startswith("valid")


@pytest.mark.parametrize(
    ("inside", "outside", "name"),
    [
        ({"late_ms": 0.49}, {"late_ms": 0.51}, "lateness_p50_ms"),
        ({"lag_ms": 9.9}, {"lag_ms": 10.1}, "loop_lag_p99_ms"),
        ({"cpu_s": 0.79}, {"cpu_s": 0.81}, "cpu"),
        ({"cpu_s": 1.5, "processes": 2}, {"cpu_s": 1.7, "processes": 2}, "cpu"),
        ({"cpu_s": 1.5, "processes": 9}, {"cpu_s": 1.7, "processes": 9}, "cpu"),
        ({"dropped": 0.0}, {"dropped": 1}, "dropped"),
        ({"missing": 1}, {"missing": 2}, "unsent"),
    ],
)
def test_the_limits(inside: dict[str, float], outside: dict[str, float], name: str) -> None:
    assert _broken([_second(number, **inside) for number in range(20)]) == []  # type: ignore[arg-type]
    broken = judge([_second(number, **outside) for number in range(20)], 2)  # type: ignore[arg-type]
    assert [verdict.name for verdict in broken if not verdict.ok] == [name]
    assert headline(broken).startswith(f"INVALID: {name} ")


def test_one_late_request_in_fifty_breaks_the_99th_percentile() -> None:
    late = _second(0)
    late.lateness.add(0.006)
    late.lateness.add(0.006)
    assert _broken([late]) == ["lateness_p99_ms"]


@pytest.mark.parametrize("at", [3, 14, 22], ids=["first block", "second block", "the rest"])
def test_ten_bad_seconds_show_in_a_long_run(at: int) -> None:
    """Arrivals that come a moment later, in the same ten seconds, do not; nor does one on the edge."""
    windows = [_second(number) for number in range(25)]
    windows[at].begun -= 40
    assert _broken(windows) == ["unsent"]
    windows[at + 1].begun += 40
    assert _broken(windows) == []
    windows[at].begun -= 1
    assert _broken(windows) == []


def test_a_closed_run_has_no_arrivals_to_judge() -> None:
    assert _broken([Window(second, 0, cpu_s=0.1) for second in range(5)]) == []
    assert _broken([]) == []


def test_a_calibration_measures_what_the_generator_can() -> None:
    found = uvloop.run(calibrate(seconds=1.0, open_rate=300.0))
    assert found.rate > 500
    assert 1 < found.cpu_us < 2000
    assert found.per_core_per_s == pytest.approx(1e6 / found.cpu_us)
    assert 0 < found.floor_p50_ms <= found.floor_p95_ms <= found.floor_p99_ms
    assert found.says.startswith(("valid", "INVALID"))
    assert found.near_floor(found.floor_p95_ms * 9)
    assert not found.near_floor(found.floor_p95_ms * 11)
