"""aicc-dlq: dead letters listed, explained, replayed and discarded."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import asyncpg
import click
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from rich.console import Console
from rich.progress import track

from runtime.kafka import client_options, producer_options
from runtime.letters.outcomes import Occupied, Outcomes
from runtime.letters.reading import SOURCES, Letter, read_letters
from runtime.letters.replaying import NotReplayable, Replayer, open_letters
from runtime.reach import reaching, reaching_kafka
from runtime.settings import Settings, read_settings
from schemas.topics import MAX_RECORD_BYTES
from workers.letters.showing import counts_table, explained, letters_table

T = TypeVar("T")
MAX_REASON = 500
_TIMEOUT_S = 10.0


class LettersSettings(Settings, frozen=True, kw_only=True):
    """`topic_prefix` as of the workers."""

    topic_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """All letters of the chosen topics, and what was decided of any."""

    settings: LettersSettings
    consumer: AIOKafkaConsumer
    outcomes: Outcomes
    letters: Sequence[Letter]

    def letter(self, identity: str) -> Letter:
        """The letter of that id; ends the command where there is none."""
        found = next((one for one in self.letters if str(one.source) == identity), None)
        if found is None:
            raise click.ClickException(f"There is no letter {identity}. `aicc-dlq list` names all there are.")
        return found


@asynccontextmanager
async def desk(settings: LettersSettings, topics: Sequence[str]) -> AsyncIterator[Desk]:
    """Reads the letters of these topics."""
    async with AsyncExitStack() as stack:
        db = await asyncpg.connect(settings.database_url, timeout=_TIMEOUT_S, command_timeout=_TIMEOUT_S)
        stack.push_async_callback(db.close)
        consumer = AIOKafkaConsumer(
            **client_options(settings.kafka_bootstrap),
            max_partition_fetch_bytes=4 * MAX_RECORD_BYTES,
            auto_offset_reset="earliest",
        )
        stack.push_async_callback(consumer.stop)
        await consumer.start()
        chosen = [settings.topic_prefix + topic for topic in topics]
        letters = await read_letters(consumer, settings.kafka_bootstrap, chosen)
        yield Desk(settings, consumer, Outcomes(db), letters)


def _run(work: Callable[[Desk], Awaitable[T]], topics: Sequence[str] = SOURCES) -> T:
    settings = read_settings(LettersSettings)

    async def inside() -> T:
        async with desk(settings, topics) as opened:
            return await work(opened)

    postgres = reaching(
        "Postgres", settings.database_url, "DATABASE_URL or AICC_POSTGRES_PORT", asyncpg.PostgresError
    )
    with reaching_kafka(settings.kafka_bootstrap), postgres:
        try:
            return asyncio.run(inside())
        except Occupied as error:
            raise click.ClickException(f"{error}.") from error


def _author() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


topic_option = click.option(
    "--topic",
    type=click.Choice(SOURCES),
    metavar="TOPIC",
    help="Only letters of this topic (its own name, without .dlq).",
)
author_option = click.option(
    "--author", default=_author, show_default="the login name", help="Who is said to decide it."
)


@click.group()
def main() -> None:
    """Records that nobody could use, set aside in the topics `*.dlq`. A letter's ID is the position of its
    record: topic:partition:offset.

    \b
    Exit status:
      0  done
      1  no such letter, one could not be replayed, or a server does not answer
      2  wrong usage or settings

    \b
    Examples:
      aicc-dlq list
      aicc-dlq show conversation.events:3:299
      aicc-dlq replay --all --topic conversation.events
      aicc-dlq discard conversation.events:3:299 --reason 'a test of ours'
    """


@main.command("list", epilog="Example:  aicc-dlq list --topic conversation.events --all")
@topic_option
@click.option("--all", "everything", is_flag=True, help="Also what was replayed or discarded.")
def list_letters(topic: str | None, everything: bool) -> None:
    """Counts the letters by topic and reason with their ages, and names each."""

    async def work(desk: Desk) -> None:
        known = await desk.outcomes.all()
        now = await desk.outcomes.now()
        letters = desk.letters if everything else open_letters(desk.letters, known)
        console = Console()
        console.print(counts_table(letters, now))
        # A decision outlives its letter.
        names = {desk.settings.topic_prefix + name for name in ([topic] if topic else SOURCES)}
        gone = [one for one in known.values() if everything and one.source.topic in names]
        console.print(letters_table(letters, known, gone, now))

    _run(work, [topic] if topic else SOURCES)


@main.command(epilog="Example:  aicc-dlq show conversation.events:3:299")
@click.argument("identity", metavar="ID")
def show(identity: str) -> None:
    """Prints one letter: its record, why it was refused, what that means and what was decided of it."""

    async def work(desk: Desk) -> None:
        letter = desk.letter(identity)
        outcome = (await desk.outcomes.all()).get(letter.source)
        click.echo(explained(letter, outcome, await desk.outcomes.now()))

    _run(work)


@main.command(epilog="Example:  aicc-dlq replay --all --topic conversation.events")
@click.argument("identity", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="All that nobody has decided of.")
@topic_option
@author_option
def replay(identity: str | None, everything: bool, topic: str | None, author: str) -> None:
    """Puts records back at the end of their partitions, each once: call it again should it be interrupted.

    Do so when what refused them is repaired; what is refused again becomes another letter.
    """
    if bool(identity) == everything or (topic and not everything):
        raise click.UsageError("give either an ID, or --all with or without --topic")

    async def work(desk: Desk) -> bool:
        async with (
            AIOKafkaProducer(**producer_options(desk.settings.kafka_bootstrap, "dlq")) as producer,
            desk.outcomes.alone(),
        ):
            known = await desk.outcomes.all()
            chosen = [desk.letter(identity)] if identity else open_letters(desk.letters, known)
            replayer = Replayer(desk.consumer, producer, desk.outcomes, author, desk.settings.topic_prefix)
            failed = 0
            for letter in track(chosen, "replaying", console=Console(stderr=True), transient=True):
                try:
                    offset = await replayer.replay(letter, known)
                    click.echo(f"{letter.source}: put back at {offset}")
                except NotReplayable as error:
                    failed += 1
                    click.echo(f"{letter.source}: not replayed: {error}", err=True)
            click.echo(f"{len(chosen) - failed} replayed, {failed} not")
            return not failed

    if not _run(work, [topic] if topic else SOURCES):
        raise SystemExit(1)


@main.command(epilog="Example:  aicc-dlq discard conversation.events:3:299 --reason 'a test of ours'")
@click.argument("identity", metavar="ID")
@click.option("--reason", required=True, help="Why; kept with the letter's id.")
@author_option
def discard(identity: str, reason: str, author: str) -> None:
    """Decides that a record is not replayed. Who did so and why stays on record, longer than the letter."""
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise click.UsageError(f"--reason must be 1 to {MAX_REASON} characters")

    async def work(desk: Desk) -> None:
        letter = desk.letter(identity)
        async with desk.outcomes.alone():
            if before := (await desk.outcomes.all()).get(letter.source):
                raise click.ClickException(f"{identity} is {before.outcome} by {before.author} already.")
            await desk.outcomes.discard(letter.source, author, letter.reason, reason.strip())
        click.echo(f"{identity}: discarded")

    _run(work)


if __name__ == "__main__":
    main()
