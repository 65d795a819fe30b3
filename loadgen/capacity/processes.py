"""The platform's processes on this machine, and the processor time of each."""

import socket
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from loadgen.engine.address import Address

_MARK = "AICC_STACK"
"""aicc-run gives it to all that it starts; its value is the platform's directory."""
# These overwrite their environment with a title of their own; they are known by where they run.
_TITLED = frozenset({"redis-server", "postgres"})


class Used:
    """Cores that each part used since the one before, by name; `busiest` those of its busiest process."""

    def __init__(self, cores: dict[str, float], busiest: dict[str, float], machine: float) -> None:
        self.cores, self.busiest, self.machine = cores, busiest, machine


class Processes:
    """Those of the platform that serves at `url`; none where it is another machine's. Where it was started in
    another way than by aicc-run only the process that listens there is seen."""

    def __init__(self, url: str) -> None:
        self._named = dict(found(url))
        self._at = 0.0
        self._before: dict[int, float] = {}
        self._machine = 0.0

    def begin(self) -> None:
        """From now on."""
        self._at, self._machine = time.monotonic(), machine_s()
        self._before = self._seconds()

    def used(self) -> Used:
        """Since `begin`; a process that has ended meanwhile is left out."""
        elapsed = max(time.monotonic() - self._at, 1e-9)
        cores: dict[str, float] = defaultdict(float)
        busiest: dict[str, float] = defaultdict(float)
        for pid, seconds in self._seconds().items():
            name, used = self._named[pid], (seconds - self._before.get(pid, seconds)) / elapsed
            cores[name] += used
            busiest[name] = max(busiest[name], used)
        return Used(dict(cores), dict(busiest), (machine_s() - self._machine) / elapsed)

    def _seconds(self) -> dict[int, float]:
        found = {}
        for pid in self._named:
            with suppress(psutil.Error):
                times = psutil.Process(pid).cpu_times()
                found[pid] = times.user + times.system
        return found


def found(url: str) -> Iterator[tuple[int, str]]:
    """Process ids and what each is, of the platform that serves at `url`."""
    serving = _serving(url)
    if serving is None:
        return
    root = _root(serving)
    if root is None:
        yield serving.pid, _name(serving)
        return
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if _belongs(one, root):
                yield one.pid, _name(one)


def _serving(url: str) -> psutil.Process | None:
    """The process that listens at the address, where it is this machine's and may be seen."""
    address = Address.of(url)
    with suppress(OSError, psutil.Error):
        ours = {one.address for some in psutil.net_if_addrs().values() for one in some} | {"127.0.0.1", "::1"}
        host = socket.gethostbyname(address.host)
        if host not in ours:
            return None
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.pid and one.laddr[1:] == (address.port,):
                return psutil.Process(one.pid)
    return None


def _root(process: psutil.Process) -> Path | None:
    with suppress(psutil.Error):
        if mark := process.environ().get(_MARK):
            return Path(mark)
    return None


def _belongs(process: psutil.Process, root: Path) -> bool:
    if process.name() in _TITLED:
        return Path(process.cwd()).is_relative_to(root)
    return process.environ().get(_MARK) == str(root)


def _name(process: psutil.Process) -> str:
    """`gateway` for aicc-gateway, `kafka` for the Java process, else the program's own name."""
    command = process.cmdline()
    for word in command[:3]:
        if (name := Path(word).name).startswith("aicc-"):
            return name.removeprefix("aicc-")
        if name == "supervisord":
            return name
    if process.name() == "java":
        return "kafka"
    return process.name().removesuffix("-server")


def machine_s() -> float:
    """Processor seconds of all that runs on this machine, since it was started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
