"""`aicc-loadgen weekly`: a week of the contact center and of its load tests, as one page."""

import asyncio
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import click

from loadgen.capacity.measured import files_in, measured
from loadgen.command.changing import changes
from loadgen.command.options import console
from loadgen.comparison.candidates import Candidate, sort_out
from loadgen.comparison.figures import metric
from loadgen.results.runs import listed, runs_directory
from loadgen.settings import LoadSettings
from loadgen.weekly import read, render, week
from loadgen.weekly.week import Change, Forecast, Week, forecast
from runtime.reach import reaching
from runtime.settings import read_settings

_RUNS = 200
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("weekly")
@click.argument("page", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--until", type=_DAY, help="The day after the week's last one (UTC); today, if not given.")
@click.option(
    "--headroom", type=click.FloatRange(0.1, 1), default=0.7, show_default=True, help="Of capacity in use."
)
@click.option(
    "--requests-per-contact",
    "requests",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    help="What a contact asks of the gateway.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept.")
def weekly_command(
    page: Path, until: datetime | None, headroom: float, requests: float, out: Path | None
) -> None:
    """Write a week's report to PAGE: targets, trends, incidents, what changed in load tests, and when
    capacity ends. In Korean and English; opens offline.

    Contacts come from Postgres (DATABASE_URL), load tests and measured capacities from AICC_RUNS or ./runs.

    \b
    Examples:
      aicc-loadgen weekly week.html
      aicc-loadgen weekly week.html --until 2026-11-23 --requests-per-contact 8

    \b
    Exit status: 0 written; 1 the database does not answer, or it can't be written; 2 wrong usage.
    """
    end = until.date() if until else datetime.now(UTC).date()
    url, runs = read_settings(LoadSettings).database_url, out or runs_directory()
    with reaching("PostgreSQL", url, "DATABASE_URL or AICC_POSTGRES_PORT", asyncpg.PostgresError):
        found = week(asyncio.run(read(url, end)), end)
    with console.status("looking for changes in load tests"):
        found = replace(found, changes=list(_changes(listed(runs))))
    found = replace(found, forecast=_forecast(found, runs, headroom, requests, end))
    try:
        page.write_text(render(found))
    except OSError as error:
        raise click.ClickException(f"{page} can't be written: {error}") from error
    click.echo(f"{page} written: {found.total.offered:,} contacts, {len(found.incidents)} incidents")


def _changes(directories: Sequence[Path]) -> Iterator[Change]:
    """The newest first."""
    groups: defaultdict[tuple[str, str, str], list[Candidate]] = defaultdict(list)
    for one in sort_out(directories)[0]:
        groups[one.profile, one.load, one.machine].append(one)
    found = []
    for (profile, *_), runs in groups.items():
        for name, since, point in changes(runs[-_RUNS:]):
            about = metric(name)
            better = (point.after > point.before) == about.higher_is_better
            levels = point.before, point.after, about.unit, better
            found.append(Change(profile, name, since.run, since.commit[:10], *levels))
    return iter(sorted(found, key=lambda one: one.since, reverse=True))


def _forecast(found: Week, runs: Path, headroom: float, requests: float, today: date) -> Forecast | None:
    """By the median capacity of the most instances that were measured; None where there is none."""
    known = measured(files_in((runs,))).tps
    if not known:
        return None
    capacity = statistics.median(known[max(known)])
    return forecast(found.peak_per_s * requests, capacity, headroom, found.trends, today)
