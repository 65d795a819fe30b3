"""A measurement of recovery is worth what it finds where the truth is known."""

import math

import pytest

from loadgen.recovery import Outcome, analyse
from tests.loadgen.recovery.truth import KINDS, Case, case

SEEDS = 170


@pytest.mark.parametrize("kind", KINDS)
def test_finds_the_truth_of_a_known_queue(kind: str) -> None:
    wrong = [told for seed in range(SEEDS) if (told := _wrong(case(kind, seed), seed))]
    assert not wrong, f"{len(wrong)} of {SEEDS}: {wrong[:5]}"


def _wrong(known: Case, seed: int) -> str:
    """What is wrong with the analysis of a case; empty where nothing is."""
    (found,) = analyse(known.offered, known.signals, capacity=known.capacity)
    if found.outcome != known.outcome:
        return f"seed {seed}: {found.outcome}, not {known.outcome} ({found.reason})"
    if known.truth_s is None:
        return ""
    assert found.recovery_s is not None
    error_s = abs(found.recovery_s - known.truth_s)
    if error_s > max(2.0, 0.02 * known.truth_s):
        return f"seed {seed}: {found.recovery_s} s, in truth {known.truth_s:.1f} s"
    if found.ratio is None or math.isnan(found.ratio):
        return f"seed {seed}: no prediction"
    if known.truth_s > 20 and abs(found.ratio - 1) > 0.15:
        return f"seed {seed}: {found.ratio:.2f} of what was predicted"
    return ""


def test_a_spike_that_hurts_nobody_is_never_called_recovered() -> None:
    for seed in range(SEEDS):
        (found,) = analyse(*_of(case("calm", seed)))
        assert found.outcome == Outcome.NOT_STRESSED
        assert found.recovery_s is None


def _of(known: Case) -> tuple[list[float], dict[str, list[float]]]:
    return known.offered, known.signals
