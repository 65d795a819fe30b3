"""Where runs lie: one directory each, under AICC_RUNS or ./runs."""

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

LATEST = "latest"
META, STATE, SUMMARY, VERDICT = "meta.json", "state.json", "summary.json", "verdict.json"
WINDOWS, EVENTS = "windows.jsonl", "events.jsonl"
_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")


class NoSuchRun(ValueError):
    """Nothing is there by that name."""


def runs_directory() -> Path:
    """AICC_RUNS, or `runs` in the working directory."""
    return Path(os.environ.get("AICC_RUNS") or "runs")


def new_id(now_s: float) -> str:
    """`20261123T130501-9f3a2c`: sorts by time (UTC), differs for runs of the same second."""
    return f"{datetime.fromtimestamp(now_s, UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def is_run_id(name: str) -> bool:
    """Whether it is a whole id."""
    return bool(_ID.fullmatch(name))


def listed(runs: Path) -> list[Path]:
    """All runs, the oldest first."""
    if not runs.is_dir():
        return []
    return sorted(one for one in runs.iterdir() if _ID.fullmatch(one.name) and one.is_dir())


def found(name: str, runs: Path) -> Path:
    """The run of that id, of an id that begins so, `latest`, or a directory's path. Raises NoSuchRun."""
    known = listed(runs)
    if name == LATEST:
        if not known:
            raise NoSuchRun(f"There is no run in {runs} yet; `aicc-loadgen run PROFILE` makes one.")
        return known[-1]
    if (Path(name) / STATE).is_file():
        return Path(name)
    alike = [one for one in known if one.name == name] or [one for one in known if one.name.startswith(name)]
    match alike:
        case [one]:
            return one
        case []:
            raise NoSuchRun(f"There is no run {name} in {runs}; `aicc-loadgen history` lists them.")
        case _:
            raise NoSuchRun(f"{name} may be {', '.join(one.name for one in alike)}; say more of it.")
