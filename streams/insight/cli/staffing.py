"""aicc-routing staffing: how many agents a service level takes."""

from typing import Any

import click
import msgspec
from rich.console import Console

from streams.insight.cli.measures import read_measures, terms_of
from streams.insight.cli.options import measuring, reading, run
from streams.insight.measures import ratio
from streams.insight.meter import ALL
from streams.insight.staffing import Load, agents_for, forecast
from streams.insight.tables import staffing_table

_AROUND = 2
_ABOVE_0 = click.FloatRange(min=0, min_open=True)


@click.command(
    "staffing",
    epilog="Example:  aicc-routing staffing --calls-per-hour 200 --aht-s 180 --target 0.8 --within-s 20",
)
@click.option("--calls-per-hour", type=_ABOVE_0, help="How many come.")
@click.option("--aht-s", type=_ABOVE_0, help="Average handling time, talk and wrap-up.")
@click.option("--patience-s", type=_ABOVE_0, help="How long customers wait on average before they leave.")
@click.option("--measured", is_flag=True, help="Takes from the log what is not said.")
@click.option("--queue", default=ALL, help="With --measured: only this queue.")
@click.option(
    "--target",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.8,
    show_default=True,
    help="The share of all who come that is to be answered in time.",
)
@measuring
@reading
def staffing_command(**options: Any) -> None:
    """The fewest agents for a service level, by Erlang A where patience is known, else by Erlang C.

    Calls come at random, handling times are exponential, and every agent serves one contact at a time and
    all of them alike; for skills, several chats at once, or a day as it really was, use `what-if`.

    With --measured, --from and --to say of which time. Patience is the time that all
    waited over the number of those who left.

    Exit status: 0 done, 1 no number of agents is enough, no such log or Kafka does not answer, 2 wrong usage.
    """
    load = _measured_load(options) if options["measured"] else _said_load(options)
    try:
        needed = agents_for(load, options["target"], options["within_s"])
    except ValueError as error:
        raise click.ClickException(f"No number of agents is enough: {error}.") from error
    if options["as_json"]:
        click.echo(msgspec.json.encode(needed).decode())
        return
    numbers = range(max(1, needed.agents - _AROUND), needed.agents + _AROUND + 1)
    forecasts = [forecast(load, agents, options["within_s"]) for agents in numbers]
    model = "Erlang C" if load.patience_s is None else "Erlang A"
    title = f"{model}: {options['target']:.0%} within {options['within_s']:g} s, {load.erlangs:.1f} erlangs"
    if load.patience_s is not None:
        title += f", patience {load.patience_s:.0f} s"
    Console().print(staffing_table(title, forecasts, needed.agents))
    click.echo(f"{needed.agents} agents")


def _said_load(options: dict[str, Any]) -> Load:
    if options["calls_per_hour"] is None or options["aht_s"] is None:
        raise click.UsageError("Say --calls-per-hour and --aht-s, or --measured.")
    return Load(
        calls_per_hour=options["calls_per_hour"], aht_s=options["aht_s"], patience_s=options["patience_s"]
    )


def _measured_load(options: dict[str, Any]) -> Load:
    """What the log tells, where nothing else is said. Exponential patience with censored waits is estimated
    by the time that all have waited over the number of those who left."""
    terms = terms_of(options)
    measured = run(options["file"], options["prefix"], lambda source: read_measures(source, terms))
    found = measured.queues.get(options["queue"])
    hours = (measured.until_ms - measured.from_ms) / 3_600_000
    if found is None or found.aht_s is None or hours <= 0:
        raise click.ClickException("The log has nothing that was served in this queue and time.")
    return Load(
        calls_per_hour=options["calls_per_hour"] or found.queued / hours,
        aht_s=options["aht_s"] or found.aht_s,
        patience_s=options["patience_s"] or ratio(found.waited_s, found.abandoned),
    )
