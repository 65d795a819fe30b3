"""`python -m tests.bench.loadgen`: what a request costs this generator, beside k6 and wrk, in one run.

All send the same request over 200 connections, as fast as they can, to the null server, in turn. Requests a
core are requests for each second of processor time, a process's start and children included. Then requests at
a fixed rate for --minutes, for lateness and memory; and the same closed profile by k6 and by this generator
side by side against a server whose answers take 20 to 60 ms.
"""

import argparse
import os
import shutil
import statistics
import time
from pathlib import Path

import psutil

from infra.paths import VAR
from loadgen.trust.null import null_server
from tests.bench.equality import Equality, side_by_side
from tests.bench.figures import Row, at_least, at_most, say, show
from tests.bench.rivals import K6Run, Load, Ours, wrk

CONNECTIONS = 200
OPEN_RATE = 1000
AIM_PER_CORE = 30_000.0
AIM_TIMES_K6 = 5.0
AIM_P50_MS = 0.5
AIM_P99_MS = 5.0
AIM_GROWTH_MB = 5.0
_SAMPLE_S = 1.0
_MB = 1_000_000


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.loadgen", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each generator in each round")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the run at a fixed rate")
    parser.add_argument("--rate", type=int, default=OPEN_RATE, help="of that run, a second")
    given = parser.parse_args()
    folder = VAR / "bench" / f"loadgen-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        with null_server() as null:
            rounds = [_round(null.url, folder, given.seconds, number) for number in range(given.rounds)]
            growth_mb, run = _long(null.url, folder, given.rate, given.minutes * 60)
        say("the same closed profile by k6 and by this generator, side by side")
        with null_server(delay="uniform:0.02:0.06") as null:
            equality = side_by_side(null.url, folder, given.seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _show(rounds, growth_mb, run, equality, given.rate)


def _round(url: str, folder: Path, seconds: float, number: int) -> dict[str, Load | None]:
    stages = f"{max(round(seconds), 1)}s:{CONNECTIONS}"
    loads = {
        "ours": Ours(url, folder, "vus", stages, CONNECTIONS).wait(),
        "wrk": wrk(url, folder, CONNECTIONS, seconds),
        "k6": K6Run(url, folder, stages, CONNECTIONS).wait(),
    }
    figures = [f"{name} {load.per_cpu_s:,.0f}" for name, load in loads.items() if load]
    say(f"round {number + 1}: requests for each second of processor time: {', '.join(figures)}")
    return loads


def _long(url: str, folder: Path, rate: int, seconds: float) -> tuple[float, Ours]:
    """At a fixed rate; by how many MB the process grew after the first quarter: the mean of the last quarter
    less that of the second."""
    say(f"{rate:,} requests a second for {seconds / 60:g} minutes")
    run = Ours(url, folder, "rate", f"{seconds:g}s:{rate}", rate)
    process, sizes = psutil.Process(run.pid), list[int]()
    while process.status() != psutil.STATUS_ZOMBIE:  # its processor time is still to be asked for
        sizes.append(process.memory_info().rss)
        time.sleep(_SAMPLE_S)
    run.wait()
    quarter = max(len(sizes) // 4, 1)
    second, last = sizes[quarter : 2 * quarter], sizes[-quarter:]
    grown = statistics.mean(last) - statistics.mean(second) if second else 0.0
    return grown / _MB, run


def _show(
    rounds: list[dict[str, Load | None]], growth_mb: float, run: Ours, equality: Equality, rate: int
) -> None:
    ours, k6, wrk_figure = (_median(rounds, name) for name in ("ours", "k6", "wrk"))
    wrong = sum(load.wrong for loads in rounds for load in loads.values() if load)
    valid = bool(run.says["valid"]) and not wrong and not run.says["wrong"] and ours is not None
    ours, k6 = ours or 0.0, k6 or 0.0
    p50_ms, p99_ms = run.says["lateness_p50_ms"], run.says["lateness_p99_ms"]
    say(run.says["says"])
    rows = [
        at_least("requests a core", ours, AIM_PER_CORE, "/s", valid),
        at_least("times k6", ours / k6 if k6 else 0.0, AIM_TIMES_K6, "", valid),
        Row("k6", f"{k6:,.0f} /s"),
        Row("wrk", "not installed" if wrk_figure is None else f"{wrk_figure:,.0f} /s"),
        at_most(f"lateness p50 at {rate:,}/s", p50_ms, AIM_P50_MS, "ms", valid),
        at_most(f"lateness p99 at {rate:,}/s", p99_ms, AIM_P99_MS, "ms", valid),
        at_most("memory grown", growth_mb, AIM_GROWTH_MB, "MB", valid),
        *equality.rows(valid),
    ]
    figures = {
        "per_core_req_per_s": round(ours),
        "k6_per_core_req_per_s": round(k6),
        "wrk_per_core_req_per_s": None if wrk_figure is None else round(wrk_figure),
        "lateness_p50_ms": p50_ms,
        "lateness_p99_ms": p99_ms,
        "memory_growth_mb": round(growth_mb, 2),
        "k6_rate_difference": round(equality.rate, 4),
        "k6_equal": equality.holds,
        "valid": valid,
    }
    show(f"loadgen, {CONNECTIONS} connections to a null server", rows, figures)


def _median(rounds: list[dict[str, Load | None]], name: str) -> float | None:
    found = [load.per_cpu_s for loads in rounds if (load := loads[name])]
    return statistics.median(found) if found else None


if __name__ == "__main__":
    main()
