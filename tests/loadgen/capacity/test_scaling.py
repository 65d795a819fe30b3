"""The Universal Scalability Law finds coefficients that are known, and a plan follows from them."""

from datetime import date
from random import Random

import pytest

from loadgen.capacity.growth import Growth, rows
from loadgen.capacity.scaling import Scaling, fit

TODAY = date(2026, 11, 23)
LINEAR = Scaling(100.0, 0.0, 0.0, ((1, 100.0),))


def _law(gamma: float, alpha: float, beta: float, n: int) -> float:
    return gamma * n / (1 + alpha * (n - 1) + beta * n * (n - 1))


@pytest.mark.parametrize(
    ("gamma", "alpha", "beta"),
    [(100.0, 0.0, 0.0), (995.6, 0.02671, 0.000769), (40.0, 0.3, 0.01), (7.0, 0.0, 0.02)],
)
def test_the_fit_recovers_known_coefficients(gamma: float, alpha: float, beta: float) -> None:
    found = fit({n: [_law(gamma, alpha, beta, n)] for n in (1, 2, 4, 8)})
    assert found.gamma == pytest.approx(gamma, rel=1e-3)
    assert found.alpha == pytest.approx(alpha, abs=1e-3)
    assert found.beta == pytest.approx(beta, abs=1e-4)
    assert found.warnings == ()


def test_noise_moves_it_little() -> None:
    rng = Random(1)
    runs = {n: [_law(500, 0.05, 0.002, n) * rng.gauss(1, 0.02) for _ in range(5)] for n in (1, 2, 3, 4, 6, 8)}
    found = fit(runs)
    assert found.capacity(12) == pytest.approx(_law(500, 0.05, 0.002, 12), rel=0.1)


def test_two_counts_give_contention_and_one_is_linear_both_with_a_warning() -> None:
    two = fit({1: [100.0], 2: [160.0]})
    assert two.capacity(2) == pytest.approx(160, rel=1e-3)
    assert two.beta == 0
    assert "coherency taken as none" in two.warnings[0]
    one = fit({2: [100.0, 120.0, 110.0]})
    assert one.capacity(4) == pytest.approx(220)
    assert "taken as linear" in one.warnings[0]


@pytest.mark.parametrize("runs", [{}, {1: []}, {1: [0.0]}])
def test_nothing_measured_is_refused(runs: dict[int, list[float]]) -> None:
    with pytest.raises(ValueError, match="no capacity"):
        fit(runs)


def test_how_many_are_needed_and_where_more_do_less() -> None:
    scaling = Scaling(100.0, 0.1, 0.01, ((1, 100.0), (4, 280.0)))
    assert scaling.peak == pytest.approx(9.487, abs=0.01)
    needed = scaling.needed(200)
    assert needed is not None
    assert scaling.capacity(needed) >= 200 > scaling.capacity(needed - 1)
    assert scaling.needed(10_000) is None
    assert LINEAR.needed(950) == 10


def test_an_instance_is_added_before_the_capacity_is_reached() -> None:
    found = rows(LINEAR, 0.7, per_user=0.5, growth=Growth(35.0, 0.1, TODAY), most=4)
    assert [row.planned for row in found] == pytest.approx([70.0, 140.0, 210.0, 280.0])
    assert found[0].users == pytest.approx(140)
    # ln(2) / ln(1.1) = 7.27 months to twice the load.
    assert found[0].on == date(2027, 7, 2)
    assert [row.far for row in found] == [False, False, True, True]
    dates = [row.on for row in found if row.on]
    assert dates == sorted(dates)


def test_without_growth_no_date_and_when_it_is_there_already_today() -> None:
    still = Growth(80.0, 0.0, TODAY)
    assert still.reaches(70.0) == TODAY
    assert still.reaches(90.0) is None
    assert Growth(1.0, 0.001, TODAY).reaches(1e9) is None
