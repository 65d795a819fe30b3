"""The machine's own calibration, kept beside the runs and made anew when it is old."""

import os
import platform
import time
from pathlib import Path

import msgspec
import uvloop

from loadgen.results.files import write_json
from loadgen.results.totals import Totals
from loadgen.trust.calibration import FLOOR_TIMES, Calibration, calibrate

FILE = "calibration.json"
_FRESH_S = 24 * 3600.0


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """When it was made (Unix), and on what."""

    made_s: float
    machine: str
    found: Calibration


def measure(runs: Path, seconds: float) -> Calibration:
    """Calibrates for twice `seconds`, and keeps the result. Raises OSError."""
    found = uvloop.run(calibrate(seconds))
    runs.mkdir(parents=True, exist_ok=True)
    kept = Kept(made_s=time.time(), machine=_machine(), found=found)
    write_json(runs / FILE, msgspec.to_builtins(kept))
    return found


def kept(runs: Path) -> dict[str, object] | None:
    """This machine's of the last 24 h, as it stands in meta.json."""
    try:
        known = msgspec.json.decode((runs / FILE).read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError):
        return None
    if known.machine != _machine() or time.time() - known.made_s > _FRESH_S:
        return None
    return {"made_s": known.made_s, **known.found.as_json()}


def notes(known: dict[str, object] | None, totals: Totals) -> list[str]:
    """A sentence where the figures are partly the generator's own; none where it was never calibrated."""
    if known is None:
        return []
    found = msgspec.convert({name: known[name] for name in known if name != "made_s"}, Calibration)
    p95_ms = totals.tally().intended.percentile_ms(95)
    if not totals.count() or not found.near_floor(p95_ms):
        return []
    return [
        f"The p95 of response_time, {p95_ms:.2f} ms, is less than {FLOOR_TIMES} times what this machine and "
        f"the generator take by themselves ({found.floor_p95_ms:.2f} ms): it is partly theirs."
    ]


def _machine() -> str:
    return f"{platform.node()} {platform.release()} {os.cpu_count()} {platform.python_version()}"
