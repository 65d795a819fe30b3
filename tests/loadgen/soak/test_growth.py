"""What a watcher saw of processes becomes slopes; those that were started anew are named."""

import pytest

from loadgen.soak.growth import changes, growths, warm_up_of
from loadgen.soak.latency import p95_trend
from loadgen.soak.memory import MB
from loadgen.watch import Seen
from loadgen.watch.seen import ProcessSeen
from tests.loadgen.results.windows import window

RUN_S = 1800
BEGAN_MS = 7_000


def _process(name: str, pid: int, mb: float) -> ProcessSeen:
    return ProcessSeen(name=name, pid=pid, pss=int(mb * MB), cpu_s=0.0)


def _seen(restarts_at: float = RUN_S) -> list[Seen]:
    """The gateway grows by 6 MB an hour, and is another process from `restarts_at` on; postgres is two."""
    return [
        Seen(
            at_ms=BEGAN_MS + 1000 * at,
            processes=(
                _process("gateway", 10 if at < restarts_at else 11, 80 + at / 600),
                _process("routing", 20, 50),
                _process("postgres", 30, 40),
                _process("postgres", 31 + at, 5),
            )
            if at % 5 == 0
            else (),
        )
        for at in range(RUN_S)
    ]


def test_each_process_of_ours_has_a_slope_and_a_server_is_one() -> None:
    gateway, routing, postgres = growths(_seen(), BEGAN_MS, RUN_S)
    assert (gateway.name, routing.name, postgres.name) == ("gateway", "routing", "postgres")
    assert gateway.trend
    assert gateway.trend.per_h / MB == pytest.approx(6.0)
    assert gateway.most / MB == pytest.approx(83, abs=0.1)
    assert routing.trend == pytest.approx((0, 0, 0, 50 * MB))
    assert not postgres.ours
    assert postgres.most / MB == pytest.approx(45)
    assert changes(_seen(), BEGAN_MS) == []


def test_one_that_was_started_anew_is_said() -> None:
    seen = _seen(restarts_at=700)
    assert changes(seen, BEGAN_MS) == ["gateway (10) ended at 695 s", "gateway (11) began at 700 s"]
    old, new, *_ = growths(seen, BEGAN_MS, RUN_S)
    assert (old.name, new.name) == ("gateway 10", "gateway 11")
    assert old.trend is None, "95 seconds after the warm-up say nothing"
    assert new.trend, "judged after a warm-up of its own"


def test_nothing_is_said_of_a_run_that_hardly_began() -> None:
    assert [one.trend for one in growths(_seen()[:6], BEGAN_MS, 0.0)] == [None, None, None]
    assert changes([], BEGAN_MS) == []
    assert warm_up_of(90.0) == 30.0
    assert warm_up_of(7200.0) == 600.0


def test_the_slope_of_the_p95_leaves_out_what_was_shed() -> None:
    windows = [
        window(at, 0, start={"ok": [0.01 + at / 36_000] * 20, "shed": [9.0] * 20}) for at in range(120)
    ]
    found = p95_trend(windows, 40.0)
    assert found
    assert found.per_h == pytest.approx(100.0, rel=0.05)
    assert p95_trend([], 0.0) is None
