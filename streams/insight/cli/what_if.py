"""aicc-routing what-if: yesterday's log under another configuration."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import click
import msgspec
from rich.console import Console

from schemas.audit import RoutingEvent
from schemas.config import Configuration, PoolConfig
from streams.insight.cli.measures import terms_of
from streams.insight.cli.options import EXIT_BROKEN, measuring, progress, reading, run
from streams.insight.findings import Report
from streams.insight.history import History, Step
from streams.insight.measures import Measures, Terms
from streams.insight.meter import ALL, Meter, measure
from streams.insight.recording import Recording
from streams.insight.replays import Choice, replay
from streams.insight.script import NothingServed, cast
from streams.insight.simulation import Simulation
from streams.insight.source import LogError, Source
from streams.insight.tables import beside
from streams.insight.variation import Unchangeable, newest_config, under, with_agents

_POINTS = 0.02
_ASA_S, _ASA_SHARE = 1.0, 0.1


@click.command("what-if", epilog="Example:  aicc-routing what-if --pool demo --agents +2 --queue support")
@click.option("--pool", required=True, help="The pool.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A configuration file that has the pool; else the log's last one.",
)
@click.option("--agents", type=int, default=0, help="So many agents more, or fewer, in --queue.")
@click.option("--queue", default="", help="The queue of --agents; by default the pool's first one.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of what the record does not tell.")
@measuring
@reading
def what_if_command(**options: Any) -> None:
    """Runs a changed configuration over a recorded log, and shows the measures beside the recorded ones.

    The same customers come at the same times, wait as patiently, and talk for as long; the same agents are
    there, answer as they did, and wrap up for as long; agents that the change adds are there all the time.
    What the record ends too early to tell is drawn from the rest of it (docs/measures.md). The column
    "as it was" is the simulation of what really was: how well it agrees with the record is how far to
    trust the last column.

    Exit status: 0 done, 1 no such log, a configuration that is refused, or Kafka does not answer, 2 wrong
    usage or settings, 3 the log itself is broken.
    """
    if not options["config"] and not options["agents"]:
        raise click.UsageError("Say with --config or --agents what is to change.")
    terms, recording, meter = terms_of(options), Recording(options["pool"]), Meter(terms_of(options))
    report = run(options["file"], options["prefix"], lambda source: _record(source, recording, meter))
    try:
        found = {
            "recorded": meter.measured(recording.end_ms).queues,
            **_simulated(recording, _changed(recording, options), terms, options["seed"]),
        }
    except (Unchangeable, NothingServed) as error:
        raise click.ClickException(f"{error}.") from error
    _show(found, options)
    if not report:
        click.echo(f"The log is broken; `aicc-routing replay` tells more:\n{report}", err=True)
        sys.exit(EXIT_BROKEN)


async def _record(source: Source, recording: Recording, meter: Meter) -> Report:
    """Replays the pool's partition up to the end of what is measured."""
    report = Report()

    def hear(_: History, step: Step) -> None:
        if step.record.timestamp < meter.terms.to_ms:
            recording.hear(step)
            for event in step.events:
                if event.pool == recording.pool:
                    meter.hear(event)

    with progress() as tell:
        await replay(source, Choice(pool=recording.pool), report, hear, tell, begin=recording.begin)
    if not recording.ways:
        raise LogError(f"The log has no contacts of a pool {recording.pool!r}.")
    return report


def _changed(recording: Recording, options: dict[str, Any]) -> PoolConfig:
    """What is to be simulated. Raises Unchangeable."""
    config = newest_config(recording)
    if options["config"]:
        config = _read_config(options["config"], recording)
    if options["agents"]:
        queue = options["queue"] or (config.queues[0].name if config.queues else "")
        config = with_agents(config, options["agents"], queue)
    return config


def _read_config(path: Path, recording: Recording) -> PoolConfig:
    """The pool in the file, its hours with the zone's rules at the time of the record."""
    try:
        configuration = msgspec.yaml.decode(path.read_bytes(), type=Configuration)
        configuration.check()
    except (msgspec.MsgspecError, ValueError, OSError) as error:
        raise Unchangeable(f"{path}: {error}") from error
    pool = next((pool for pool in configuration.pools if pool.pool == recording.pool), None)
    if pool is None:
        raise Unchangeable(f"{path}: there is no pool {recording.pool!r}")
    then = datetime.fromtimestamp(recording.outside[0][0] / 1000, UTC)
    return msgspec.structs.replace(pool, hours=tuple(hours.compiled(then) for hours in pool.hours))


def _simulated(
    recording: Recording, config: PoolConfig, terms: Terms, seed: int
) -> dict[str, dict[str, Measures]]:
    parts = cast(recording, Random(seed).random)

    def measured(events: list[RoutingEvent]) -> dict[str, Measures]:
        return measure(events, terms, recording.end_ms).queues

    return {
        "as it was": measured(Simulation(recording, parts).run(recording.outside)),
        "changed": measured(Simulation(recording, parts).run(under(recording, config))),
    }


def _show(found: Mapping[str, dict[str, Measures]], options: dict[str, Any]) -> None:
    queues = sorted({queue for measures in found.values() for queue in measures})
    if options["as_json"]:
        told = {name: {q or "all": one.figures() for q, one in by.items()} for name, by in found.items()}
        click.echo(msgspec.json.encode({"seed": options["seed"], **told}).decode())
        return
    console = Console(width=None if Console().is_terminal else 140)
    for queue in [queue for queue in queues if queue] + [ALL]:
        columns = {name: measures.get(queue, Measures()) for name, measures in found.items()}
        console.print(beside(queue or "all queues", columns))
    click.echo(f"seed {options['seed']}", err=True)
    recorded, simulated = (found[name].get(ALL, Measures()) for name in ("recorded", "as it was"))
    for warning in deviations(recorded, simulated):
        click.echo(f"The simulation of what was differs: {warning}.", err=True)


def deviations(recorded: Measures, simulated: Measures) -> list[str]:
    """Where the simulation of the record is farther from it than 2 points of service level, abandonment or
    occupancy, or 1 s and a tenth of the average speed of answer."""
    found = []
    for name in ("answered_within_over_queued", "abandon_rate", "occupancy"):
        was, now = getattr(recorded, name), getattr(simulated, name)
        if abs((was or 0.0) - (now or 0.0)) > _POINTS:
            found.append(f"{name} {was or 0.0:.1%} became {now or 0.0:.1%}")
    was_s, now_s = recorded.asa_s or 0.0, simulated.asa_s or 0.0
    if abs(was_s - now_s) > max(_ASA_S, _ASA_SHARE * was_s):
        found.append(f"asa_s {was_s:.1f} became {now_s:.1f}")
    return found
