"""`aicc-run`: the whole platform on this machine, from nothing until Ctrl-C."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from infra import lock, services, settings
from infra.paths import CHECKOUT
from infra.platform import Platform, Watch
from infra.progress import Progress
from infra.services import Program, Stage, script
from infra.stack import StackError
from infra.stack.local import tail
from infra.stopping import Stopped, Stopping
from infra.supervise.client import SupervisorGone

EXIT_ALREADY_RUNNING = 3
EXIT_NOT_STARTED = 4
EXIT_SUPERVISOR_GONE = 5
_LOOK_S = 0.2

_EPILOG = """\b
Examples:
  aicc-run                       start, drive the stream, stay until Ctrl-C
  aicc-run --once --contacts 10  the same, but stop after the table
  AICC_GATEWAY_PORT=8090 aicc-run

\b
Exit status:
  0  all went well (with Ctrl-C too)
  1  the short stream lost something (--once)
  2  wrong usage
  3  a platform is already running in this directory
  4  it could not be started
  5  the supervisor was killed; everything else was stopped
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run consists of. `setup` and `drive` are commands that end by themselves."""

    var: Path
    programs: Sequence[Program]
    environment: Mapping[str, str]
    addresses: Mapping[str, str]
    setup: Sequence[str]
    drive: Sequence[str]


@click.command(epilog=_EPILOG)
@click.option("--once", is_flag=True, help="Stop after the table, with the stream's exit status.")
@click.option("--contacts", type=click.IntRange(min=1), help="How many contacts the stream has.")
def main(once: bool, contacts: int | None) -> None:
    """Start Kafka, PostgreSQL, Redis and all services, drive a short stream of contacts through them,
    print what became of it, and stay up until Ctrl-C."""
    sys.exit(run(lambda: make_plan(settings.read(), contacts), once=once))


def run(plan: Callable[[], Plan], *, once: bool) -> int:
    """Carries a plan out; returns the exit status that `--help` documents."""
    stopping = Stopping()
    stopping.install()
    progress = Progress(Console())
    try:
        return _run(plan(), stopping, progress, once)
    except lock.AlreadyRunning as running:
        progress.say(str(running), "yellow")
        return EXIT_ALREADY_RUNNING
    except SupervisorGone as error:
        progress.say(f"{error}; everything was stopped", "red")
        return EXIT_SUPERVISOR_GONE
    except StackError as error:
        progress.say(str(error), "red")
        return EXIT_NOT_STARTED


def make_plan(chosen: settings.RunSettings, contacts: int | None) -> Plan:
    var = settings.var_directory(chosen)
    parts = settings.local_parts(chosen)
    environment = settings.service_environment(chosen, parts)
    programs = (
        *services.part_programs(parts),
        *services.service_programs(
            CHECKOUT,
            chosen.metrics_base_port,
            chosen.gateway_port,
            "" if chosen.database_url else environment["DATABASE_URL"],
        ),
        services.demo_program(CHECKOUT, chosen.gateway_port),
    )
    drive = [script("aicc-demo"), "drive", "--gateway", f"http://127.0.0.1:{chosen.gateway_port}"]
    if contacts is not None:
        drive += ["--contacts", str(contacts)]
    return Plan(var, programs, environment, _addresses(chosen, environment), (script("aicc-setup"),), drive)


def _run(plan: Plan, stopping: Stopping, progress: Progress, once: bool) -> int:
    with lock.held(plan.var / "run.lock", plan.addresses):
        platform = Platform(plan.var, plan.programs, plan.environment, stopping, progress)
        try:
            status = _start(platform, plan, progress)
            if once:
                return status
            if status:
                progress.say(f"the short stream ended with status {status}; the platform stays up", "red")
            _stay(platform, plan, stopping, progress)
        except Stopped:
            return 0
        finally:
            progress.say("stopping")
            platform.stop()
            progress.say("stopped")


def _start(platform: Platform, plan: Plan, progress: Progress) -> int:
    """Brings everything up in order of readiness; returns the exit status of the short stream."""
    platform.clear_left_overs()
    platform.launch()
    platform.start(Stage.PARTS)
    with progress.step("setup", "making topics and tables", "done"):
        if platform.run_tool(plan.setup, log="setup.log"):
            log = plan.var / "log" / "setup.log"
            raise StackError(f"aicc-setup failed; {log} ends with:\n{tail(log)}")
    platform.start(Stage.PROCESSORS)
    platform.start(Stage.GATEWAY)
    return platform.run_tool(plan.drive)


def _stay(platform: Platform, plan: Plan, stopping: Stopping, progress: Progress) -> NoReturn:
    platform.start(Stage.DEMO)
    progress.say("up; Ctrl-C stops it", "bold")
    progress.addresses(plan.addresses)
    watch = Watch(platform.supervisor, progress)
    while True:
        stopping.sleep(_LOOK_S)
        watch.look(time.monotonic())


def _addresses(chosen: settings.RunSettings, environment: Mapping[str, str]) -> dict[str, str]:
    return {
        "gateway": f"http://127.0.0.1:{chosen.gateway_port}",
        "kafka": environment["KAFKA_BOOTSTRAP"],
        "postgres": environment["DATABASE_URL"],
        "redis": environment["REDIS_URL"],
        "logs": str(settings.var_directory(chosen) / "log"),
    }
