"""Who gets what of a budget that is too small for all: pure."""

from collections.abc import Sequence

from gateway.overload.priority import KINDS, Kind


def shares(rates: Sequence[float], budget: float, keep: Kind | None) -> list[float]:
    """Of each class the part that is admitted, 0 to 1. `rates` are what is asked and `budget` what is
    admitted of all classes together, both a second.

    The highest class is served first, and one class is served in part. `keep` and the classes above it are
    served whole, whatever that leaves for the others.
    """
    found = [1.0] * len(rates)
    left = budget
    for kind in reversed(KINDS):
        rate = rates[kind]
        if rate > left and (keep is None or kind < keep):
            found[kind] = left / rate
        left = max(left - rate * found[kind], 0.0)
    return found
