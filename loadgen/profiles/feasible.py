"""What a profile can make at all, by Little's law, before it is run: L = λ·W (Little, 1961). Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from loadgen.profiles.model import Mode, Profile, Step
from loadgen.profiles.units import written

_NAME = re.compile(r"\$\{(\w+)\}")
_ROUNDING = 0.999


@dataclass(frozen=True)
class Feasible:
    """`rps` is the most requests a second that the profile makes; `sentences` say why, and what it needs. It
    is not `ok` where it can't reach what is promised."""

    ok: bool
    rps: float
    sentences: tuple[str, ...]


def feasible(profile: Profile, promised: float = 0.0, latency_s: float = 0.0, places: int = 0) -> Feasible:
    """Whether `promised` requests a second (0: what the profile expects) can be reached where an answer takes
    `latency_s` on average. `places` are how many contacts all agents together can hold; 0: not known."""
    promised = promised or profile.expected_rps
    if profile.mode is Mode.REPLAY:
        return Feasible(True, 0.0, ("A recording offers what it holds; how much that is, its arrivals say.",))
    found = _closed if profile.mode is Mode.VUS else _open
    return found(profile, promised, latency_s, places)


def visits(steps: Sequence[Step]) -> list[float]:
    """How often each step's request is made in an iteration on average, where nothing fails: its `times`, but
    only as likely as the steps that save what it names."""
    likely: dict[str, float] = {}
    found = []
    for step in steps:
        texts = (step.path, step.body, *(value for _, value in step.headers))
        chance = min((likely.get(name, 1.0) for text in texts for name in _NAME.findall(text)), default=1.0)
        found.append(step.times * chance)
        for name in step.save:
            missed = (1 - likely.get(name, 0.0)) * (1 - min(found[-1], 1.0))
            likely[name] = 1 - missed
    return found


def iteration(steps: Sequence[Step], latency_s: float) -> tuple[float, float]:
    """Requests, and seconds of thinking and waiting for answers, of one iteration on average."""
    often = visits(steps)
    thinking = sum(times * step.think.mean for times, step in zip(often, steps, strict=True))
    return sum(often), thinking + sum(often) * latency_s


def _closed(profile: Profile, promised: float, latency_s: float, places: int) -> Feasible:
    users = _peak(profile)
    requests, seconds = iteration(profile.steps, latency_s)
    if not seconds:
        text = f"{users:,.0f} users never wait: they make what the target answers."
        return Feasible(True, math.inf, (text,))
    rps = users * requests / seconds
    slept = _slept(profile, latency_s)
    if rps < promised * _ROUNDING:
        needed = _whole(promised * seconds / requests)
        text = (
            f"{users:,.0f} users with {slept} cannot make {promised:,.0f} requests a second: at most "
            f"{rps:,.0f} ({users:,.0f} × {requests:g} requests / {seconds:g} s). It takes {needed:,} users."
        )
        return Feasible(False, rps, (text, *_agents(profile, users / seconds, places)))
    text = f"{users:,.0f} users with {slept} can make at most {rps:,.0f} requests a second"
    return Feasible(True, rps, (f"{text}{_enough(promised)}.", *_agents(profile, users / seconds, places)))


def _open(profile: Profile, promised: float, latency_s: float, places: int) -> Feasible:
    rate = _peak(profile)
    requests, seconds = iteration(profile.steps, latency_s)
    rps, live, busy = rate * requests, rate * seconds, rate * requests * latency_s
    what = "contacts" if profile.mode is Mode.CONTACTS else "arrivals"
    ok = rps >= promised * _ROUNDING
    verdict = (
        _enough(promised) if ok else f": {promised:,.0f} are promised, which takes {promised / requests:,.1f}"
    )
    sentences = [
        f"{rate:,.1f} {what} a second of {requests:,.2f} requests make {rps:,.0f} a second{verdict}."
    ]
    if live:
        sentences.append(f"About {_whole(live):,} live at a time, for {written(round(seconds, 3))} each.")
    if busy > profile.connections:
        ok = False
        sentences.append(
            f"At {written(round(latency_s, 6))} an answer {_whole(busy):,} connections are busy, there are "
            f"{profile.connections:,}: at most {profile.connections / latency_s:,.0f} requests a second."
        )
    return Feasible(ok, rps, (*sentences, *_agents(profile, rate, places)))


def _agents(profile: Profile, contacts_per_s: float, places: int) -> tuple[str, ...]:
    """What agents need, by the same law."""
    agents = profile.agents
    if not agents or not places:
        return ()
    needed = _whole(contacts_per_s * (agents.handling.mean + agents.accept.mean))
    if needed <= places:
        return ()
    return (
        f"Agents have {places:,} places, and {contacts_per_s:,.1f} contacts a second hold {needed:,}: not "
        "all of them get an agent at once.",
    )


def _peak(profile: Profile) -> float:
    return max([profile.start, *(stage.target for stage in profile.stages)])


def _whole(number: float) -> int:
    """The next whole number, but not for a rounding error."""
    return math.ceil(round(number, 3))


def _slept(profile: Profile, latency_s: float) -> str:
    _, thinking = iteration(profile.steps, 0.0)
    slept = f"{written(round(thinking, 3))} of sleep"
    return f"{slept} and {written(round(latency_s, 6))} an answer" if latency_s else slept


def _enough(promised: float) -> str:
    return f", enough for the {promised:,.0f} promised" if promised else ""
