"""aicc-routing replay: decides a log once more."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from schemas.topics import AGENT_ASSIGNMENTS, CONVERSATION_COMMANDS, ROUTING_COMMANDS, ROUTING_EVENTS
from streams.insight.bounds import Bound, shown
from streams.insight.cli.options import EXIT_BROKEN, BoundType, progress, reading, run
from streams.insight.findings import Report
from streams.insight.history import History, Step
from streams.insight.replays import Choice, Progress, replay
from streams.insight.source import Copy, LogError, Source
from streams.insight.state_table import state_tables
from streams.insight.verification import Verification
from streams.insight.words import command_words, concerns, decisions

_OWN = (ROUTING_EVENTS.name, AGENT_ASSIGNMENTS.name)
"""Topics whose partitions have the numbers of the log's."""
_COMPARED = (*_OWN, CONVERSATION_COMMANDS.name)


@click.command(
    "replay",
    epilog="Example:  aicc-routing replay --pool demo --to 2026-11-24T09:30 --state",
)
@click.option("--topic", default=ROUTING_COMMANDS.name, show_default=True, help="The log of commands.")
@click.option("--pool", default="", help="Only this pool is shown, and its partition read.")
@click.option("--partition", type=click.IntRange(min=0), help="Only this partition is read.")
@click.option("--from", "begin", type=BoundType(), default="0", help="Shows decisions from here on.")
@click.option("--to", "to", type=BoundType(), help="Replays up to here, itself not included.")
@click.option("--contact", default="", help="Shows only what concerns this contact.")
@click.option("--state", is_flag=True, help="Shows the state at the end instead of the decisions.")
@click.option("--quiet", is_flag=True, help="Shows no decisions.")
@click.option("--verify", is_flag=True, help=f"Compares what is decided with {', '.join(_COMPARED)}.")
@click.option(
    "--save", type=click.Path(path_type=Path, dir_okay=False), help="Copies all that is read to this file."
)
@reading
def replay_command(**options: Any) -> None:
    """Decides a log of routing.commands once more: prints what was decided and why, or the state that it led
    to, and checks on the way what must always hold.

    The log is read from its beginning, wherever --from stands. Where retention has deleted the beginning, it
    starts from a checkpoint of the changelog, or else from the next configuration of each pool, and says so.

    Times are in UTC where they name no offset. Exit status: 0 all holds, 1 no such log or Kafka does not
    answer, 2 wrong usage or settings, 3 something is broken or differs.
    """
    telling = _Telling(options)
    run(options["file"], options["prefix"], telling.replay)
    telling.conclude()


class _Telling:
    """One call of the command."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options, self._report = options, Report()
        self._verification = Verification(self._report, ROUTING_COMMANDS.name)
        self._begin: Bound = options["begin"]
        self._silent = options["quiet"] or (options["state"] and not options["contact"])
        self._histories: list[History] = []
        self._met = False

    async def replay(self, source: Source) -> None:
        """Reads, and compares where asked for."""
        options = self._options
        choice = Choice(options["topic"], options["pool"], options["partition"], options["to"] or Bound())
        copy = Copy(options["save"]) if options["save"] else None
        try:
            with progress() as tell:
                self._histories = await replay(source, choice, self._report, self._hear, tell, copy)
                self._refuse_strangers()
                if options["verify"]:
                    await self._verify(source, tell, copy)
        finally:
            if copy:
                copy.close()

    def conclude(self) -> None:
        """The state, what was counted, and what is wrong."""
        if self._options["state"]:
            self._show_state()
        for history in self._histories:
            _say_where_it_begins(history)
        counts = sorted((name, count) for name, count in self._report.counts.items() if count)
        click.echo(", ".join(f"{count} {name}" for name, count in counts) or "nothing to decide", err=True)
        if self._report:
            click.echo("everything holds", err=True)
            return
        for kind, examples in self._report.wrong.items():
            for example in examples:
                click.echo(f"{kind}: {example}", err=True)
        sys.exit(EXIT_BROKEN)

    def _hear(self, history: History, step: Step) -> None:
        if self._options["verify"]:
            self._verification.expect(one for one in step.sent if one.topic in _COMPARED)
        pool, contact = self._options["pool"], self._options["contact"]
        self._met = self._met or concerns(step, pool, contact)
        if self._silent or not self._begin.reached(step.record):
            return
        said = list(decisions(step, pool, contact))
        if said and concerns(step, pool, contact):
            where = f"{history.partition.number}:{step.record.offset}"
            click.echo(f"{where} {shown(step.record.timestamp)} {command_words(step.command)}")
            for line in said:
                click.echo(f"    {line}")

    def _refuse_strangers(self) -> None:
        """Raises LogError for a pool or a contact that the log says nothing of."""
        pool, contact = self._options["pool"], self._options["contact"]
        known = sorted(name for history in self._histories for name in history.pools())
        if pool and pool not in known:
            raise LogError(f"The log has no pool {pool!r}; it has {', '.join(known) or 'none'}.")
        if contact and not self._met:
            raise LogError(f"The log says nothing of a contact {contact!r}.")

    async def _verify(self, source: Source, tell: Progress, copy: Copy | None) -> None:
        for history in self._histories:
            if history.is_unknown:
                raise LogError("The log's beginning is deleted and no checkpoint serves: nothing to compare.")
            decided = range(history.begin, history.partition.next_offset)
            self._verification.decided(history.partition.number, decided)
        own, cut = {history.partition.number for history in self._histories}, set()
        for topic in _COMPARED:
            for number, extent in (await source.extents(topic)).items():
                if topic in _OWN and number not in own:
                    continue
                cut |= {(topic, number)} if extent.begin else set()
                async for records in source.read(topic, number, extent):
                    if copy:
                        # What customers say stands beside what pools say in conversation.commands.
                        copy.add(records if topic in _OWN else filter(self._verification.concerns, records))
                    for record in records:
                        self._verification.find(record)
                    tell(f"{topic}/{number}", records[-1].offset + 1 if records else 0, extent.end)
        self._verification.finish(cut)

    def _show_state(self) -> None:
        console = Console(soft_wrap=True) if not sys.stdout.isatty() else Console()
        for history in self._histories:
            clock = history.partition.clock
            for name, pool in history.pools().items():
                if self._options["pool"] in ("", name):
                    for table in state_tables(pool, clock.at_ms, shown(clock.appended_ms)):
                        console.print(table)


def _say_where_it_begins(history: History) -> None:
    number, begin = history.partition.number, history.begin
    if history.is_unknown:
        click.echo(
            f"partition {number}: the log's beginning is deleted and no checkpoint serves; it begins at "
            f"{begin}, each pool with its next configuration: who was there before is not known",
            err=True,
        )
    elif not history.is_whole:
        click.echo(f"partition {number}: begins from a checkpoint at offset {begin}", err=True)
