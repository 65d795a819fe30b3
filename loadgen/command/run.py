"""`aicc-loadgen run`: offers a profile's load and keeps what came of it."""

import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import click
import uvloop

from loadgen.command import calibration
from loadgen.command.exposing import Exposed
from loadgen.command.live import View
from loadgen.command.options import console, offering, read_profile, read_tls, require_allowed
from loadgen.command.planning import planned
from loadgen.command.printing import print_run
from loadgen.command.watching import Watching, tell, watched
from loadgen.marking import marked
from loadgen.profiles.feasible import feasible
from loadgen.results import meta
from loadgen.results.events import Event
from loadgen.results.recording import Ended, Recording
from loadgen.results.runs import new_id, runs_directory
from loadgen.results.targets import Target
from loadgen.results.targets import targets as reference
from loadgen.results.totals import Totals
from loadgen.results.verdict import Verdict
from loadgen.results.window import Window
from loadgen.run import Control, Plan, execute, stages_of
from loadgen.settings import LoadSettings
from loadgen.trust.priority import go_first
from runtime.settings import read_settings

_SHORT_S = 1.0


class Targets(StrEnum):
    """What becomes of the reference's targets."""

    SHOW = "show"
    REQUIRE = "require"
    NONE = "none"


@click.command("run")
@offering
@click.option(
    "--compress", type=click.FloatRange(0, min_open=True), default=1.0, help="Run it in so much less time."
)
@click.option(
    "--watch",
    is_flag=True,
    help="Watch the platform, measure its recovery, look for every contact in the database.",
)
@click.option(
    "--targets",
    type=click.Choice([one.value for one in Targets]),
    default=Targets.SHOW.value,
    show_default=True,
    help="The reference's targets: show them, require them (exit 99 where one is missed), or none.",
)
@click.option("--no-calibration", is_flag=True, help="Don't measure the generator first (3 s, once a day).")
def run_command(
    profile: str,
    target: str,
    changes: tuple[str, ...],
    processes: int,
    hosts: str,
    seed: int,
    tokens: Path | None,
    ca_file: Path | None,
    insecure: bool,
    allow_remote: bool,
    out: Path | None,
    compress: float,
    watch: bool,
    targets: str,
    no_calibration: bool,
) -> None:
    """Offer the load of PROFILE (a name or a YAML file) and keep the results in runs/<id>.

    \b
    Examples:
      aicc-loadgen run normal --compress 10
      aicc-loadgen run mixed --set start=24 --set stages=1m:24 --processes 2
      aicc-loadgen run own.yaml --target https://staging.example.org --allow-remote --tokens tokens.txt

    \b
    Exit status:
      0    all was offered, thresholds hold
      1    the run could not be brought to its end: what there is, is kept and marked partial
      2    wrong usage
      98   INVALID: the generator did not keep up, so no figure counts
      99   a threshold is broken, or with --targets require a target missed
      105  interrupted (Ctrl-C); what there is, is kept
    """
    read = read_profile(profile, changes, compress)
    require_allowed(target, allow_remote)
    runs = out or runs_directory()
    name = new_id(time.time())
    ledger = runs / name if watch else None
    plan = planned(read, target, name, seed, processes, hosts, tokens, ledger)
    plan = replace(plan, tls=read_tls(ca_file, insecure))
    for sentence in feasible(read, places=sum(seat.capacity for seat in plan.seats)).sentences:
        console.print(sentence, highlight=False, soft_wrap=True)
    if not no_calibration and calibration.kept(runs) is None:
        console.print("Measuring the generator against a target that does nothing …", style="dim")
        calibration.measure(runs, _SHORT_S)
    watching = watched(plan, runs, compress) if watch else None
    planned_s = plan.profile.seconds
    settings = read_settings(LoadSettings)
    with marked(plan.url.split(",")[0], plan.run, plan.profile.name, planned_s, settings, plan.tls.context()):
        verdict = carry_out(plan, runs, watching, Targets(targets))
    if watching:
        tell(watching.directory)
    sys.exit(verdict.exit_code)


def carry_out(
    plan: Plan, runs: Path, watching: Watching | None = None, targets: Targets = Targets.SHOW
) -> Verdict:
    """Runs the plan, keeps it in `runs` and prints its report. Ends the command where it can't be kept."""
    stages = stages_of(plan.profile)
    control = Control()
    view = View(console, f"{plan.profile.name} on {plan.url}, run {plan.run}", stages)
    exposed = Exposed(read_settings(LoadSettings).metrics_port, plan.run, plan.profile.name)
    names = tuple(stage.name or str(number) for number, stage in enumerate(stages, 1))
    try:
        recording = Recording(
            runs / plan.run,
            names,
            plan.profile.thresholds,
            control.stop,
            lambda window, events: _seen(window, events, view, exposed, watching, control),
            cores=os.cpu_count() or 1,
        )
        recording.begin(_meta(plan, names, calibration.kept(runs)))
        if watching:
            watching.begin()
    except OSError as error:
        raise click.ClickException(f"The run can't be kept in {runs}: {error.strerror or error}") from error
    for said in filter(None, (go_first(plan.url), exposed.problem)):
        console.print(said, style="yellow", soft_wrap=True)
    with view, exposed:
        ended = _executed(plan, recording, control)
    try:
        if watching:
            watching.end()
            watching.reconcile()
            if said := watching.ask_database():
                console.print(f"The database's own report is left out: {said}", style="yellow", markup=False)
        verdict = recording.close(
            ended,
            lambda totals: _targets(totals, plan, watching, targets),
            required=targets is Targets.REQUIRE,
        )
    except OSError as error:
        where = f"{recording.directory}: {error.strerror or error}"
        raise click.ClickException(f"The run's last words can't be written to {where}") from error
    notes = calibration.notes(calibration.kept(runs), recording.totals)
    print_run(recording.totals, recording.now_judged, verdict, notes)
    console.print(f"{recording.directory}", markup=False, highlight=False, soft_wrap=True)
    return verdict


def _targets(totals: Totals, plan: Plan, watching: Watching | None, wanted: Targets) -> list[Target]:
    if wanted is Targets.NONE:
        return []
    return reference(totals, plan.profile, watching.machine_use() if watching else None)


def _seen(
    window: Window,
    events: list[Event],
    view: View,
    exposed: Exposed,
    watching: Watching | None,
    control: Control,
) -> None:
    view.show(window, events)
    exposed.show(window)
    if watching:
        watching.heard(window, control)


def _executed(plan: Plan, recording: Recording, control: Control) -> Ended:
    began = time.monotonic()
    try:
        outcome = uvloop.run(execute(plan, recording.heard, control))
    except (ValueError, OSError) as error:
        return Ended(time.monotonic() - began, str(error))
    except KeyboardInterrupt:
        return Ended(time.monotonic() - began, "Ctrl-C before it began", interrupted=True)
    return Ended(outcome.seconds, outcome.reason, outcome.interrupted, outcome.breaches)


def _meta(plan: Plan, stages: tuple[str, ...], known: dict[str, object] | None) -> meta.Meta:
    return meta.Meta(
        run=plan.run,
        began_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        profile=plan.profile,
        source=plan.profile.source,
        stages=stages,
        target=plan.url,
        seed=plan.seed,
        processes=plan.processes,
        hosts=plan.hosts,
        command=meta.command_line(),
        git=meta.git(),
        machine=meta.machine(),
        libraries=meta.libraries(),
        calibration=known,
    )
