"""`python -m tests.bench.spike [--quick]`: how long the platform takes to recover from a spike.

The capacity in contacts a second is looked for first. Then (b): contacts from 0.3 to 2 times of it for a
minute and back; (c): the same, with the persister stopped during the spike; (a): the published profile with
its 1,500 users, in which nothing may be shed. The JSON is (b)'s. REPEAT=5 makes (b) five times. --quick is a
tenth of it, to see that it works; its figures count for nothing.
"""

import json
import math
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from infra.paths import CHECKOUT, VAR
from loadgen.capacity.processes import found
from loadgen.command.watching import read_contacts
from loadgen.comparison import bootstrap_median
from loadgen.recovery.kept import SpikeKept
from loadgen.recovery.kept import read as read_recovery
from loadgen.results.reading import Run, read_run
from loadgen.results.runs import EVENTS, listed
from loadgen.results.totals import OK, SHED, is_error
from tests.bench.figures import Row, at_least, at_most, say, show
from tests.bench.running import BIN, some_platform, warm_up

REPEAT = int(os.environ.get("REPEAT", "1"))
PLATEAU_S, SPIKE_S = 90, 60
QUICK = 10
_SPIKE_STAGE = 2
"""The stage of the jump takes no second and is not seen: the spike is the second one that begins."""

_LOOK_S = 0.1
LOW, HIGH = 0.3, 2.0
AIM_RECOVERY_S, AIM_GOODPUT = 5.0, 0.8


class Measured(NamedTuple):
    """One run. `goodput` is in right answers a second during the spike."""

    valid: bool
    outcome: str
    recovery_s: float | None
    predicted_s: float | None
    peak_lag_s: float
    goodput: float
    errors: float
    shed: int
    lost: int
    doubled: int
    why: str


class Bench:
    """Runs on one platform; `compress` is 10 for --quick."""

    def __init__(self, gateway: str, chosen: dict[str, str], compress: int) -> None:
        self._gateway, self._compress = gateway, compress
        self._runs = VAR / "bench" / "spike-runs"
        self._environment = os.environ | chosen | {"AICC_RUNS": str(self._runs)}

    def capacity(self) -> dict[str, float]:
        """The figures of `aicc-loadgen capacity`."""
        seconds = ("4", "2") if self._compress > 1 else ("15", "5")
        told = self._call(
            "capacity", "spike-contacts", "--duration", seconds[0], "--warm", seconds[1],
            "--precision", "0.15", "--first", "10", kept=True,
        )  # fmt: skip
        figures: dict[str, float] = json.loads(told.splitlines()[-1])
        return figures

    def contacts(self, capacity: float, beside: Callable[[], None] | None = None) -> Measured:
        """(b), and with `beside`, which runs at the same time, (c)."""
        stages = f"{PLATEAU_S}s:{LOW},0s:{HIGH},{SPIKE_S}s:{HIGH},0s:{LOW},30s:{LOW}"
        if beside:
            threading.Thread(target=beside, daemon=True).start()
        self._run("spike-contacts", "--set", f"scale={capacity:.2f}", "--set", f"stages={stages}")
        return self._measured()

    def users(self) -> Measured:
        """(a)."""
        self._run("spike")
        return self._measured()

    def stop_persister(self) -> None:
        """Holds it up for as long as the spike lasts."""
        before = len(listed(self._runs))
        while len(listed(self._runs)) == before or self._stages() < _SPIKE_STAGE:
            time.sleep(_LOOK_S)
        held = [pid for pid, name in found(self._gateway) if name == "persister"]
        for pid in held:
            os.kill(pid, signal.SIGSTOP)
        say(f"the persister is stopped ({len(held)} processes)")
        time.sleep(SPIKE_S / self._compress)
        for pid in held:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        say("the persister goes on")

    def _stages(self) -> int:
        """How many stages of the newest run have begun."""
        events = listed(self._runs)[-1] / EVENTS
        return events.read_text().count('"kind":"stage"') if events.exists() else 0

    def _run(self, profile: str, *more: str) -> None:
        self._call("run", profile, "--watch", "--compress", str(self._compress), *more)

    def _call(self, *command: str, kept: bool = False) -> str:
        ran = subprocess.run(
            [str(BIN / "aicc-loadgen"), *command, "--target", self._gateway],
            env=self._environment,
            cwd=CHECKOUT,
            check=False,
            text=True,
            stdout=subprocess.PIPE if kept else sys.stderr,
        )
        return ran.stdout if kept else ""

    def _measured(self) -> Measured:
        return measured(listed(self._runs)[-1])


def measured(directory: Path) -> Measured:
    """What a kept run says."""
    run = read_run(directory, keep_windows=True)
    recovery, contacts = read_recovery(directory), read_contacts(directory)
    spike = recovery.spikes[0] if recovery else None
    every = max(run.totals.count(), 1)
    lag = next((one for one in spike.signals if one.name == "lag_s"), None) if spike else None
    return Measured(
        valid=run.verdict.valid and spike is not None and spike.outcome != "invalid",
        outcome=spike.outcome if spike else "invalid",
        recovery_s=spike.recovery_s if spike else None,
        predicted_s=spike.predicted_s if spike else None,
        peak_lag_s=(lag.peak or 0.0) if lag else 0.0,
        goodput=_goodput(run, spike),
        errors=run.totals.count(lambda cell: is_error(cell.kind)) / every,
        shed=run.totals.count(lambda cell: cell.kind == SHED),
        lost=contacts.lost if contacts else -1,
        doubled=contacts.doubled if contacts else -1,
        why=spike.reason if spike and spike.reason else run.verdict.sentence,
    )


def _goodput(run: Run, spike: SpikeKept | None) -> float:
    if spike is None or spike.t0 is None or spike.t1 is None:
        return 0.0
    within = run.windows[spike.t0 : spike.t1]
    right = sum(tally.count for window in within for cell, tally in window.cells.items() if cell.kind == OK)
    return right / max(len(within), 1)


def _rows(name: str, one: Measured) -> list[Row]:
    took = "–" if one.recovery_s is None else f"{one.recovery_s:.0f} s"
    predicted = "" if one.predicted_s is None else f", predicted {one.predicted_s:.1f} s"
    said = f"{one.outcome} {took}{predicted}; highest lag {one.peak_lag_s:.1f} s"
    return [
        Row(f"({name}) recovery", said),
        Row(f"({name}) errors, shed", f"{one.errors:.3%}, {one.shed:,}"),
        Row(f"({name}) lost, doubled", f"{one.lost}, {one.doubled}"),
    ]


def _show(capacity: dict[str, float], spikes: Sequence[Measured], stopped: Measured, users: Measured) -> None:
    first = spikes[0]
    times = [one.recovery_s for one in spikes if one.recovery_s is not None]
    recovery_s = statistics.median(times) if len(times) == len(spikes) else None
    shown_s = math.inf if recovery_s is None else recovery_s
    valid = all(one.valid for one in spikes)
    ratio = first.goodput / capacity["tps"] if capacity["tps"] else 0.0
    rows = [
        Row("capacity", f"{capacity['tps']:,.0f} right answers, {capacity['rate']:,.1f} contacts a second"),
        at_most("(b) recovery", shown_s, AIM_RECOVERY_S, "s", valid),
        at_least("(b) goodput in the spike", ratio, AIM_GOODPUT, "of the capacity", valid),
        at_most("(b) errors other than shed", first.errors, 0.0, "of all", valid),
        at_most("(b) lost", float(first.lost), 0.0, "contacts", valid),
        at_most("(b) doubled", float(first.doubled), 0.0, "contacts", valid),
    ]
    if len(times) >= 3:
        interval = bootstrap_median(times, seed=1)
        told = f"{interval.low:.0f} to {interval.high:.0f} s of {len(times)}"
        rows.append(Row("(b) recovery, 95 % interval", told))
    for name, one in (("b", first), ("c", stopped), ("a", users)):
        rows += _rows(name, one)
    figures = {
        "valid": valid,
        "recovery_s": recovery_s,
        "outcome": first.outcome,
        "goodput_ratio": round(ratio, 3),
        "errors": first.errors,
        "shed": first.shed,
        "lost": first.lost,
        "doubled": first.doubled,
        "peak_lag_s": first.peak_lag_s,
        "predicted_s": first.predicted_s,
        "capacity_tps": capacity["tps"],
        "why": first.why,
        "persister_stopped": stopped._asdict(),
        "published": users._asdict(),
    }
    show("spike", rows, figures)


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    quick = "--quick" in sys.argv[1:]
    with some_platform("spike") as (gateway, chosen):
        warm_up(gateway, chosen, 5 if quick else 30)
        bench = Bench(gateway, chosen, QUICK if quick else 1)
        capacity = bench.capacity()
        say(f"capacity: {capacity['rate']:.1f} contacts a second")
        if not capacity["rate"]:
            sys.exit("No rate held: there is no capacity to measure by.")
        spikes = [bench.contacts(capacity["rate"]) for _ in range(REPEAT)]
        stopped = bench.contacts(capacity["rate"], bench.stop_persister)
        users = bench.users()
    _show(capacity, spikes, stopped, users)


if __name__ == "__main__":
    main()
