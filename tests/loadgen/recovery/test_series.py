"""A run's windows and what was seen beside it, second by second."""

import math
from pathlib import Path

import pytest

from loadgen.profiles.model import Mode
from loadgen.recovery import Rules, analyse
from loadgen.recovery.kept import kept, read, write
from loadgen.recovery.series import SENTINEL_LOST_MS, Second, capacity, second, series
from loadgen.results.window import Window
from loadgen.watch import Seen, StageSeen

BEGAN_MS = 1_000_000


def _seen(at_s: float, records: int, processed: int, sentinel_ms: float | None = 20.0) -> Seen:
    stage = StageSeen(records=records, seconds=records / 100, processed=processed)
    return Seen(
        at_ms=BEGAN_MS + int(at_s * 1000), stages={"persister:events": stage}, sentinel_ms=sentinel_ms
    )


def _second(offered: float = 100.0) -> Second:
    return Second(offered, 90.0, 12.0, 0.0, 0.1)


def test_a_second_counts_errors_and_shed_apart_and_times_of_right_answers() -> None:
    window = Window(3, 0, intended=10, vus=4)
    for kind, taken in (("ok", 0.010), ("shed", 0.001), ("timeout", 9.0), ("wrong", 0.5)):
        window.cell(0, "start", kind).sent.add(taken)
        window.cell(0, "start", kind).intended.add(taken)
    found = second(Mode.CONTACTS, window)
    assert (found.offered, found.served, found.error_ratio, found.shed_ratio) == (10.0, 1.0, 0.5, 0.25)
    assert found.p95_ms == pytest.approx(10.0, rel=0.01)
    assert second(Mode.VUS, window).offered == 4.0


def test_views_stand_at_their_seconds_and_one_that_is_missing_is_its_neighbours() -> None:
    known = series([_second()] * 5, [_seen(0.1, 5, 10), _seen(1.0, 7, 30), _seen(3.9, 9, 90)], BEGAN_MS)
    assert known.signals["lag_records"][:4] == [5.0, 7.0, 7.0, 9.0]
    assert known.stages["persister:events"][1] == 0.07
    assert known.processed[1] == 20.0
    assert math.isnan(known.processed[0])


def test_a_sentinel_that_did_not_come_counts_with_all_its_time() -> None:
    known = series([_second()], [_seen(0, 1, 1, None)], BEGAN_MS)
    assert known.signals["sentinel_ms"] == [SENTINEL_LOST_MS]


def test_without_a_view_there_are_the_generators_own_signals() -> None:
    assert set(series([_second()], [], BEGAN_MS).signals) == {"response_p95_ms", "error_ratio", "shed_ratio"}


def test_the_capacity_is_what_was_done_while_more_was_asked_for() -> None:
    assert capacity([1.0, 50.0, math.nan, 60.0, 55.0, 2.0], 1, 5) == 55.0
    assert math.isnan(capacity([], 0, 0))


def test_is_kept_in_plain_values(tmp_path: Path) -> None:
    load = [100.0] * 30 + [300.0] * 10 + [100.0] * 40
    lag = [0.1] * 32 + [3.0] * 15 + [0.1] * 33
    rules = Rules(drop_s=5, least_s=10, hold_s=10)
    write(tmp_path, kept(BEGAN_MS, 1.0, analyse(load, {"lag_s": lag}, rules)))
    found = read(tmp_path)
    assert found
    (spike,) = found.spikes
    assert (spike.outcome, spike.recovery_s, spike.t0, spike.t1) == ("recovered", 7.0, 30, 40)
    assert spike.signals[0].name == "lag_s"
    assert read(tmp_path / "nothing") is None
