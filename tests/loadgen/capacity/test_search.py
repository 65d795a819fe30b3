"""The search for the highest rate, against targets with a known one."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.capacity.search import Search, Told


def searched(search: Search, truth: float, noise: float = 0.0, seed: int = 0, reach: float = 1e12) -> Search:
    """Each probe errs with the chance `noise`; beyond `reach` the generator can't follow."""
    rng = Random(seed)
    while (rate := search.next()) is not None:
        if rate > reach:
            search.tell(Told.INVALID)
        elif (rate <= truth) != (rng.random() < noise):
            search.tell(Told.HELD)
        else:
            search.tell(Told.BROKE)
    return search


@given(st.floats(0.05, 100_000), st.floats(1, 1_000), st.sampled_from([0.02, 0.05, 0.2]))
def test_it_finds_what_is_there(truth: float, first: float, precision: float) -> None:
    search = searched(Search(first, precision), truth)
    if truth < first / 64:
        assert not search.sure
        return
    if search.sure:
        assert truth / (1 + precision) <= search.held <= truth
        assert not search.generator_limits
    assert search.probes <= 40


def test_a_noisy_target_is_not_overestimated_by_a_lucky_probe() -> None:
    found = [searched(Search(100, 0.05), 1000, noise=0.08, seed=seed) for seed in range(200)]
    assert sum(one.sure for one in found) >= 195
    too_high = sum(one.held > 1000 * 1.05 for one in found)
    assert too_high <= 8
    right = sum(850 <= one.held <= 1050 for one in found)
    assert right >= 180


def test_an_invalid_probe_is_made_again() -> None:
    search = Search(100)
    assert search.next() == 100
    search.tell(Told.INVALID)
    assert search.next() == 100
    search.tell(Told.HELD)
    assert search.next() == 200


def test_the_generators_own_limit_is_named() -> None:
    search = searched(Search(100, 0.05), 1e9, reach=900)
    assert search.sure
    assert search.generator_limits
    assert 900 / 1.05 <= search.held <= 900


def test_nothing_holds() -> None:
    search = searched(Search(100), 0)
    assert not search.sure
    assert search.held == 0
    assert search.probes <= 8


@pytest.mark.parametrize(("first", "precision"), [(0, 0.05), (10, 0), (10, 1)])
def test_senseless_searches_are_refused(first: float, precision: float) -> None:
    with pytest.raises(ValueError, match="a search from"):
        Search(first, precision)
