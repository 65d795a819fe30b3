"""The machine's own calibration, kept beside the runs and made anew when it is old."""

import os
import platform
import time
from pathlib import Path

import msgspec
import uvloop

from loadgen.results.files import write_json
from loadgen.trust.calibration import Calibration, calibrate

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


def _machine() -> str:
    return f"{platform.node()} {platform.release()} {os.cpu_count()} {platform.python_version()}"
