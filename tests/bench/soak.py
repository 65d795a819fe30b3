"""`python -m tests.bench.soak [--quick]`: whether the platform's processes grow under steady load.

300 users for 30 minutes, MINUTES=120 for other lengths; --quick is one minute, to see that it works, and its
figures count for nothing. Memory is each process's proportional set size (PSS), read every 5 s; its slope
is Theil and Sen's over what came after ten minutes of warm-up (a third of a shorter run), in MB an hour with
its 95 % interval. Postgres, Redis and Kafka keep what they may, so they are judged by their ceilings.
"""

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from infra.paths import CHECKOUT, VAR
from loadgen.capacity.processes import found
from loadgen.command.watching import read_seen
from loadgen.recovery.kept import read as read_recovery
from loadgen.results.reading import Run, read_run
from loadgen.results.runs import listed
from loadgen.results.state import Status
from loadgen.results.totals import SHED, Totals, is_error
from loadgen.soak.growth import Growth, changes, growths, warm_up_of
from loadgen.soak.latency import p95_trend
from loadgen.soak.memory import MB
from loadgen.soak.trend import Trend
from runtime.settings import Settings, parse_settings
from tests.bench.ceilings import Ceiling, ceilings
from tests.bench.figures import Row, at_most, say, show
from tests.bench.running import BIN, some_platform, warm_up

USERS = int(os.environ.get("USERS", "300"))
MINUTES = float(os.environ.get("MINUTES", "30"))
QUICK_MINUTES = 1.0
RAMP_S = 60.0
TELL_EVERY_S = 30.0
LONG_MINUTES = 120
AIM_MB_PER_H, AIM_LONG_MB_PER_H = 10.0, 1.0
MOST_SHED = 0.05
"""Of all requests: what was refused has made no memory grow."""

PAGE = "report.html"


class Soaked(NamedTuple):
    """What a kept run says. `changed` are sentences on processes that were started anew."""

    run: Run
    grown: list[Growth]
    changed: list[str]
    p95: Trend | None

    @property
    def ours(self) -> list[Growth]:
        """Our own processes."""
        return [one for one in self.grown if one.ours]

    @property
    def worst(self) -> Growth | None:
        """The one whose interval ends highest."""
        known = [one for one in self.ours if one.trend]
        return max(known, key=lambda one: one.trend.high if one.trend else -math.inf, default=None)

    @property
    def why_invalid(self) -> str:
        """ "" where every figure counts."""
        if not self.run.verdict.valid:
            return self.run.verdict.sentence
        if self.run.state.status is not Status.COMPLETE:
            return self.run.state.reason
        if self.changed:
            return "; ".join(self.changed)
        if unknown := [one.name for one in self.ours if one.trend is None]:
            return f"too little is known of {', '.join(unknown)}"
        if self.shed > MOST_SHED:
            return f"{self.shed:.1%} of the requests were shed: the platform did not carry this load"
        return "" if self.ours else "no process of the platform was seen"

    @property
    def shed(self) -> float:
        """The part of all requests."""
        return _share(self.run.totals, SHED.__eq__)


def soak(gateway: str, chosen: dict[str, str], minutes: float) -> Path:
    """Offers the load; the run's directory. Says each half minute how it goes."""
    runs = VAR / "bench" / "soak-runs"
    runs.mkdir(parents=True, exist_ok=True)
    ramp_s = min(RAMP_S, minutes * 60 / 10)
    command = [str(BIN / "aicc-loadgen"), "run", "soak", "--target", gateway, "--watch"]
    command += ["--set", f"stages={ramp_s:g}s:{USERS},{minutes * 60 - ramp_s:g}s:{USERS}"]
    environment = os.environ | chosen | {"AICC_RUNS": str(runs)}
    before, began = set(listed(runs)), time.monotonic()
    with (runs / "soak.log").open("wb") as log:
        running = subprocess.Popen(command, env=environment, cwd=CHECKOUT, stdout=log, stderr=log)
        while running.poll() is None:
            try:
                running.wait(TELL_EVERY_S)
            except subprocess.TimeoutExpired:
                _tell(set(listed(runs)) - before, (time.monotonic() - began) / 60, minutes)
    made = sorted(set(listed(runs)) - before)
    if not made:
        sys.exit(f"No run was made:\n{(runs / 'soak.log').read_text()[-2_000:]}")
    return made[-1]


def _tell(made: set[Path], gone: float, minutes: float) -> None:
    for directory in made:
        processes = next((one.processes for one in reversed(read_seen(directory)) if one.processes), ())
        held = ", ".join(f"{one.name} {one.pss / MB:.0f}" for one in processes if one.name != "postgres")
        say(f"{gone:5.1f} of {minutes:g} min; MB: {held}", highlight=False, soft_wrap=True)


def soaked(directory: Path) -> Soaked:
    """Reads it back."""
    run, seen = read_run(directory, keep_windows=True), read_seen(directory)
    recovery = read_recovery(directory)
    began_ms = recovery.began_ms if recovery else 0
    seconds = float(len(run.windows))
    warm_up_s = warm_up_of(seconds)
    return Soaked(
        run,
        growths(seen, began_ms, seconds),
        changes([one for one in seen if one.at_ms >= began_ms], began_ms),
        p95_trend(run.windows, warm_up_s),
    )


def rows(of: Soaked, limits: dict[str, Ceiling], aim: float) -> list[Row]:
    """The table."""
    valid = not of.why_invalid
    made = [_slope(one, aim, valid) for one in of.ours]
    made += [_under(one, limits[one.name], valid) for one in of.grown if one.name in limits]
    if of.p95:
        made.append(Row("p95 of response_time", f"{_interval(of.p95)} ms/h"))
    errors = _share(of.run.totals, is_error)
    made.append(Row("requests", f"{of.run.totals.count():,}; {errors:.3%} errors, {of.shed:.3%} shed"))
    made += [Row("started anew", told) for told in of.changed]
    return made + ([] if valid else [Row("INVALID", of.why_invalid)])


def _share(totals: Totals, wanted: Callable[[str], bool]) -> float:
    return totals.count(lambda cell: wanted(cell.kind)) / max(totals.count(), 1)


def _slope(one: Growth, aim: float, valid: bool) -> Row:
    if one.trend is None:
        return Row(one.name, f"{one.most / MB:.0f} MB; slope not measured", f"≤ {aim:g} MB/h", False)
    told = f"{_interval(one.trend, MB)} MB/h, {one.most / MB:.0f} MB at most"
    if one.trend.low <= 0 and one.trend.high > aim * MB:
        told += "; grows or not: the run was too short to tell"
    return Row(one.name, told, f"≤ {aim:g} MB/h", valid and one.trend.high <= aim * MB)


def _under(one: Growth, limit: Ceiling, valid: bool) -> Row:
    slope = f", {_interval(one.trend, MB)} MB/h" if one.trend else ""
    if limit.bytes is None:
        return Row(one.name, f"{one.most / MB:,.0f} MB at most{slope}", limit.derived, False)
    row = at_most(one.name, one.most / MB, limit.bytes / MB, "MB", valid)
    return row._replace(figure=f"{one.most / MB:,.0f} MB at most{slope}", aim=f"{row.aim}: {limit.derived}")


def _interval(found: Trend, unit: float = 1.0) -> str:
    return f"{found.per_h / unit:+.2f} ({found.low / unit:+.2f} to {found.high / unit:+.2f})"


def figures(of: Soaked, limits: dict[str, Ceiling], aim: float, minutes: float) -> dict[str, object]:
    """The line of JSON. `leaking` are those that grow for sure, and perhaps by more than the aim."""
    worst = of.worst.trend if of.worst else None
    return {
        "users": USERS,
        "minutes": minutes,
        "worst_mb_per_h": round(worst.high / MB, 3) if worst else None,
        "worst_process": of.worst.name if of.worst else None,
        "valid": not of.why_invalid,
        "why": of.why_invalid,
        "mb_per_h": {one.name: _three(one.trend, MB) for one in of.grown if one.trend},
        "most_mb": {one.name: round(one.most / MB, 1) for one in of.grown},
        "ceilings_mb": {name: one.bytes and round(one.bytes / MB) for name, one in limits.items()},
        "leaking": [one.name for one in of.ours if one.trend and _leaks(one.trend, aim)],
        "p95_ms_per_h": _three(of.p95) if of.p95 else None,
        "restarted": of.changed,
        "requests": of.run.totals.count(),
        "errors": round(_share(of.run.totals, is_error), 6),
        "shed": round(of.shed, 6),
        "run": of.run.meta.run,
    }


def _leaks(found: Trend, aim: float) -> bool:
    return found.low > 0 and found.high > aim * MB


def _three(found: Trend, unit: float = 1.0) -> list[float]:
    return [round(value / unit, 3) for value in (found.per_h, found.low, found.high)]


def main(arguments: Sequence[str]) -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    quick = "--quick" in arguments
    minutes = QUICK_MINUTES if quick else MINUTES
    with some_platform("soak") as (gateway, chosen):
        warm_up(gateway, chosen, 5 if quick else 30)
        settings = parse_settings(Settings, os.environ | chosen)
        kafka = next((pid for pid, name in found(gateway) if name == "kafka"), None)
        limits = ceilings(settings.database_url, settings.redis_url, kafka)
        directory = soak(gateway, chosen, minutes)
    page = [str(BIN / "aicc-loadgen"), "report", str(directory), "--html", str(directory / PAGE)]
    subprocess.run(page, check=False, stdout=subprocess.DEVNULL)
    of = soaked(directory)
    aim = AIM_LONG_MB_PER_H if minutes >= LONG_MINUTES else AIM_MB_PER_H
    show("soak", rows(of, limits, aim), figures(of, limits, aim, minutes))


if __name__ == "__main__":
    main(sys.argv[1:])
