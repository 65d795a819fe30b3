"""Erlang C and A against published values, and against each other."""

from math import exp, isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.insight.staffing import Forecast, Load, agents_for, erlang_b, erlang_c, forecast

CALLS = Load(calls_per_hour=48 * 60, aht_s=60)
IMPATIENT = Load(calls_per_hour=48 * 60, aht_s=60, patience_s=120)


@pytest.mark.parametrize(
    ("agents", "erlangs", "blocked"),
    [
        (1, 0.0101, 0.01),
        (5, 1.36, 0.01),
        (10, 4.46, 0.01),
        (10, 6.22, 0.05),
        (20, 15.2, 0.05),
        (50, 37.9, 0.01),
    ],
)
def test_erlang_b_as_in_the_usual_tables(agents: int, erlangs: float, blocked: float) -> None:
    """The Erlang B table that every handbook prints (for example T. S. Rappaport, Wireless Communications,
    appendix A), loads rounded to three digits."""
    assert erlang_b(agents, erlangs) == pytest.approx(blocked, rel=0.02)


@pytest.mark.parametrize(
    ("agents", "erlangs", "waits"),
    [(2, 0.1465, 0.01), (3, 0.4291, 0.01), (3, 1.040, 0.10), (8, 3.87, 0.05), (10, 4.08, 0.01)],
)
def test_erlang_c_as_in_the_usual_tables(agents: int, erlangs: float, waits: float) -> None:
    """I. Angus, "An Introduction to Erlang B and Erlang C", Telemanagement 187 (2001), Erlang C table; loads
    rounded to three or four digits."""
    assert erlang_c(agents, erlangs) == pytest.approx(waits, rel=0.01)


def test_erlang_c_as_a_published_example() -> None:
    """100 calls in half an hour of 3 minutes each, 20 s: as the R package ErlangC and pyworkforce print."""
    needed = agents_for(Load(calls_per_hour=200, aht_s=180), 0.8, 20)
    assert needed.agents == 14
    assert needed.wait_probability == pytest.approx(0.1741319, abs=1e-7)
    assert needed.service_level == pytest.approx(0.88835, abs=1e-5)
    assert needed.asa_s == pytest.approx(7.83593701, abs=1e-8)
    assert needed.occupancy == pytest.approx(0.7142857, abs=1e-7)


def test_with_and_without_abandonment_as_published() -> None:
    """Garnett, Mandelbaum and Reiman (2002), the introduction's table (also in Mandelbaum and Zeltyn, 2005):
    50 agents, 48 calls a minute of a minute each, patience of 2 minutes. Without abandonment an average wait
    of 20.8 s and 96 % busy; with it 3.1 % leave, 3.7 s and 93 %."""
    patient, impatient = forecast(CALLS, 50, 20), forecast(IMPATIENT, 50, 20)
    assert round(patient.asa_s, 1) == 20.8
    assert round(patient.occupancy, 2) == 0.96
    assert round(impatient.abandon_rate, 3) == 0.031
    assert round(impatient.abandon_rate * 120, 1) == 3.7  # everybody's wait: θE[W] = P(abandon)
    assert round(impatient.occupancy, 2) == 0.93


def _by_birth_and_death(load: Load, agents: int) -> tuple[float, float]:
    """P(wait) and P(abandon) from the states' probabilities: another way to the same."""
    assert load.patience_s is not None
    weights = [1.0]
    while len(weights) < agents + 2_000:
        number = len(weights)
        leave = min(number, agents) / load.aht_s + max(0, number - agents) / load.patience_s
        weights.append(weights[-1] * load.calls_per_hour / 3600 / leave)
    whole = sum(weights)
    queue = (
        sum((number - agents) * weight for number, weight in enumerate(weights) if number > agents) / whole
    )
    return sum(weights[agents:]) / whole, queue / load.patience_s / (load.calls_per_hour / 3600)


LOADS = st.builds(
    Load,
    calls_per_hour=st.floats(5, 1500),
    aht_s=st.floats(20, 600),
    patience_s=st.floats(10, 900),
)


@settings(max_examples=60, deadline=None)
@given(LOADS, st.floats(0.7, 1.6))
def test_erlang_a_is_what_its_states_say(load: Load, share: float) -> None:
    agents = max(1, round(load.erlangs * share))
    waits, leaves = _by_birth_and_death(load, agents)
    found = forecast(load, agents, 20)
    assert isclose(found.wait_probability, waits, rel_tol=1e-5, abs_tol=1e-8)
    assert isclose(found.abandon_rate, leaves, rel_tol=1e-4, abs_tol=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.floats(5, 600), st.floats(20, 600), st.integers(1, 20))
def test_endless_patience_is_erlang_c(calls_per_hour: float, aht_s: float, spare: int) -> None:
    patient = Load(calls_per_hour=calls_per_hour, aht_s=aht_s)
    agents = int(patient.erlangs) + spare
    nearly = Load(calls_per_hour=calls_per_hour, aht_s=aht_s, patience_s=1e9)
    by_c, by_a = forecast(patient, agents, 20), forecast(nearly, agents, 20)
    assert by_a.service_level == pytest.approx(by_c.service_level, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(LOADS, st.floats(0.5, 0.95))
def test_the_fewest_agents_are_found(load: Load, target: float) -> None:
    found = agents_for(load, target, 20)
    assert found.service_level >= target
    fewer = forecast(load, found.agents - 1, 20) if found.agents > 1 else None
    assert fewer is None or fewer.service_level < target


def test_too_few_without_abandonment_never_catch_up() -> None:
    assert forecast(CALLS, 48, 20) == Forecast(
        agents=48,
        wait_probability=1.0,
        service_level=0.0,
        asa_s=float("inf"),
        abandon_rate=0.0,
        occupancy=1.0,
    )


def test_one_agent_and_long_waits() -> None:
    """M/M/1: P(wait) is the load, P(wait > t) is load × exp(−(1 − load)t / AHT)."""
    found = forecast(Load(calls_per_hour=30, aht_s=60), 1, 30)
    assert found.wait_probability == pytest.approx(0.5)
    assert found.service_level == pytest.approx(1 - 0.5 * exp(-0.25))


@pytest.mark.parametrize("target", [0.0, 1.0, 80.0])
def test_a_target_is_a_share(target: float) -> None:
    with pytest.raises(ValueError, match="share"):
        agents_for(CALLS, target, 20)
