"""`aicc-loadgen capacity`: the highest rate that a target sustains, and what limits it."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
import uvloop
from rich.console import Console
from rich.table import Table

from loadgen.capacity.limit import Limit, limited_by
from loadgen.capacity.probe import Asked, Probe, peak, probe
from loadgen.capacity.search import Search, Told
from loadgen.command.options import console, offering, read_profile, read_tls, require_allowed
from loadgen.command.planning import planned
from loadgen.profiles.model import Mode
from loadgen.results import meta
from loadgen.results.files import write_json
from loadgen.results.runs import new_id, runs_directory
from loadgen.results.verdict import Exit
from loadgen.results.window import Window
from loadgen.trust.priority import go_first

_REST_S = 2.0


@dataclass
class _Capacity:
    search: Search
    probes: list[Probe] = field(default_factory=list)
    interrupted: bool = False
    broke_off: str = ""
    """Why no further probe could be made."""

    @property
    def best(self) -> Probe | None:
        """The last probe that held, at the rate found or below."""
        held = [one for one in self.probes if one.told is Told.HELD and one.rate <= self.search.held * 1.0001]
        return max(held, key=lambda one: one.rate, default=None)

    @property
    def above(self) -> Probe | None:
        """The lowest that did not hold."""
        broken = [one for one in self.probes if one.told is not Told.HELD]
        return min(broken, key=lambda one: one.rate, default=None)


@click.command("capacity")
@offering
@click.option("--p95", type=click.FloatRange(0, min_open=True), default=100.0, show_default=True, help="ms.")
@click.option(
    "--duration",
    type=click.FloatRange(2),
    default=20.0,
    show_default=True,
    help="Counted seconds a probe.",
)
@click.option("--warm", type=click.FloatRange(1), default=5.0, show_default=True, help="Seconds before.")
@click.option("--precision", type=click.FloatRange(0.005, 0.5), default=0.05, show_default=True)
@click.option(
    "--first", type=click.FloatRange(0, min_open=True), help="The first rate; the profile's highest."
)
@click.option("--probes", type=click.IntRange(1), default=40, show_default=True, help="At the most.")
@click.option(
    "--instances",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many of the target serve there: kept for `plan`.",
)
def capacity_command(
    profile: str,
    target: str,
    changes: tuple[str, ...],
    processes: int,
    hosts: str,
    seed: int,
    tokens: Path | None,
    ca_file: Path | None,
    insecure: bool,
    allow_remote: bool,
    out: Path | None,
    p95: float,
    duration: float,
    warm: float,
    precision: float,
    first: float | None,
    probes: int,
    instances: int,
) -> None:
    """Find the highest rate of PROFILE at which every endpoint's p95 of response_time is at most --p95, at
    least 999 of 1,000 requests are answered right, and the profile's own thresholds hold.

    The rate is doubled until it breaks, bisected, and has to hold twice more. A probe in which the generator
    itself fell behind counts for nothing and is made again. The last line is one JSON object; `tps` are right
    answers a second, `rate` are arrivals (or users), `limited_by` is the part that keeps it from more.

    \b
    Examples:
      aicc-loadgen capacity mixed
      aicc-loadgen capacity mixed --duration 5 --warm 2 --precision 0.2

    \b
    Exit status: 0 found; 1 nothing held, or the target does not answer; 2 wrong usage; 98 INVALID: the
    generator fell behind at every rate; 105 interrupted.
    """
    read = read_profile(profile, changes)
    require_allowed(target, allow_remote)
    if read.mode is Mode.REPLAY:
        raise click.UsageError("A recording has its own rate; the search needs a profile with stages.")
    name = new_id(time.time())
    plan = planned(read, target, name, seed, processes, hosts, tokens)
    plan = replace(plan, tls=read_tls(ca_file, insecure))
    if said := go_first(target):
        console.print(said, style="yellow", soft_wrap=True)
    asked = Asked(plan, warm, duration, p95, os.cpu_count() or 1)
    capacity = _Capacity(Search(first or peak(read), precision, probes))
    try:
        uvloop.run(_look(asked, capacity))
    except (ValueError, OSError) as error:
        if not capacity.probes:
            raise click.ClickException(str(error)) from error
        capacity.broke_off = str(error)
    figures = _figures(capacity) | {"run": name, **_circumstances(read.name, p95, instances)}
    _keep(out or runs_directory(), name, figures)
    _print(capacity, figures)
    sys.exit(_status(capacity))


async def _look(asked: Asked, capacity: _Capacity) -> None:
    while (rate := capacity.search.next()) is not None:
        number = len(capacity.probes) + 1
        with console.status(f"probe {number}: {rate:,.1f}/s") as status:
            whole_s = asked.warm_s + asked.hold_s
            made = await probe(asked, rate, _shown(status.update, number, rate, whole_s))
        capacity.probes.append(made)
        console.print(_line(number, made), highlight=False, soft_wrap=True, markup=False)
        if made.interrupted:
            capacity.interrupted = True
            return
        capacity.search.tell(made.told)
        if made.told is not Told.HELD:
            await asyncio.sleep(_REST_S)


def _shown(
    update: Callable[[str], None], number: int, rate: float, whole_s: float
) -> Callable[[Window], None]:
    def shown(window: Window) -> None:
        update(f"probe {number}: {rate:,.1f}/s, {window.second + 1} of {whole_s:g} s")

    return shown


def _line(number: int, made: Probe) -> str:
    figures = (
        f"{made.tps:,.0f} right answers a second, worst p95 {made.p95_ms:,.1f} ms ({made.worst_endpoint})"
    )
    why = f": {made.why}" if made.why else ""
    return f"probe {number}: {made.rate:,.1f}/s {made.told.value}{why}. {figures}"


def _limit(capacity: _Capacity) -> Limit:
    at = capacity.above or capacity.best
    if at is None:
        return Limit("", "nothing was measured")
    if capacity.above is None:
        return Limit("", capacity.broke_off or "no rate was too high: the search ended before")
    return limited_by(
        at.used.cores,
        at.used.busiest,
        os.cpu_count() or 1,
        at.used.machine,
        worst_endpoint=at.worst_endpoint,
        shed=at.shed,
        generator_failed=capacity.search.generator_limits,
    )


def _figures(capacity: _Capacity) -> dict[str, object]:
    best, limit = capacity.best, _limit(capacity)
    shown = best or capacity.above
    used = shown.used if shown else None
    cpu = {name: round(cores, 2) for name, cores in _by_use(used.cores)} if used else {}
    return {
        "tps": round(best.tps, 1) if best else 0.0,
        "p95_ms": round(best.p95_ms, 1) if best else None,
        "limited_by": limit.part,
        "valid": capacity.search.sure and best is not None and not capacity.interrupted,
        "why": limit.why,
        "rate": round(capacity.search.held, 2),
        "worst_endpoint": best.worst_endpoint if best else "",
        "cpu": cpu,
        "machine_cores": round(used.machine, 2) if used else 0.0,
        "probes": len(capacity.probes),
    }


def _circumstances(profile: str, p95: float, instances: int) -> dict[str, object]:
    machine, git = meta.machine(), meta.git()
    return {
        "profile": profile,
        "p95_limit_ms": p95,
        "instances": instances,
        "machine": f"{machine.cpus} × {machine.cpu_model}, {machine.memory_mb // 1024} GB",
        "commit": git.commit,
    }


def _by_use(cores: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(cores.items(), key=lambda one: -one[1])


def _keep(runs: Path, name: str, figures: dict[str, object]) -> None:
    try:
        runs.mkdir(parents=True, exist_ok=True)
        write_json(runs / f"capacity-{name}.json", figures)
    except OSError as error:
        console.print(f"The result can't be kept in {runs}: {error.strerror or error}", style="yellow")


def _print(capacity: _Capacity, figures: dict[str, object]) -> None:
    out = Console()
    if capacity.broke_off:
        console.print(capacity.broke_off, style="red", markup=False, soft_wrap=True)
    if not figures["valid"]:
        out.print("INVALID: no rate was confirmed, so no figure counts.", style="bold red")
    table = Table(title="Processor time at the rate found, in cores")
    for heading in ("part", "cores", "while it broke"):
        table.add_column(heading, justify="left" if heading == "part" else "right")
    best, above = capacity.best, capacity.above
    parts = {**(above.used.cores if above else {}), **(best.used.cores if best else {})}
    for name, _ in _by_use(parts):
        both = [one.used.cores.get(name, 0.0) if one else None for one in (best, above)]
        table.add_row(name, *("" if used is None else f"{used:.2f}" for used in both))
    out.print(table)
    out.print(f"limited by {figures['limited_by'] or 'nothing seen'}: {figures['why']}", highlight=False)
    print(json.dumps(figures), flush=True)


def _status(capacity: _Capacity) -> int:
    if capacity.interrupted:
        return Exit.INTERRUPTED
    if capacity.probes and all(one.told is Told.INVALID for one in capacity.probes):
        return Exit.INVALID
    return Exit.OK if capacity.best and not capacity.broke_off else Exit.FAILED
