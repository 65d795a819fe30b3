"""How much of its machine the platform and all beside it used in a run. Pure."""

from collections.abc import Sequence

from loadgen.results.targets import MachineUse
from loadgen.watch.seen import MachineSeen, Seen

_MINUTE_S = 60.0


def machine_use(seen: Sequence[Seen], began_ms: int) -> MachineUse | None:
    """Of the samples since the run began; None for fewer than two. A shorter run's minute is all of it."""
    known = [one.machine for one in seen if one.machine and one.at_ms >= began_ms]
    if len(known) < 2:
        return None
    return MachineUse(_busiest(known), max(one.used / one.memory for one in known))


def _busiest(known: Sequence[MachineSeen]) -> float:
    """The share of all processors that was used in the busiest minute."""
    least_s = max(min(_MINUTE_S, known[-1].at_s - known[0].at_s), 1e-3)
    shares, begin = [0.0], 0
    for now in known[1:]:
        while now.at_s - known[begin + 1].at_s >= least_s:
            begin += 1
        took_s = now.at_s - known[begin].at_s
        if took_s >= least_s:
            shares.append((now.cpu_s - known[begin].cpu_s) / (took_s * now.cpus))
    return min(max(shares), 1.0)
