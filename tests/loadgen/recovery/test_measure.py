"""Bands, plateaus, spikes and holds, each by small numbers."""

import math

import pytest

from loadgen.recovery import Outcome, Rules, analyse, baseline, episodes
from loadgen.recovery.band import band

RULES = Rules(drop_s=5, least_s=10, hold_s=10)
PLATEAU = [100.0] * 30
SPIKE = [300.0] * 10


def _load(after: int = 40) -> list[float]:
    return PLATEAU + SPIKE + [100.0] * after


def _lag(*stretches: tuple[int, float]) -> dict[str, list[float]]:
    return {"lag_s": [value for seconds, value in stretches for _ in range(seconds)]}


@pytest.mark.parametrize(
    ("values", "floor", "limit"),
    [
        ([1.0] * 9, 0.0, 1.25),
        ([1.0] * 9, 2.0, 2.0),
        ([1.0, 2.0, 3.0], 0.0, 2 + 3 * 1.4826),
        ([1.0, math.nan, 1.0], 0.0, 1.25),
        ([0.0] * 9, 0.001, 0.001),
    ],
)
def test_a_band_is_the_widest_of_three(values: list[float], floor: float, limit: float) -> None:
    assert band(values, floor, RULES).limit == pytest.approx(limit)


def test_counts_from_the_return_of_the_load_to_the_first_hold() -> None:
    (found,) = analyse(_load(), _lag((32, 0.1), (15, 3.0), (33, 0.1)), RULES)
    assert found.outcome == Outcome.RECOVERED
    lag = found.signals["lag_s"]
    assert (lag.degraded_at, lag.recovered_at, found.recovery_s) == (32, 47, 7.0)
    assert lag.degrade_s == 2.0
    assert lag.degraded_s == 15.0
    assert lag.area == pytest.approx(15 * 2.9)
    assert lag.peak == 3.0


def test_a_relapse_within_the_hold_is_no_recovery() -> None:
    lag = _lag((32, 0.1), (15, 3.0), (5, 0.1), (4, 0.8), (24, 0.1))
    (found,) = analyse(_load(), lag, RULES)
    assert found.recovery_s == 16.0


def test_one_wild_sample_is_no_recovery() -> None:
    lag = _lag((32, 0.1), (15, 3.0), (6, 0.1), (1, 1.1), (26, 0.1))
    (found,) = analyse(_load(), lag, RULES)
    assert found.recovery_s == 14.0


def test_back_while_the_load_is_still_high_takes_no_time() -> None:
    (found,) = analyse(_load(), _lag((32, 0.1), (4, 3.0), (44, 0.1)), RULES)
    assert (found.outcome, found.recovery_s) == (Outcome.RECOVERED, 0.0)


def test_a_hold_that_is_not_seen_to_its_end_is_none() -> None:
    (found,) = analyse(_load(15), _lag((32, 0.1), (15, 3.0), (8, 0.1)), RULES)
    assert found.outcome == Outcome.NOT_WITHIN_LIMIT
    assert found.recovery_s is None
    assert "lag_s" in found.reason


def test_no_change_of_any_signal_is_no_recovery() -> None:
    (found,) = analyse(_load(), _lag((80, 0.1)), RULES)
    assert (found.outcome, found.recovery_s) == (Outcome.NOT_STRESSED, None)


def test_each_spike_is_measured_alone() -> None:
    load = PLATEAU + SPIKE + [100.0] * 40 + SPIKE + [100.0] * 40
    lag = _lag((32, 0.1), (15, 3.0), (33, 0.1), (13, 3.0), (37, 0.1))
    first, second = analyse(load, lag, RULES)
    assert (first.recovery_s, second.recovery_s) == (7.0, 3.0)
    assert first.watched_s == 40


@pytest.mark.parametrize(
    ("load", "said"), [(PLATEAU[:12], "plateau"), ([float(n * n) for n in range(60)], "plateau")]
)
def test_a_short_plateau_is_no_baseline(load: list[float], said: str) -> None:
    found = baseline(load, {"lag_s": [0.0] * len(load)}, len(load), RULES)
    assert said in found.invalid


def test_a_lag_that_grows_is_no_baseline() -> None:
    growing = [at * 5.0 for at in range(80)]
    (found,) = analyse(_load(), {"lag_records": growing}, RULES)
    assert found.outcome == Outcome.INVALID
    assert "grows" in found.reason


def test_a_signal_that_is_not_taken_is_no_baseline() -> None:
    (found,) = analyse(_load(), _lag((20, math.nan), (60, 0.1)), RULES)
    assert found.outcome == Outcome.INVALID
    assert "no value" in found.reason


def test_spikes_close_to_each_other_are_one() -> None:
    load = PLATEAU + SPIKE + [100.0] * 5 + SPIKE + [100.0] * 40
    (found,) = episodes(load, 100.0)
    assert (found.t0, found.t1, found.end, found.peak) == (30, 55, 95, 300.0)
