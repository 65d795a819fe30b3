"""`aicc-loadgen sweep`: what each value of a setting does, by interleaved runs."""

import secrets
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from loadgen.command.options import console, require_allowed
from loadgen.comparison import LEAST_RUNS
from loadgen.profiles.reading import load as load_profile
from loadgen.profiles.units import written
from loadgen.results import meta
from loadgen.results.runs import runs_directory
from loadgen.results.verdict import Exit
from loadgen.sweep import kept as files
from loadgen.sweep.effects import Valued, effects
from loadgen.sweep.kept import MARKDOWN, Kept, Record, Unfit
from loadgen.sweep.order import order, variants
from loadgen.sweep.plan import Plan
from loadgen.sweep.reading import PlanError, built_in, load
from loadgen.sweep.sweeping import Options, Stopped, Sweeping
from loadgen.sweep.written import figure, markdown, recommendation, told, verdict


@click.command("sweep")
@click.argument("plan")
@click.option("--runs", type=click.IntRange(1), help="Of each value; the plan's, or 5, which is the least.")
@click.option("--seed", type=click.IntRange(0), help="Of the order and of the load; drawn and printed.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change the profile; repeatable.")
@click.option("--only", multiple=True, metavar="KEY", help="Only this setting; repeatable.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where the sweep is kept.")
@click.option(
    "--markdown", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write it there, too."
)
@click.option("--fresh", is_flag=True, help="Throw away what an earlier sweep of that name left.")
@click.option("--accept-invalid", is_flag=True, help="Count runs in which the generator fell behind.")
@click.option("--allow-remote", is_flag=True, help="The target may be another machine: it is yours to load.")
@click.option("--dry-run", is_flag=True, help="Only say which runs there would be.")
def sweep_command(
    plan: str,
    runs: int | None,
    seed: int | None,
    changes: tuple[str, ...],
    only: tuple[str, ...],
    out: Path | None,
    page: Path | None,
    fresh: bool,
    accept_invalid: bool,
    allow_remote: bool,
    dry_run: bool,
) -> None:
    """Vary the settings that PLAN names (a built-in plan or a YAML file), one at a time, and say what each
    value does against the baseline.

    Each round runs the baseline and every other value once, in an order shuffled by the seed. An effect
    counts where it is significant and above 10 % by runs. Everything is kept as it comes; called again, an
    interrupted sweep goes on where it stopped.

    \b
    Examples:
      aicc-loadgen sweep platform --dry-run
      aicc-loadgen sweep platform --only AICC_DATABASE_CONNECTIONS --only instances
      aicc-loadgen sweep my-plan.yaml --runs 8 --markdown tuning.md

    \b
    Exit status: 0 done; 1 it can't go on (the target does not come up, the disk is full), what there is, is
    kept; 2 wrong usage or a plan that can't be used; 105 interrupted (Ctrl-C), what there is, is kept.
    """
    read = _only(_read(plan, changes), only)
    require_allowed(read.target.url, allow_remote)
    directory = out or runs_directory() / "sweeps" / read.name
    if fresh and not dry_run:
        shutil.rmtree(directory, ignore_errors=True)
    rounds = runs or read.runs
    kept = _kept(read, directory, seed, rounds)
    _introduce(read, kept, directory)
    if dry_run:
        for number, job in enumerate(order(read, kept.rounds, kept.seed), 1):
            click.echo(f"{number:4} round {job.round}: {job.variant.key}")
        return
    status = _carry_out(read, kept, directory, Options(accept_invalid, allow_remote))
    _tell(read, kept, directory, page)
    sys.exit(status)


def _read(plan: str, changes: tuple[str, ...]) -> Plan:
    try:
        return load(plan, changes)
    except PlanError as error:
        known = f"\nBuilt in: {', '.join(built_in())}." if len(error.errors) == 1 else ""
        raise click.UsageError(f"{plan} can't be used:\n{error}{known}") from error


def _only(plan: Plan, keys: tuple[str, ...]) -> Plan:
    """With the others at their baselines."""
    known = {setting.key for setting in plan.settings}
    if missing := [key for key in keys if key not in known]:
        raise click.UsageError(f"--only {missing[0]}: the plan has {', '.join(sorted(known))}")
    return plan.keeping(keys) if keys else plan


def _kept(plan: Plan, directory: Path, seed: int | None, rounds: int) -> Kept:
    """Of the sweep that goes on in the directory, or of a new one."""
    try:
        found = files.read(directory)
    except Unfit as error:
        raise click.UsageError(f"{error}; --fresh throws it away") from error
    if found is None:
        chosen = secrets.randbelow(1_000_000) if seed is None else seed
        return _new(plan, chosen, rounds)
    if found.digest != files.digest(plan) or seed not in (None, found.seed):
        raise click.UsageError(
            f"{directory} holds another sweep (plan, overrides or seed differ): "
            "choose another --out, or --fresh throws it away."
        )
    found.rounds = rounds
    done = {(one.round, one.variant) for one in found.records if one.counts}
    # What was tried in vain is tried anew.
    found.records = [one for one in found.records if (one.round, one.variant) in done]
    return found


def _new(plan: Plan, seed: int, rounds: int) -> Kept:
    return Kept(
        plan=plan.name,
        digest=files.digest(plan),
        seed=seed,
        rounds=rounds,
        began_at=datetime.now(UTC).isoformat(timespec="seconds"),
        load=_load(plan),
        target=plan.target.url,
        machine=meta.machine(),
        git=meta.git(),
        source=plan.source,
    )


def _load(plan: Plan) -> str:
    profile = load_profile(plan.profile, plan.overrides)
    what = {"ramping-vus": "users"}.get(profile.mode, "arrivals a second")
    stages = ", ".join(f"{written(stage.seconds)} at {stage.target:g}" for stage in profile.stages)
    return f"`{plan.profile}`: {stages} {what}"


def _introduce(plan: Plan, kept: Kept, directory: Path) -> None:
    each = len(variants(plan))
    console.print(
        f"{plan.name}: {each} values × {kept.rounds} runs = {each * kept.rounds} runs, seed {kept.seed}, "
        f"kept in {directory}",
        highlight=False,
        soft_wrap=True,
    )
    if kept.rounds < LEAST_RUNS:
        few = f"Runs of a value: {kept.rounds}. That decides nothing: {LEAST_RUNS} are the least."
        console.print(few, style="yellow", highlight=False)
    if kept.records:
        console.print(f"going on: {sum(one.counts for one in kept.records)} runs are there", highlight=False)


def _carry_out(plan: Plan, kept: Kept, directory: Path, options: Options) -> int:
    every = len(order(plan, kept.rounds, kept.seed))

    def said(record: Record, left: int, left_s: float) -> None:
        judged = [one for one in plan.metrics if record.figures.get(one.name) is not None]
        figures = ", ".join(f"{one.name} {figure(record.figures[one.name] or 0.0, one)}" for one in judged)
        why = "" if record.counts else f" DOES NOT COUNT: {record.why}."
        where = f"run {every - left} of {every}, round {record.round}, {record.variant}"
        line = f"{where}: {figures or 'no figure'}.{why}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
        if left:
            console.print(f"  {written(round(left_s))} left", style="dim", highlight=False)

    try:
        # The target must be ended, however we are.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        files.write(directory, kept)
        Sweeping(plan, kept, directory, options, said).run()
    except KeyboardInterrupt:
        console.print("interrupted; the same command goes on from here", style="yellow")
        return Exit.INTERRUPTED
    except (Stopped, OSError) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return Exit.FAILED
    return Exit.OK


def _tell(plan: Plan, kept: Kept, directory: Path, page: Path | None) -> None:
    found = effects(plan, kept)
    text = markdown(plan, kept, found)
    for path in (directory / MARKDOWN, page):
        if path is not None:
            try:
                path.write_text(text)
            except OSError as error:
                console.print(f"{path} can't be written: {error.strerror}", style="yellow", highlight=False)
    out = Console()
    out.print(_table(found))
    for setting in plan.settings:
        values = [one for one in found if one.setting == setting]
        out.print(f"{setting.name}: {recommendation(values)}", highlight=False, soft_wrap=True)
    out.print(f"{directory / MARKDOWN}", markup=False, highlight=False, soft_wrap=True)


def _table(found: list[Valued]) -> Table:
    table = Table(title="Effects against the baseline")
    for heading in ("setting", "value", "metric", "effect, 95 %", "verdict"):
        table.add_column(heading)
    for one in found:
        for effect in one.effects:
            table.add_row(one.setting.key, one.value, effect.metric.name, told(effect), verdict(effect))
    return table
