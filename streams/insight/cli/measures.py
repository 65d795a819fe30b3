"""aicc-routing measures: service level, waits, handling times and occupancy."""

from typing import Any

import click
import msgspec
from rich.console import Console

from schemas.audit import decode_audit
from schemas.envelope import Cause, header
from schemas.topics import ROUTING_COMMANDS, ROUTING_EVENTS
from streams.insight.cli.options import measuring, progress, reading, run
from streams.insight.findings import Report
from streams.insight.history import History, Step
from streams.insight.measures import Terms
from streams.insight.meter import ALL, Measured, Meter
from streams.insight.replays import Choice, Progress, replay
from streams.insight.source import Extent, LogError, Source
from streams.insight.tables import intervals_table, queues_table

Rank = tuple[int, int, str, int]


@click.command(
    "measures", epilog="Example:  aicc-routing measures --from 2026-11-24 --to 2026-11-25 --interval 30"
)
@click.option("--queue", default="", help="Only this queue.")
@click.option(
    "--interval",
    "minutes",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="Minutes of an interval.",
)
@click.option("--replay", "again", is_flag=True, help="Decides routing.commands once more for the events.")
@click.option("--synthetic", is_flag=True, help="Measures synthetic contacts and agents, and no others.")
@measuring
@reading
def measures_command(**options: Any) -> None:
    """Service level, waits, abandonment, handling times, occupancy, by queue and interval (docs/measures.md).

    They are made from routing.events alone; with --replay, or from a file that holds only commands, from the
    events of a replay, which are the same. The log is read from its beginning on, whatever is measured.

    Exit status: 0 done, 1 no such log or Kafka does not answer, 2 wrong usage or settings.
    """
    terms = terms_of(options, options["minutes"] * 60)
    again = options["again"]
    measured = run(options["file"], options["prefix"], lambda source: read_measures(source, terms, again))
    queues = [options["queue"]] if options["queue"] else sorted(measured.queues)
    if options["queue"] not in (ALL, *measured.queues):
        raise click.ClickException(f"There is nothing of a queue {options['queue']!r}.")
    if options["as_json"]:
        click.echo(as_json(measured, queues))
        return
    console = Console(width=None if Console().is_terminal else 200)
    console.print(queues_table(measured._replace(queues={name: measured.queues[name] for name in queues})))
    console.print(intervals_table(measured, queues))


def terms_of(options: dict[str, Any], interval_s: int = 1800) -> Terms:
    """What the options ask for."""
    return Terms(
        within_s=options["within_s"],
        short_s=options["short_s"],
        interval_s=interval_s,
        from_ms=options["from_ms"] or 0,
        to_ms=options["to_ms"] or Terms().to_ms,
        synthetic=options.get("synthetic", False),
    )


def as_json(measured: Measured, queues: list[str]) -> str:
    """All figures; times in Unix milliseconds, all queues together under the name "all"."""
    found = {
        "from_ms": measured.from_ms,
        "until_ms": measured.until_ms,
        "queues": {name or "all": measured.queues[name].figures() for name in queues},
        "intervals": [
            {"queue": name or "all", "begin_ms": begin_ms, **measures.figures()}
            for (name, begin_ms), measures in measured.intervals.items()
            if name in queues
        ],
    }
    return msgspec.json.encode(found).decode()


async def read_measures(source: Source, terms: Terms, again: bool = False) -> Measured:
    """From the events that the source has, or else from a replay."""
    meter = Meter(terms)
    extents = await source.extents(ROUTING_EVENTS.name)
    with progress() as tell:
        if again or not any(extent.end > extent.begin for extent in extents.values()):
            await _replay(source, meter, tell)
        else:
            for number, extent in extents.items():
                await _read(source, number, extent, meter, tell)
    return meter.measured()


async def _replay(source: Source, meter: Meter, tell: Progress) -> None:
    """The events of all pools, decided once more."""

    def hear(_: History, step: Step) -> None:
        for event in step.events:
            meter.hear(event)

    await replay(source, Choice(topic=ROUTING_COMMANDS.name), Report(), hear, tell)


async def _read(source: Source, number: int, extent: Extent, meter: Meter, tell: Progress) -> None:
    """A partition of the events, without what was sent again after a restart: causes only rise."""
    last: Rank | None = None
    async for records in source.read(ROUTING_EVENTS.name, number, extent):
        for record in records:
            try:
                rank = Cause.parse(header(record.headers, "cause")).rank
                event = decode_audit(record.value or b"")
            except (ValueError, msgspec.MsgspecError) as error:
                raise LogError(f"{ROUTING_EVENTS.name}/{number} at {record.offset}: {error}") from error
            if last is None or rank > last:
                last = rank
                meter.hear(event)
        tell(f"{ROUTING_EVENTS.name}/{number}", records[-1].offset + 1 if records else 0, extent.end)
