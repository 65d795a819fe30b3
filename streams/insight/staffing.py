"""How many agents a service level takes: Erlang C, and Erlang A, where customers run out of patience.

Calls come at random (Poisson), handling times are exponential, all agents serve all calls, first come first
served. Sources: A. K. Erlang (1917); for Erlang A: C. Palm (1957); O. Garnett, A. Mandelbaum, M. Reiman,
"Designing a Call Center with Impatient Customers", M&SOM 4 (2002); A. Mandelbaum, S. Zeltyn, "The
Palm/Erlang-A Queue, with Applications to Call Centers" (2005), from which the integrals are.
"""

from collections.abc import Callable
from itertools import pairwise
from math import exp, inf, log

import msgspec

MOST_AGENTS = 100_000
_PIECES, _PANELS = 12, 300
_NEGLIGIBLE = 40.0


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What comes: calls an hour, how long one takes its agent, and how long customers would wait on average
    before they leave (None: for ever)."""

    calls_per_hour: float
    aht_s: float
    patience_s: float | None = None

    @property
    def erlangs(self) -> float:
        """The offered load: how many agents it would keep busy."""
        return self.calls_per_hour / 3600 * self.aht_s


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What so many agents give. Of all who call: `wait_probability` have to wait, `service_level` are
    answered in time, `abandon_rate` leave. `asa_s` is the mean wait of those who are answered."""

    agents: int
    wait_probability: float
    service_level: float
    asa_s: float
    abandon_rate: float
    occupancy: float


def erlang_b(agents: int, erlangs: float) -> float:
    """The probability that all agents are busy where nobody waits, by the usual recursion (exact)."""
    inverse = 1.0
    for number in range(1, agents + 1):
        inverse = 1.0 + inverse * number / erlangs
        if inverse == inf:
            return 0.0
    return 1.0 / inverse


def erlang_c(agents: int, erlangs: float) -> float:
    """The probability of waiting where everybody waits for as long as it takes."""
    if agents <= erlangs:
        return 1.0
    blocked = erlang_b(agents, erlangs)
    return agents * blocked / (agents - erlangs * (1.0 - blocked))


def forecast(load: Load, agents: int, within_s: float) -> Forecast:
    """What so many agents give: by Erlang A where patience is known, else by Erlang C."""
    if load.patience_s is None:
        return _patient(load, agents, within_s)
    return _impatient(load, load.patience_s, agents, within_s)


def agents_for(load: Load, target: float, within_s: float) -> Forecast:
    """The fewest agents with whom `target` of all callers are answered in time. Raises ValueError where
    no number of them does."""
    if not 0 < target < 1:
        raise ValueError("the target is a share between 0 and 1")
    high = 1
    while forecast(load, high, within_s).service_level < target:
        high *= 2
        if high > MOST_AGENTS:
            raise ValueError(f"more than {MOST_AGENTS} agents")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        enough = forecast(load, middle, within_s).service_level >= target
        low, high = (low, middle) if enough else (middle, high)
    return forecast(load, high, within_s)


def _patient(load: Load, agents: int, within_s: float) -> Forecast:
    waits = erlang_c(agents, load.erlangs)
    spare = agents - load.erlangs
    stable = spare > 0
    return Forecast(
        agents=agents,
        wait_probability=waits,
        service_level=1.0 - waits * exp(-spare * within_s / load.aht_s) if stable else 0.0,
        asa_s=waits * load.aht_s / spare if stable else inf,
        abandon_rate=0.0,
        occupancy=min(1.0, load.erlangs / agents),
    )


def _impatient(load: Load, patience_s: float, agents: int, within_s: float) -> Forecast:
    """With V the wait of somebody who never leaves, whose density is that of `_offered_wait`: who is still
    patient when the turn comes is answered."""
    density, atom, end_s = _offered_wait(load, patience_s, agents)
    answered = atom + _integral(lambda t: exp(-t / patience_s) * density(t), end_s)
    in_time = atom + _integral(lambda t: exp(-t / patience_s) * density(t), min(within_s, end_s))
    waited_s = _integral(lambda t: t * exp(-t / patience_s) * density(t), end_s)
    return Forecast(
        agents=agents,
        wait_probability=1.0 - atom,
        service_level=min(1.0, in_time),
        asa_s=waited_s / answered,
        abandon_rate=max(0.0, 1.0 - answered),
        occupancy=min(1.0, load.erlangs * answered / agents),
    )


def _offered_wait(
    load: Load, patience_s: float, agents: int
) -> tuple[Callable[[float], float], float, float]:
    """The density of V for V > 0, the probability of V = 0, and a time past which the density is nothing:
    λ exp(λ∫₀ᵗe^{-θu}du − nμt) / (ε + λJ), ε = 1 / B(n − 1), J the integral of the exponential."""
    rate, service = load.calls_per_hour / 3600, agents / load.aht_s

    def exponent(t: float) -> float:
        return rate * patience_s * (1.0 - exp(-t / patience_s)) - service * t

    peak_s = patience_s * log(rate / service) if rate > service else 0.0
    peak, end_s = exponent(peak_s), peak_s + 1.0
    while exponent(end_s) > peak - _NEGLIGIBLE:
        end_s = peak_s + 2.0 * (end_s - peak_s)
    blocked = erlang_b(agents - 1, load.erlangs)
    whole = rate * _integral(lambda t: exp(exponent(t) - peak), end_s)
    epsilon = exp(-peak) / blocked if blocked else inf
    if epsilon == inf:
        return lambda t: 0.0, 1.0, end_s
    scale = rate / (epsilon + whole)
    return lambda t: scale * exp(exponent(t) - peak), epsilon / (epsilon + whole), end_s


def _integral(of: Callable[[float], float], to: float) -> float:
    """From 0, by Simpson's rule in pieces that double, so that what happens near 0 is seen as well."""
    ends = [0.0, *(to / 2**halved for halved in reversed(range(_PIECES)))]
    return sum(_simpson(of, begin, end) for begin, end in pairwise(ends))


def _simpson(of: Callable[[float], float], begin: float, end: float) -> float:
    step = (end - begin) / _PANELS
    inner = sum((4 if number % 2 else 2) * of(begin + number * step) for number in range(1, _PANELS))
    return (of(begin) + inner + of(end)) * step / 3.0
