"""The targets that every run is shown beside, whatever its profile asks for. Pure.

Requests that were shed count against availability, but their quick refusals make no endpoint faster.
"""

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from loadgen.profiles.feasible import feasible
from loadgen.profiles.model import Mode, Profile
from loadgen.results.totals import CONFLICT, OK, SHED, Totals

CONNECT = "connect"
MEAN_MS, P95_MS = 2_000.0, 3_000.0
CONNECT_MEAN_MS, CONNECT_P95_MS = 1_500.0, 2_500.0
TPS, USERS, AVAILABILITY, CPU, MEMORY = 1_000.0, 500.0, 0.999, 0.8, 0.7

_ANSWER_S = 0.01
"""What an answer takes where we ask whether a profile can make so many requests at all."""

_STAGE_S = 10
"""Shorter stages say nothing of a rate."""

_HOLDS = {"<=": operator.le, ">=": operator.ge}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside what is wanted of it. Where `figure` is null it was not measured, and `why` says why:
    such a target is neither met nor missed (words, or words: a number). `endpoint` is "" for all of them."""

    name: str
    endpoint: str = ""
    figure: float | None
    operator: str
    limit: float
    unit: str = ""
    why: str = ""

    @property
    def met(self) -> bool | None:
        """None where it can't be told."""
        return None if self.figure is None else bool(_HOLDS[self.operator](self.figure, self.limit))

    @property
    def margin(self) -> float | None:
        """The share of the limit that is left, negative where it was missed."""
        if self.figure is None or not self.limit:
            return None
        left = (self.limit - self.figure) / self.limit
        return left if self.operator == "<=" else -left

    @property
    def text(self) -> str:
        """For people."""
        about = f" {self.endpoint}" if self.endpoint else ""
        return f"{self.name}{about} {shown(self.figure, self.unit)} ({self.wanted})"

    @property
    def wanted(self) -> str:
        """`≤ 2,000 ms`."""
        return f"{'≤' if self.operator == '<=' else '≥'} {shown(self.limit, self.unit)}"


@dataclass(frozen=True)
class MachineUse:
    """Of the platform's machine: the busiest minute's share of its processors, and the highest of memory."""

    cpu: float
    memory: float


def shown(figure: float | None, unit: str) -> str:
    """With its unit; shares (%) as such."""
    if figure is None:
        return "not measured"
    if unit == "%":
        return f"{100 * figure:.4g} %"
    return f"{figure:,.4g} {unit}".rstrip() if figure < 1_000 else f"{figure:,.0f} {unit}".rstrip()


def targets(totals: Totals, profile: Profile, machine: MachineUse | None) -> list[Target]:
    """All of them, endpoint by endpoint first. Times are response_time: from when a request was due."""
    return [
        *_times(totals),
        _tps(totals, profile),
        _users(totals, profile),
        _available(totals),
        *_used(machine),
    ]


def _times(totals: Totals) -> Iterator[Target]:
    for name in totals.endpoints:
        tally = totals.tally(lambda cell, name=name: cell.endpoint == name and cell.kind != SHED)  # type: ignore[misc]
        mean_limit, p95_limit = (CONNECT_MEAN_MS, CONNECT_P95_MS) if name == CONNECT else (MEAN_MS, P95_MS)
        known, why = tally.count > 0, "" if tally.count else "every request was shed"
        mean = round(tally.intended.mean_ms, 3) if known else None
        p95 = tally.intended.percentile_ms(95) if known else None
        for what, figure, limit in (("mean", mean, mean_limit), ("p95", p95, p95_limit)):
            yield Target(
                name=what, endpoint=name, figure=figure, operator="<=", limit=limit, unit="ms", why=why
            )


def _tps(totals: Totals, profile: Profile) -> Target:
    """Right answers a second in the best stage."""
    best, why = max(_rates(totals), default=None), ""
    if profile.steps and profile.mode is not Mode.REPLAY:
        possible = feasible(profile, TPS, _ANSWER_S)
        if not possible.ok:
            best, why = None, f"requests a second that the profile can make: {possible.rps:,.0f}"
    if best is None:
        why = why or f"no stage took {_STAGE_S} s"
    return Target(name="tps", figure=best, operator=">=", limit=TPS, unit="/s", why=why)


def _rates(totals: Totals) -> Iterator[float]:
    for stage, seconds in totals.of_stage.items():
        if seconds >= _STAGE_S:
            right = totals.count(lambda cell, stage=stage: cell.stage == stage and cell.kind == OK)  # type: ignore[misc]
            yield round(right / seconds, 3)


def _users(totals: Totals, profile: Profile) -> Target:
    most = max([profile.start, *(stage.target for stage in profile.stages)])
    asked = most if profile.mode is Mode.VUS else 0.0
    figure: float | None = float(totals.vus_max)
    why = ""
    if totals.vus_max < USERS and asked < USERS:
        figure = None
        why = f"users that the profile has: {asked:,.0f}" if asked else "the profile offers a rate, not users"
    return Target(name="users", figure=figure, operator=">=", limit=USERS, why=why)


def _available(totals: Totals) -> Target:
    """A conflict (409) is an answer that says no."""
    every = totals.count(lambda cell: cell.kind != CONFLICT)
    right = totals.count(lambda cell: cell.kind == OK)
    figure, why = (right / every, "") if every else (None, "there was no request")
    return Target(name="availability", figure=figure, operator=">=", limit=AVAILABILITY, unit="%", why=why)


def _used(machine: MachineUse | None) -> Iterator[Target]:
    why = "" if machine else "--watch tells, on the platform's machine"
    for name, limit in (("cpu", CPU), ("memory", MEMORY)):
        figure = None if machine is None else round(machine.cpu if name == "cpu" else machine.memory, 4)
        yield Target(name=name, figure=figure, operator="<=", limit=limit, unit="%", why=why)


def sentence(found: Sequence[Target]) -> str:
    """How many are met, and which are not."""
    missed = [one.text for one in found if one.met is False]
    unknown = [one.name for one in found if one.met is None]
    parts = [f"{sum(one.met is True for one in found)} met"]
    parts.append(f"{len(missed)} missed" + (f" ({'; '.join(missed)})" if missed else ""))
    if unknown:
        parts.append(f"{len(unknown)} not measured ({', '.join(unknown)})")
    return f"Targets: {', '.join(parts)}."
