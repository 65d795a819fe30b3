"""`python -m tests.bench.gate [--quick]`: whether this checkout is slower than its baselines.

Makes RUNS (3) runs of `mixed`, watched, on this platform (one is started where none runs), and judges them
by `aicc-loadgen gate` with BASELINES (baselines.json among the runs). With PROMOTE=1 runs that are not worse
become baselines, and too few of them are no failure: so nights build them up. NOTIFY_URL is told, and a CI's
GITHUB_STEP_SUMMARY gets the table. --quick is a look at the works; its load has baselines of its own.
"""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

from infra.paths import CHECKOUT
from loadgen.command import main as loadgen
from loadgen.command.compare import Status
from loadgen.comparison.baselines import BASELINES
from loadgen.results.runs import listed, runs_directory
from tests.bench.figures import Row, say, show
from tests.bench.running import BIN, some_platform, warm_up

RUNS = int(os.environ.get("RUNS") or 3)
QUICK = ("--set", "start=2", "--set", "stages=5s:2")


def made(gateway: str, environment: dict[str, str], runs: Path, more: tuple[str, ...]) -> list[str]:
    """The ids of RUNS new runs, as far as they were kept."""
    before = set(listed(runs))
    for number in range(RUNS):
        say(f"run {number + 1} of {RUNS}")
        command = [str(BIN / "aicc-loadgen"), "run", "mixed", "--watch", "--target", gateway, *more]
        subprocess.run(command, env=environment, cwd=CHECKOUT, check=False, stdout=sys.stderr)
    return [one.name for one in listed(runs) if one not in before]


def judged(ids: list[str], baselines: Path, runs: Path) -> dict[str, object]:
    """What `aicc-loadgen gate --json` says. Ends the bench where it says nothing."""
    command = ["gate", *ids, "--file", str(baselines), "--out", str(runs), "--json"]
    for option, variable in (("--notify", "NOTIFY_URL"), ("--markdown", "GITHUB_STEP_SUMMARY")):
        if value := os.environ.get(variable):
            command += [option, value]
    status, said = _loadgen(*command)
    if not said:
        sys.exit(status)
    told: dict[str, object] = json.loads(said)
    return told


def _loadgen(*command: str) -> tuple[int, str]:
    """The command in this process: its status, and what it writes to standard output."""
    said = io.StringIO()
    with redirect_stdout(said):
        try:
            loadgen(command)
        except SystemExit as ended:
            return int(ended.code or 0), said.getvalue()
    raise AssertionError("commands end by SystemExit")


def main() -> None:
    """Prints findings and, last, the verdict as JSON; ends with the status of `aicc-loadgen gate`."""
    runs = (CHECKOUT / runs_directory()).absolute()
    baselines = Path(os.environ.get("BASELINES") or runs / BASELINES).absolute()
    quick = "--quick" in sys.argv[1:]
    with some_platform("gate") as (gateway, chosen):
        environment = os.environ | chosen | {"AICC_RUNS": str(runs)}
        warm_up(gateway, chosen, 2 if quick else 30)
        ids = made(gateway, environment, runs, QUICK if quick else ())
    if not ids:
        sys.exit("No run was kept.")
    told = judged(ids, baselines, runs)
    status = Status(int(str(told["exit_code"])))
    if os.environ.get("PROMOTE") and status in (Status.SAME_OR_BETTER, Status.TOO_FEW):
        failed, _ = _loadgen("baseline", "add", *ids, "--file", str(baselines), "--out", str(runs))
        if failed:
            sys.exit(failed)
        status = Status.SAME_OR_BETTER
    rows = [Row(f"run {one}", "") for one in ids]
    rows.append(Row("verdict", str(told["text"]), "not worse", told["exit_code"] == 0))
    show("gate", rows, {"valid": told["exit_code"] != Status.INVALID, **told})
    sys.exit(status)


if __name__ == "__main__":
    main()
