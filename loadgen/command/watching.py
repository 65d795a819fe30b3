"""A run beside which the platform is watched, and which ends when it has recovered."""

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import asyncpg
import msgspec
from redis import Redis
from redis.exceptions import RedisError
from rich.console import Console

from loadgen.profiles.model import Profile
from loadgen.reconcile import Reconciled, reconcile
from loadgen.recovery import Analysis, Outcome, Rules, analyse
from loadgen.recovery import kept as files
from loadgen.recovery.measure import drain_s
from loadgen.recovery.series import Second, Series, capacity, second, series
from loadgen.recovery.table import spike_table
from loadgen.report.database import DATABASE, decode
from loadgen.results.files import write_json
from loadgen.results.targets import MachineUse
from loadgen.results.window import Window
from loadgen.run import Control, Plan
from loadgen.settings import LoadSettings
from loadgen.watch import Seen, decode_seen
from loadgen.watch.machine import machine_use
from runtime.reach import reaching
from runtime.redis_client import trusting
from runtime.settings import read_settings

CONTACTS = "contacts.json"
_LOOK_EVERY_S = 2
_STOP_S = 30.0
_DATABASE_S = 30.0


class Watching:
    """The watching process, from `begin` to `end`; `heard` takes the run's windows in between."""

    def __init__(self, directory: Path, profile: Profile, gateway: str, redis: str, factor: float) -> None:
        self.directory, self._profile, self._factor = directory, profile, factor
        self._rules = Rules().compressed(factor) if factor > 1 else Rules()
        self._seconds: list[Second] = []
        self._began_ms = 0
        queue = profile.agents.queue if profile.agents else "support"
        self._command = [sys.executable, "-m", "loadgen.watch", "--gateway", gateway, "--redis", redis]
        self._command += ["--run", directory.name, "--queue", queue, "--out", str(directory / files.LAG)]
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Starts the process. The run's directory must be there."""
        self._process = subprocess.Popen(self._command, start_new_session=True)

    def heard(self, window: Window, control: Control) -> None:
        """One second; lets the run end once its load is back and everything has recovered."""
        began_ms = time.time_ns() // 1_000_000 - (window.second + 1) * 1000
        self._began_ms = min(self._began_ms or began_ms, began_ms)
        self._seconds.append(second(self._profile.mode, window))
        held = window.second >= self._profile.seconds
        if held and self._profile.limit_s and window.second % _LOOK_EVERY_S == 0 and self._is_over():
            control.recovered.set()

    def end(self) -> list[Analysis]:
        """Stops the process and writes recovery.json. Raises OSError."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        found = self.analysed()
        files.write(self.directory, files.kept(self._began_ms, self._factor, found))
        return found

    def reconcile(self) -> None:
        """Writes what became of every answered contact to contacts.json. Raises OSError."""
        settings = read_settings(LoadSettings)
        with reaching("Postgres", settings.database_url, "DATABASE_URL", asyncpg.PostgresError):
            found = asyncio.run(reconcile(settings.database_url, self.directory.name, self.directory))
        write_json(self.directory / CONTACTS, found._asdict())

    def ask_database(self) -> str:
        """Writes what `aicc-db report` says to database.json; why not, where that can't be had. Raises
        OSError."""
        command = [str(Path(sys.executable).with_name("aicc-db")), "report", "--json"]
        environment = os.environ | {"DATABASE_URL": read_settings(LoadSettings).database_url}
        try:
            ran = subprocess.run(
                command, env=environment, check=True, capture_output=True, timeout=_DATABASE_S
            )
            told = decode(ran.stdout)
        except OSError as error:
            return f"{command[0]}: {error.strerror}"
        except subprocess.CalledProcessError as error:
            return error.stderr.decode(errors="replace").strip() or f"it ended with {error.returncode}"
        except (subprocess.TimeoutExpired, msgspec.MsgspecError) as error:
            return str(error)
        write_json(self.directory / DATABASE, msgspec.to_builtins(told))
        return ""

    def machine_use(self) -> MachineUse | None:
        """None where the platform's machine was not seen."""
        return machine_use(read_seen(self.directory), self._began_ms)

    def analysed(self) -> list[Analysis]:
        """By what is known so far."""
        return analysed(self.known(), self._rules)

    def known(self) -> Series:
        """All signals so far."""
        return series(self._seconds, read_seen(self.directory), self._began_ms)

    def _is_over(self) -> bool:
        """Everything that left its band is back; where nothing did, it was watched for long enough."""
        found = self.analysed()
        if all(one.outcome == Outcome.NOT_STRESSED for one in found):
            return min(one.watched_s for one in found) >= 2 * self._rules.hold_s
        return all(one.outcome in (Outcome.RECOVERED, Outcome.INVALID, Outcome.NOT_STRESSED) for one in found)


def watched(plan: Plan, runs: Path, factor: float) -> Watching:
    """Of the platform whose Redis the settings name. Ends the command where that is away."""
    settings = read_settings(LoadSettings)
    with reaching("Redis", settings.redis_url, "REDIS_URL or AICC_REDIS_PORT", RedisError):
        Redis.from_url(trusting(settings.redis_url)).ping()
    return Watching(runs / plan.run, plan.profile, plan.url, settings.redis_url, factor)


def tell(directory: Path) -> None:
    """Prints what was measured of a run's recovery."""
    found = files.read(directory)
    for spike in found.spikes if found else ():
        if spike.t0 is None:
            Console().print(f"no recovery to measure: {spike.reason}", style="dim", highlight=False)
        else:
            Console().print(spike_table(spike))
    if contacts := read_contacts(directory):
        Console().print(
            f"contacts: {contacts.answered:,} answered, {contacts.lost:,} lost, "
            f"{contacts.doubled:,} doubled, {contacts.open:,} still open",
            style="bold red" if contacts.lost or contacts.doubled else "bold green",
            highlight=False,
        )


def read_contacts(directory: Path) -> Reconciled | None:
    """None where nobody looked for them."""
    try:
        return Reconciled(**json.loads((directory / CONTACTS).read_text()))
    except OSError:
        return None


def analysed(known: Series, rules: Rules) -> list[Analysis]:
    """With the capacity that the spike itself showed: records a second, done while more was asked for."""
    found = analyse(known.offered, known.signals, rules)
    if "lag_records" not in known.signals or not found[0].episode:
        return found
    return [_predicting(one, known) for one in found]


def _predicting(found: Analysis, known: Series) -> Analysis:
    episode, baseline = found.episode, found.baseline
    if episode is None:
        return found
    most = capacity(known.processed, (episode.t0 + episode.t1) // 2, episode.t1)
    usual = capacity(known.processed, baseline.begin, baseline.end)
    limit = baseline.bands["lag_records"].limit
    return replace(found, predicted_s=drain_s(known.signals["lag_records"], limit, episode.t1, most, usual))


def read_seen(directory: Path) -> list[Seen]:
    """Every whole line of lag.jsonl; none where nobody watched."""
    try:
        lines = (directory / files.LAG).read_bytes().splitlines(keepends=True)
    except OSError:
        return []
    return [decode_seen(line) for line in lines if line.endswith(b"\n")]
