"""meta.json: all that somebody needs who wants to know how a run came about, or to repeat it."""

import os
import platform
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
import psutil

from loadgen.profiles.model import Profile

_CHECKOUT = Path(__file__).resolve().parent.parent.parent
_LIBRARIES = ("aicc", "uvloop", "httptools", "hdrhistogram", "websockets", "msgspec", "orjson")


class Git(msgspec.Struct, frozen=True):
    """Of the checkout that the generator runs from; empty where it is none."""

    commit: str = ""
    dirty: bool = False


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The one that coordinates."""

    cpus: int
    cpu_model: str
    memory_mb: int
    kernel: str
    python: str
    load: tuple[float, float, float]
    """Before the run, over 1, 5 and 15 minutes."""


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """`profile` as it was understood, `source` its YAML as it was run."""

    run: str
    began_at: str
    profile: Profile
    source: str
    stages: tuple[str, ...]
    target: str
    seed: int
    processes: int
    hosts: tuple[str, ...] = ()
    command: list[str] = []
    git: Git = Git()
    machine: Machine
    libraries: dict[str, str] = {}
    calibration: dict[str, object] | None = None
    """What this generator reached against a target that does nothing, and when; null where never asked."""


def machine() -> Machine:
    """This one."""
    return Machine(
        cpus=os.cpu_count() or 1,
        cpu_model=_cpu_model(),
        memory_mb=psutil.virtual_memory().total // 2**20,
        kernel=platform.release(),
        python=platform.python_version(),
        load=os.getloadavg(),
    )


def git() -> Git:
    """The checkout's commit, and whether files differ from it."""
    commit = _git("rev-parse", "HEAD")
    return Git(commit, bool(_git("status", "--porcelain", "--untracked-files=no"))) if commit else Git()


def libraries() -> dict[str, str]:
    """What the engine is made of, by version."""
    found = {}
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def command_line() -> list[str]:
    """As it was called, without the directory of the command."""
    return [Path(sys.argv[0]).name, *sys.argv[1:]]


def _git(*arguments: str) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        ran = subprocess.run(
            ["git", "-C", str(_CHECKOUT), *arguments], check=True, capture_output=True, text=True, timeout=10
        )
        return ran.stdout.strip()
    return ""


def _cpu_model() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
