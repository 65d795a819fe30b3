"""Options that several commands share, and how they end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from runtime.reach import reaching_kafka
from runtime.settings import Settings, read_settings
from streams.insight.bounds import Bound, parse_bound, parse_time
from streams.insight.replays import Progress
from streams.insight.source import FileSource, KafkaSource, LogError, Source

EXIT_BROKEN = 3
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class BoundType(click.ParamType):
    """An offset, or a date or time in UTC."""

    name = "offset|time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Bound:
        """Refuses what is neither."""
        try:
            return value if isinstance(value, Bound) else parse_bound(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither an offset nor a time such as 2026-11-24T09:30.", param, ctx)


class TimeType(click.ParamType):
    """A date or time in UTC, as Unix milliseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Refuses what is none."""
        try:
            return value if isinstance(value, int) else parse_time(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-11-24T09:30.", param, ctx)


def reading(command: F) -> F:
    """Where a command reads from."""
    for option in (
        click.option("--prefix", default="", help="Stands before the name of every topic."),
        click.option(
            "--log",
            "file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="Reads this file, made by `replay --save`, instead of Kafka.",
        ),
    ):
        command = option(command)
    return command


def measuring(command: F) -> F:
    """What a command measures."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Prints JSON instead of tables."),
        click.option(
            "--short-s",
            type=click.FloatRange(min=0),
            default=5.0,
            show_default=True,
            help="Who leaves before is a short abandon.",
        ),
        click.option(
            "--within-s",
            type=click.FloatRange(min=0),
            default=20.0,
            show_default=True,
            help="An answer within this is in time.",
        ),
        click.option("--to", "to_ms", type=TimeType(), help="Measures up to this time (UTC)."),
        click.option("--from", "from_ms", type=TimeType(), help="Measures from this time on (UTC)."),
    ):
        command = option(command)
    return command


@asynccontextmanager
async def opened(file: Path | None, prefix: str, bootstrap: str) -> AsyncIterator[Source]:
    """The file, or the broker."""
    if file is not None:
        yield FileSource(file)
        return
    async with KafkaSource(bootstrap, prefix) as source:
        yield source


def run(file: Path | None, prefix: str, work: Callable[[Source], Coroutine[Any, Any, T]]) -> T:
    """Does the work with the source open. A source that is away or can't be used ends with status 1."""
    bootstrap = read_settings(Settings).kafka_bootstrap

    async def working() -> T:
        async with opened(file, prefix, bootstrap) as source:
            return await work(source)

    try:
        with reaching_kafka(bootstrap):
            return asyncio.run(working())
    except LogError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def progress() -> Iterator[Progress]:
    """A bar on standard error, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def tell(name: str, done: int, of: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=of)
            bar.update(tasks[name], completed=done)

        yield tell
