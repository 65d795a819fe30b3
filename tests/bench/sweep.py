"""`python -m tests.bench.sweep [--quick] [PLAN …]`: what the platform's settings do, for docs/tuning.md.

The built-in plans of `aicc-loadgen sweep`, on a platform of its own: `platform`, one setting at a time;
`pool` and `pool-slow`, 800 readers and a pool of connections that is too small, with a database as fast as it
is and with one whose answers are planted to come later; `instances`, from which `aicc-loadgen plan` follows.
What was measured is kept in var/bench/sweep: interrupted, it goes on from there; FRESH=1 begins anew. --quick
is a little of it, to see that it works: its figures count for nothing, docs/tuning.md stays as it is.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.paths import CHECKOUT, VAR
from infra.stack import free_port
from loadgen.comparison import LEAST_RUNS
from loadgen.sweep import kept as files
from loadgen.sweep.effects import Valued, effects
from loadgen.sweep.reading import load
from loadgen.sweep.written import recommendation
from tests.bench.figures import Row, say, show
from tests.bench.running import BIN, platform, warm_up
from tests.bench.slow_line import slow_line

PLANS = ("platform", "pool", "pool-slow", "instances")
DOCUMENT = CHECKOUT / "docs" / "tuning.md"
HOME, QUICK_HOME = VAR / "bench" / "sweep", VAR / "bench" / "sweep-quick"
SLOW_S = 0.010
# 15 reads a second need more than two connections then.
QUICK_SLOW_S = 0.15
QUICK = {
    "platform": ["--only", "AICC_HISTORY_CACHE_S", "--set", "start=4", "--set", "stages=2s:4,4s:4"],
    "pool-slow": ["--set", "start=60", "--set", "stages=2s:60,4s:60"],
}
_PLAN = "capacity-plan"


class Sweeps:
    """Plans carried out one after the other; `environment` reaches the platform."""

    def __init__(self, home: Path, environment: dict[str, str], *, quick: bool) -> None:
        self._home, self._quick = home, quick
        self._environment = os.environ | environment
        self.found: dict[str, list[Valued]] = {}
        self.whole: dict[str, bool] = {}

    def sweep(self, name: str) -> int:
        """The status of `aicc-loadgen sweep`."""
        options = ["--runs", "1", "--accept-invalid", *QUICK.get(name, [])] if self._quick else []
        fresh = ["--fresh"] if self._quick or os.environ.get("FRESH") else []
        status = self._call("sweep", name, "--out", str(self._home / name), *fresh, *options)
        kept = files.read(self._home / name)
        if kept:
            plan = load(name, (), self._environment)
            self.found[name] = effects(plan, kept)
            runs = {one.runs for valued in self.found[name] for one in valued.effects if one.metric.judged}
            self.whole[name] = status == 0 and bool(runs) and min(runs) >= LEAST_RUNS
        return status

    def plan(self) -> None:
        """The capacity plan, from the searches of `instances`."""
        page = str(self._home / f"{_PLAN}.md")
        self._call("plan", str(self._home / "instances"), "--markdown", page)

    def sections(self) -> dict[str, str]:
        """What is to be written, by the marks in the document."""
        pages = {name: self._home / name / files.MARKDOWN for name in self.found}
        pages[_PLAN] = self._home / f"{_PLAN}.md"
        return {name: page.read_text() for name, page in pages.items() if page.exists()}

    def _call(self, *command: str) -> int:
        called = subprocess.Popen(
            [str(BIN / "aicc-loadgen"), *command], env=self._environment, cwd=CHECKOUT, stdout=sys.stderr
        )
        while True:
            try:
                return called.wait()
            except KeyboardInterrupt:
                # It hears of it, too, and keeps what there is.
                continue


def put(document: str, name: str, section: str) -> str:
    """The document with what stands between the marks of `name` replaced. Raises ValueError without marks."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    written = re.sub(
        f"{begin}.*?{end}", lambda _: f"{begin}\n{section.strip()}\n{end}", document, flags=re.DOTALL
    )
    if begin not in document or end not in document:
        raise ValueError(f"the document has no marks {begin} … {end}")
    return written


def _carry_out(names: Sequence[str], home: Path, *, quick: bool) -> Sweeps:
    var = VAR / "bench" / f"sweep-platform-{os.getpid()}"
    delay_s = QUICK_SLOW_S if quick else SLOW_S
    with platform(var) as chosen, slow_line(int(chosen["AICC_POSTGRES_PORT"]), delay_s) as port:
        warm_up(f"http://127.0.0.1:{chosen['AICC_GATEWAY_PORT']}", chosen, 3 if quick else 30)
        environment = chosen | {
            "AICC_SWEEP_PORT": str(free_port()),
            "AICC_SWEEP_STACK": str(var.resolve()),
            "AICC_SLOW_DATABASE_URL": f"postgresql://aicc@127.0.0.1:{port}/aicc",
        }
        sweeps = Sweeps(home, environment, quick=quick)
        for name in names:
            say(f"sweep {name}", style="bold")
            if sweeps.sweep(name):
                break
        else:
            if "instances" in names:
                sweeps.plan()
    return sweeps


def _write(sweeps: Sweeps, home: Path, *, quick: bool) -> None:
    """docs/tuning.md, but for a quick one or one that is not whole: a copy of it."""
    document = DOCUMENT.read_text()
    for name, section in sweeps.sections().items():
        document = put(document, name, section)
    whole = bool(sweeps.whole) and all(sweeps.whole.values()) and not quick
    place = DOCUMENT if whole else home / DOCUMENT.name
    place.write_text(document)
    say(f"written to {place.relative_to(CHECKOUT)}", highlight=False)


def _show(sweeps: Sweeps, *, quick: bool) -> None:
    rows, figures = [], {}
    for name, found in sweeps.found.items():
        for setting in dict.fromkeys(one.setting for one in found):
            values = [one for one in found if one.setting == setting]
            rows.append(Row(f"{name}: {setting.name}", recommendation(values)))
        figures[name] = {f"{one.setting.key}={one.value}": _told(one) for one in found}
    valid = not quick and bool(sweeps.whole) and all(sweeps.whole.values())
    show("sweep", rows, {"valid": valid, "quick": quick, **figures})


def _told(one: Valued) -> dict[str, object]:
    """The advice, and each metric's ratio to the baseline with its interval."""
    ratios = {each.metric.name: each.ratio for each in one.effects}
    shown = {name: [round(number, 4) for number in ratio] for name, ratio in ratios.items() if ratio}
    return {"advice": one.advice, "ratios": shown}


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    quick = "--quick" in sys.argv[1:]
    asked = [one for one in sys.argv[1:] if one != "--quick"]
    if other := [one for one in asked if one not in PLANS]:
        sys.exit(f"There is no plan {other[0]}; there are {', '.join(PLANS)}.")
    home = QUICK_HOME if quick else HOME
    if quick:
        shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    sweeps = _carry_out(asked or (tuple(QUICK) if quick else PLANS), home, quick=quick)
    _write(sweeps, home, quick=quick)
    _show(sweeps, quick=quick)


if __name__ == "__main__":
    main()
