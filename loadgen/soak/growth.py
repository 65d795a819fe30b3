"""How the platform's processes grew in a run, by what its watcher saw of them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from loadgen.soak.trend import Trend, trend
from loadgen.watch.seen import Seen

SERVERS = ("kafka", "postgres", "redis")
"""Not ours: they keep what they may have, so a ceiling judges them, not a slope. All of one name are one."""

WARM_UP_S = 600.0
_BLOCK_S, _BLOCKS = 60.0, 6
_SLACK_S = 11.0
"""Samples are 5 s apart, and one may be missed."""


class Growth(NamedTuple):
    """What one process held: seconds of the run and bytes (PSS). `trend` is None where too little is known of
    it."""

    name: str
    ours: bool
    times: Sequence[float]
    held: Sequence[float]
    trend: Trend | None

    @property
    def most(self) -> float:
        """Bytes, at its highest sample."""
        return max(self.held, default=0.0)


Held = dict[tuple[str, int], dict[float, float]]


def warm_up_of(seconds: float) -> float:
    """Seconds of a run that its memory is not judged by: ten minutes, of a shorter run a third."""
    return min(WARM_UP_S, seconds / 3)


def held(seen: Iterable[Seen], began_ms: int) -> Held:
    """Bytes by name and process id, and by second of the run."""
    found: Held = defaultdict(dict)
    for one in seen:
        for process in one.processes:
            found[process.name, process.pid][(one.at_ms - began_ms) / 1000] = float(process.pss)
    return dict(found)


def growths(seen: Sequence[Seen], began_ms: int, seconds: float) -> list[Growth]:
    """Every process of ours, and each server as one, by name; two of one name bear their ids."""
    warm_up_s = warm_up_of(seconds)
    block_s = min(_BLOCK_S, (seconds - warm_up_s) / _BLOCKS)
    found = held(seen, began_ms)
    ours = {key: series for key, series in found.items() if key[0] not in SERVERS and max(series) > warm_up_s}
    names = [name for name, _ in ours]
    rows = [
        _growth(name if names.count(name) == 1 else f"{name} {pid}", series, warm_up_s, block_s, ours=True)
        for (name, pid), series in ours.items()
    ]
    for name in SERVERS:
        if whole := _together(found, name):
            rows.append(_growth(name, whole, warm_up_s, block_s, ours=False))
    return sorted(rows, key=lambda row: (not row.ours, row.name))


def changes(seen: Sequence[Seen], began_ms: int) -> list[str]:
    """Sentences on processes of ours that ended while others went on, or began later than they."""
    found = {key: series for key, series in held(seen, began_ms).items() if key[0] not in SERVERS}
    if not found:
        return []
    first, last = min(map(min, found.values())), max(map(max, found.values()))
    told = []
    for (name, pid), series in sorted(found.items(), key=lambda one: min(one[1])):
        if min(series) > first + _SLACK_S:
            told.append(f"{name} ({pid}) began at {min(series):.0f} s")
        if max(series) < last - _SLACK_S:
            told.append(f"{name} ({pid}) ended at {max(series):.0f} s")
    return told


def _together(found: Held, name: str) -> dict[float, float]:
    """All of a name by second: a part of shared memory counts once, as each has its share of it."""
    whole: dict[float, float] = defaultdict(float)
    for (one, _), series in found.items():
        if one == name:
            for at, value in series.items():
                whole[at] += value
    return dict(whole)


def _growth(name: str, series: dict[float, float], warm_up_s: float, block_s: float, *, ours: bool) -> Growth:
    times = sorted(series)
    values = [series[at] for at in times]
    if block_s <= 0:
        return Growth(name, ours, times, values, None)
    try:
        # One that was started anew grows into its size once more.
        found = trend(times, values, max(times[0], 0.0) + warm_up_s, block_s)
    except ValueError:
        found = None
    return Growth(name, ours, times, values, found)
