"""`aicc-loadgen plan`: from measured capacities to how many instances, and when."""

import math
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from loadgen.capacity.growth import Growth, Row, rows
from loadgen.capacity.measured import Measured, files_in, measured
from loadgen.capacity.scaling import Scaling, fit
from loadgen.command.options import console
from loadgen.profiles.feasible import feasible
from loadgen.profiles.model import Mode
from loadgen.profiles.reading import load as load_profile
from loadgen.profiles.sections import ProfileError
from loadgen.results.runs import runs_directory

_HEADINGS = ("instances", "capacity, requests/s", "planned, requests/s", "users", "add one on")


@click.command("plan")
@click.argument("places", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--profile", default="", help="Whose results, where there are several.")
@click.option(
    "--headroom", type=click.FloatRange(0.1, 1), default=0.7, show_default=True, help="Of it in use."
)
@click.option("--users-of", default="normal", show_default=True, help="What a user asks for: a profile.")
@click.option("--load", "now", type=click.FloatRange(0, min_open=True), help="Requests a second at the peak.")
@click.option("--growth", type=click.FloatRange(-50, 500), default=0.0, show_default=True, help="% a month.")
@click.option("--most", type=click.IntRange(1, 1000), default=8, show_default=True, help="Instances to show.")
@click.option(
    "--markdown", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write it there, too."
)
def plan_command(
    places: tuple[Path, ...],
    profile: str,
    headroom: float,
    users_of: str,
    now: float | None,
    growth: float,
    most: int,
    page: Path | None,
) -> None:
    """Say what each number of instances carries and when another one is needed, from results of
    `aicc-loadgen capacity --instances N` in PLACES (files, runs' directories or sweeps; AICC_RUNS or ./runs).

    Two or more numbers of instances are fitted by the Universal Scalability Law. Another one is added where
    the load reaches --headroom of the measured capacity, not the capacity itself.

    \b
    Examples:
      aicc-loadgen plan
      aicc-loadgen plan runs/sweeps/instances --load 120 --growth 5 --markdown plan.md

    \b
    Exit status: 0 told; 1 there is no result to go by; 2 wrong usage.
    """
    found = measured(files_in(places or (runs_directory(),)), profile)
    for why in found.left_out:
        console.print(f"left out: {why}", style="yellow", highlight=False, markup=False)
    try:
        scaling = fit(found.tps)
    except ValueError as error:
        said = f"{error}: `aicc-loadgen capacity PROFILE --instances N` measures it"
        console.print(said, style="red", highlight=False, markup=False)
        sys.exit(1)
    per_user = _per_user(users_of)
    today = datetime.now(UTC).date()
    told = rows(scaling, headroom, per_user, Growth(now, growth / 100, today) if now else None, most)
    lines = [*_facts(found, scaling), *_needs(scaling, now, headroom, users_of, per_user, growth)]
    _print(told, lines, today)
    if page:
        page.write_text(markdown(told, lines, today))


def markdown(told: Sequence[Row], lines: list[str], today: date) -> str:
    """As a section of a document."""
    table = [f"| {' | '.join(_HEADINGS)} |", "|---|---|---|---|---|"]
    table += [f"| {' | '.join(_cells(row, today))} |" for row in told]
    return "\n".join(["## Capacity plan", "", *(f"- {line}" for line in lines), "", *table]) + "\n"


def _per_user(profile: str) -> float:
    """Requests a second of one user of a profile, by Little's law; answers take no time in it."""
    try:
        read = load_profile(profile)
    except ProfileError as error:
        raise click.UsageError(f"--users-of: {error}") from error
    users = max([read.start, *(stage.target for stage in read.stages)])
    if read.mode is not Mode.VUS:
        raise click.UsageError(f"--users-of {profile}: is no profile of users, but of {read.mode}")
    rps = feasible(read).rps
    if not math.isfinite(rps):
        raise click.UsageError(f"--users-of {profile}: its users never wait; they have no rate of their own")
    return rps / users


def _facts(found: Measured, scaling: Scaling) -> list[str]:
    each = "; ".join(
        f"{number} of them {tps:,.0f}/s (median of {len(found.tps[number])}"
        + (f", limited by {found.limited_by[number]}" if found.limited_by[number] else "")
        + ")"
        for number, tps in scaling.measured
    )
    limit = f" at p95 ≤ {found.p95_limit_ms:g} ms" if found.p95_limit_ms else ""
    where = ", ".join(sorted(one for one in found.machines if one)) or "an unknown machine"
    commits = ", ".join(sorted(one[:12] for one in found.commits if one)) or "unknown"
    lines = [
        f"measured with `{found.profile or 'an unknown profile'}`{limit}, in right answers: {each}",
        f"on {where}; commit {commits}",
        f"Universal Scalability Law: γ = {scaling.gamma:,.1f}/s, α = {scaling.alpha:.3f}, "
        f"β = {scaling.beta:.4f}"
        + (f"; more than {scaling.peak:.0f} do less" if math.isfinite(scaling.peak) else ""),
        *scaling.warnings,
    ]
    if len(found.machines) > 1 or len(found.commits) > 1:
        lines.append("machines or commits differ: the numbers are no comparison")
    return lines


def _needs(
    scaling: Scaling, now: float | None, headroom: float, users_of: str, per_user: float, growth: float
) -> list[str]:
    lines = [f"a user is one of `{users_of}`: {per_user:.3g} requests a second"]
    lines.append(f"another instance is added at {headroom:.0%} of the measured capacity")
    if not now:
        return lines
    needed = scaling.needed(now / headroom)
    told = "no number of instances carries it" if needed is None else f"{needed} needed today"
    grows = f", growing by {growth:g} % a month" if growth else ", not growing"
    return [*lines, f"load {now:,.0f} requests a second{grows}: {told}"]


def _cells(row: Row, today: date) -> tuple[str, ...]:
    users = "" if row.users is None else f"{row.users:,.0f}"
    when = "" if row.on is None else "now" if row.on <= today else row.on.isoformat()
    far = " (beyond what was measured)" if row.far else ""
    return f"{row.instances}{far}", f"{row.rate:,.0f}", f"{row.planned:,.0f}", users, when


def _print(told: Sequence[Row], lines: list[str], today: date) -> None:
    out = Console()
    for line in lines:
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    table = Table(title="Capacity plan")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right")
    for row in told:
        table.add_row(*_cells(row, today))
    out.print(table)
