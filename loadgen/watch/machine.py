"""How much of its machine the platform and all beside it used in a run. Pure."""

from collections.abc import Sequence

from loadgen.results.targets import MachineUse
from loadgen.watch.seen import MachineSeen, Seen

_MINUTE_S = 60.0


def machine_use(seen: Sequence[Seen], began_ms: int) -> MachineUse | None:
    """Of the samples since the run began; None for fewer than two. A shorter run's minute is all of it."""
    known = [(one.at_ms / 1000, one.machine) for one in seen if one.machine and one.at_ms >= began_ms]
    if len(known) < 2:
        return None
    return MachineUse(_busiest(known), max(one.used / one.memory for _, one in known))


def _busiest(known: list[tuple[float, MachineSeen]]) -> float:
    """The share of all processors that was used in the busiest minute."""
    whole_s = known[-1][0] - known[0][0]
    shares, begin = [], 0
    for at_s, now in known[1:]:
        while begin + 1 < len(known) and at_s - known[begin + 1][0] >= min(_MINUTE_S, whole_s):
            begin += 1
        since_s, then = known[begin]
        if at_s - since_s >= min(_MINUTE_S, whole_s):
            shares.append((now.cpu_s - then.cpu_s) / ((at_s - since_s) * now.cpus))
    return max(shares, default=0.0)
