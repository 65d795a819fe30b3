"""What keeps a target from more, by what its parts used while it broke. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

_FULL = 0.9
GENERATOR = "generator"
OTHERS = "other processes"


class Limit(NamedTuple):
    """The part's name, and a sentence."""

    part: str
    why: str


def limited_by(
    cores: Mapping[str, float],
    busiest: Mapping[str, float],
    machine_cores: int,
    machine_used: float,
    *,
    worst_endpoint: str = "",
    shed: float = 0.0,
    generator_failed: bool = False,
) -> Limit:
    """`cores` are those that each part used, `busiest` what its busiest process did, `machine_used` all that
    was used of the machine. `shed` is the ratio of refused requests."""
    if generator_failed:
        return Limit(GENERATOR, "the generator could not offer more and be believed")
    if not cores:
        return Limit("target", "it runs elsewhere: what its parts use is not seen from here")
    # A Python process has one core at the most, whatever else is free.
    full = {name: used for name, used in busiest.items() if used >= _FULL and name != GENERATOR}
    if full:
        name = max(full, key=lambda one: full[one])
        return Limit(name, f"one process of it uses {full[name]:.2f} cores")
    if machine_used >= _FULL * machine_cores:
        name = max(cores, key=lambda one: cores[one])
        others = machine_used - sum(cores.values())
        if others > cores[name]:
            return Limit(OTHERS, f"what is no part of this takes {others:.2f} of {machine_cores} cores")
        return Limit(name, f"all {machine_cores} cores are in use, most by it: {cores[name]:.2f}")
    if shed > 0.001:
        return Limit("admission", f"{100 * shed:.2g} % were refused, though processors were free")
    return Limit(
        worst_endpoint or "target", "its answers take too long, though no process and not the machine is full"
    )
