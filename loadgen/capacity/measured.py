"""Kept results of `aicc-loadgen capacity`, by how many instances served."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec


class Result(msgspec.Struct, kw_only=True):
    """capacity-<id>.json; what is missing in older ones has a default."""

    tps: float
    valid: bool
    run: str
    p95_ms: float | None = None
    limited_by: str = ""
    instances: int = 1
    profile: str = ""
    p95_limit_ms: float = 0.0
    machine: str = ""
    commit: str = ""


@dataclass
class Measured:
    """Of one profile and one target p95. `left_out` are files that don't count, each with why."""

    profile: str = ""
    p95_limit_ms: float = 0.0
    tps: dict[int, list[float]] = field(default_factory=dict)
    limited_by: dict[int, str] = field(default_factory=dict)
    machines: set[str] = field(default_factory=set)
    commits: set[str] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)


def files_in(places: Iterable[Path]) -> list[Path]:
    """The files themselves, and those in directories, in sweeps' as well; the oldest first."""
    found = []
    for place in places:
        if place.is_dir():
            found += [*place.glob("capacity-*.json"), *place.glob("runs/capacity-*.json")]
        elif place.exists():
            found.append(place)
    return sorted(set(found), key=lambda one: one.name)


def measured(files: Iterable[Path], profile: str = "") -> Measured:
    """Of `profile`, or of that of the newest result; only those with its target p95 go together."""
    known, found = [], Measured()
    for file in files:
        try:
            known.append((file, msgspec.json.decode(file.read_bytes(), type=Result)))
        except (OSError, msgspec.MsgspecError) as error:
            found.left_out.append(f"{file.name}: can't be read: {error}")
    alike = [one for _, one in known if one.valid and one.tps and (not profile or one.profile == profile)]
    if alike:
        found.profile, found.p95_limit_ms = alike[-1].profile, alike[-1].p95_limit_ms
    tps = defaultdict(list)
    for file, one in known:
        if not one.valid or not one.tps:
            found.left_out.append(f"{file.name}: no rate was confirmed")
        elif (one.profile, one.p95_limit_ms) != (found.profile, found.p95_limit_ms):
            found.left_out.append(
                f"{file.name}: {one.profile or 'unknown profile'}, p95 {one.p95_limit_ms:g} ms"
            )
        else:
            tps[one.instances].append(one.tps)
            found.limited_by[one.instances] = one.limited_by
            found.machines.add(one.machine)
            found.commits.add(one.commit)
    found.tps = dict(tps)
    return found
