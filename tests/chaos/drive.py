"""Strikes while the mix flows, and times what the probes see of it."""

import asyncio
import random
import statistics
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import NamedTuple

from tests.chaos.fault import Fault
from tests.chaos.probe import Probes
from tests.chaos.rig import Rig, say
from tests.faults.checker import Report
from tests.faults.platforms import Siege
from tests.waiting import until

BACK_WITHIN_S = 90.0
_NOTICE_S = 1.0
_PAIR_APART_S = 2.0
_SAMPLES = 8
_CARRIED_SHARE, _FULL_SHARE = 0.9, 0.7
"""Of the rate: what has to flow for it to count as carried, and for a fault to fall."""

_USUAL_S = 2.0
"""The longest median of probes of a platform that carries its load."""

_LEAST_PER_S = 15.0
_OPEN_OR_REFUSED = ("ok", "conflict")


@dataclass
class Row:
    """What a fault showed. Seconds; None where it never came. `again_s` counts from the strike, `healed_s` is
    when the fault was over; `detected_s` is the first sign: a bad probe, or a process that ended."""

    name: str
    group: str
    in_flight: int
    per_s: float
    detected_s: float | None = None
    healed_s: float = 0.0
    again_s: float | None = None
    refused: int = 0
    failed: str = ""
    """Why it could not be brought to its end."""
    began: float = 0.0
    ended: float = 0.0
    """Unix seconds of the window in which contacts may have been hit."""
    lost: int = 0
    doubled: int = 0
    broken: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def recovery_s(self) -> float | None:
        """From the end of the fault until it serves again; 0 where it served before."""
        return None if self.again_s is None else max(self.again_s - self.healed_s, 0.0)


class Terms(NamedTuple):
    """What should flow: commands a second and contacts. `probe_every_s`: a probe each so many seconds.
    `settle_s`: how long a new rate flows before it is measured."""

    rate: float
    contacts: int
    seed: int
    probe_every_s: float = 0.1
    settle_s: float = 8.0


class Outcome(NamedTuple):
    """What a platform's faults have shown. `carried_per_s`: what flowed before the first one."""

    rows: list[Row]
    report: Report
    carried_per_s: float
    limit_s: float


class Driver:
    """Faults on one platform, one after another; then everything is reconciled."""

    def __init__(self, platform: Rig, siege: Siege, probes: Probes) -> None:
        self._platform, self._siege, self._probes = platform, siege, probes

    async def full_flow(self) -> None:
        """Waits until probes are good and, last, the mix flows in full: in flight is who was then."""
        since = perf_counter()
        await until(lambda: self._probes.good_since(since) is not None, BACK_WITHIN_S, "probes are not good")
        await self._siege.in_full_flow(BACK_WITHIN_S)

    async def suffer(self, faults: Sequence[Fault], rng: random.Random) -> Row:
        """Strikes with each, up to 2 s apart where they are several, heals all, and waits for the service."""
        await self.full_flow()
        per_s, before = self._siege.last_per_s, self._refused()
        names = " + ".join(fault.name for fault in faults)
        row = Row(names, faults[0].group, self._siege.live, round(per_s), began=time())
        deaths, struck = self._platform.deaths, perf_counter()
        watching = asyncio.create_task(self._watch(row, struck, deaths))
        try:
            await self._break(faults, rng)
        except Exception as error:  # told in the table; the others go on
            row.failed = f"{type(error).__name__}: {error}"
        row.healed_s = perf_counter() - struck
        with suppress(TimeoutError):
            await until(lambda: self._back(row, struck), BACK_WITHIN_S, "")
        watching.cancel()
        row.refused, row.ended = self._refused() - before, time()
        return row

    async def _break(self, faults: Sequence[Fault], rng: random.Random) -> None:
        await asyncio.gather(*(self._one(fault, rng, first=fault is faults[0]) for fault in faults))

    async def _one(self, fault: Fault, rng: random.Random, *, first: bool) -> None:
        await asyncio.sleep(0.0 if first else rng.uniform(0.0, _PAIR_APART_S))
        try:
            await fault.strike(self._platform)
            await asyncio.sleep(fault.hold_s)
        finally:
            await fault.heal(self._platform)

    async def _watch(self, row: Row, struck: float, deaths: int) -> None:
        while True:
            seen = self._probes.first_bad(struck)
            if self._platform.deaths > deaths and seen is None:
                seen = perf_counter()
            if seen is not None:
                row.detected_s = seen - struck
                return
            await asyncio.sleep(0.05)

    def _back(self, row: Row, struck: float) -> bool:
        """What was struck a moment ago has not yet had the time to fail."""
        if perf_counter() - struck - row.healed_s < _NOTICE_S:
            return False
        since = self._probes.good_since(struck)
        if since is None:
            return False
        row.again_s = since - struck
        return True

    def _refused(self) -> int:
        kinds = [counts for flow in self._siege.flows for counts in flow.calls.kinds.values()]
        return sum(count.total() - sum(count[kind] for kind in _OPEN_OR_REFUSED) for count in kinds)


async def besiege(platform: Rig, plan: Sequence[Sequence[Fault]], terms: Terms) -> Outcome:
    """Each of the plan's faults, or of its pairs, in turn; the rows, and what the whole log shows."""
    rng = random.Random(terms.seed)
    siege = Siege(platform, terms.seed, terms.rate, terms.contacts, seconds=24 * 3600)
    siege.needed_per_s = 1.0
    rows: list[Row] = []
    async with Probes(platform.base_url, "support", f"{terms.seed}", terms.probe_every_s) as probes:
        driver = Driver(platform, siege, probes)
        await siege.begin()
        carried = await find_rate(siege, probes, terms)
        limit_s = probes.limit_s
        say(f"  {carried:.0f} commands/s flow; a probe that takes longer than {limit_s:.1f} s is a bad one")
        for faults in plan:
            rows.append(row := await _tried(driver, siege, faults, rng))
            say(told(row))
        with suppress(TimeoutError):
            await driver.full_flow()
    return Outcome(rows, await siege.end(), carried, limit_s)


async def _tried(driver: Driver, siege: Siege, faults: Sequence[Fault], rng: random.Random) -> Row:
    try:
        return await driver.suffer(faults, rng)
    except TimeoutError as error:
        name = " + ".join(fault.name for fault in faults)
        return Row(name, faults[0].group, siege.live, 0, failed=f"did not strike: {error}", ended=time())


async def find_rate(siege: Siege, probes: Probes, terms: Terms) -> float:
    """Paces the mix as asked, or where that is not carried at half of it and so on; what flows then."""
    rate = terms.rate
    while True:
        siege.pace(rate)
        await asyncio.sleep(terms.settle_s)
        since = perf_counter()
        found = statistics.mean([await siege.per_s() for _ in range(_SAMPLES)])
        await asyncio.sleep(2 * _USUAL_S)
        median_s = probes.median_s(since)
        if (found >= _CARRIED_SHARE * rate and median_s <= _USUAL_S) or rate <= _LEAST_PER_S:
            siege.needed_per_s = _FULL_SHARE * min(found, rate)
            probes.calibrate(since)
            return found
        say(f"  not carried: {rate:.0f} commands/s ({found:.0f} flow), probes: {probes.told(since)}")
        rate /= 2


def told(row: Row) -> str:
    """A line on it."""
    seen = "unseen" if row.detected_s is None else f"seen after {row.detected_s:.1f} s"
    again = "NOT SERVED AGAIN" if row.again_s is None else f"served again after {row.again_s:.1f} s"
    return f"  {row.name}: {row.in_flight} in flight, {seen}, {again}, {row.refused} refused {row.failed}"
