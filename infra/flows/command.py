"""aicc-flow: flows of the IVR checked, drawn as a picture, tried in a terminal, and their versions listed."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import asyncpg
import click

from infra.flows import drawing, trying
from infra.flows.reading import flows_from, one_of
from infra.flows.versions import published
from runtime.reach import reaching
from runtime.settings import Settings, read_settings
from schemas.config import ConfigError
from schemas.flow_rules import errors_in
from schemas.flows import Flow

T = TypeVar("T")
_SOURCE = click.argument("source")
_FLOW = click.option("--flow", "name", default="", help="This one of several.")
_WRITERS = {"mermaid": drawing.mermaid, "dot": drawing.dot}


@click.group()
def main() -> None:
    """Flows of the IVR (docs/ivr.md). SOURCE is a YAML file (a flow, or a configuration with some), a pool as
    it is published, or `built-in`.

    \b
    Exit status:
      0  done
      1  the flow is refused, or a server does not answer
      2  wrong usage or settings

    \b
    Examples:
      aicc-flow check infra/flows/example.yaml
      aicc-flow draw built-in > main.mmd
      aicc-flow draw infra/flows/example.yaml --as dot | dot -Tsvg > flow.svg
      aicc-flow try infra/flows/example.yaml --at 2026-12-25T10:00+09:00 --waiting support=12
      aicc-flow versions --pool demo
    """


@main.command(epilog="Example:  aicc-flow check infra/flows/example.yaml")
@_SOURCE
def check(source: str) -> None:
    """Says what is wrong with each flow of SOURCE, each error with its path."""
    flows = _or_exit(lambda: flows_from(source))
    errors = [error for flow in flows for error in errors_in(flow)]
    if errors:
        raise click.ClickException("\n".join(errors))
    for flow in flows:
        click.echo(f"{flow.name}, version {flow.version}: fine ({len(flow.nodes)} nodes)")


@main.command(epilog="Example:  aicc-flow draw built-in > main.mmd")
@_SOURCE
@_FLOW
@click.option(
    "--as", "kind", type=click.Choice(list(_WRITERS)), default="mermaid", show_default=True, help="The text."
)
def draw(source: str, name: str, kind: str) -> None:
    """Prints a picture of a flow as text: Mermaid, which Markdown viewers draw, or DOT.

    A wrong flow is drawn, too: nodes that are missing stand out, those that no way leads to are dashed.
    """
    flow = _or_exit(lambda: one_of(flows_from(source), name))
    click.echo(_WRITERS[kind](flow), nl=False)


@main.command("try", epilog="Example:  printf '9\\n2\\n' | aicc-flow try built-in")
@_SOURCE
@_FLOW
@click.option("--at", default="", help="The time of the call, as 2026-12-25T10:00+09:00; left out: now.")
@click.option("--waiting", multiple=True, metavar="QUEUE=N", help="So many wait in the queue; repeatable.")
def try_(source: str, name: str, at: str, waiting: tuple[str, ...]) -> None:
    """Plays a flow in the terminal: type digits or words, nothing for silence, `:help` for the rest.

    No platform is needed: the call is decided by the rules of the conversations. Lines may be piped in.
    """
    flow = _or_exit(lambda: _fit(source, name))
    lengths = dict(map(_length, waiting))
    try:
        now_ms = trying.moment(at) if at else time.time_ns() // 1_000_000
    except trying.Mistake as error:
        raise click.UsageError(str(error)) from error
    try:
        trying.attempt(flow, now_ms, lengths, _lines(), click.echo)
    except trying.Mistake as error:
        raise click.ClickException(str(error)) from error


@main.command(epilog="Example:  aicc-flow versions --pool demo")
@click.option("--pool", default="", help="This pool only.")
def versions(pool: str) -> None:
    """Prints which versions of flows were published when and by whom, newest first, as PostgreSQL has it."""
    database = read_settings(Settings).database_url
    with reaching("PostgreSQL", database, "DATABASE_URL or AICC_POSTGRES_PORT", asyncpg.PostgresError):
        found = asyncio.run(published(database, pool))
    for one in found:
        at = f"{one.at:%Y-%m-%d %H:%M:%S}Z"
        click.echo(f"{one.name}  {one.version}  {one.nodes} nodes  {at}  {one.pool}  {one.author}")
    if not found:
        click.echo("No flow was published: calls begin in the one that is built in.")


def _fit(source: str, name: str) -> Flow:
    flow = one_of(flows_from(source), name)
    if errors := errors_in(flow):
        raise ConfigError("\n".join(errors))
    return flow


def _length(text: str) -> tuple[str, int]:
    queue, _, count = text.rpartition("=")
    if not queue or not count.isdigit():
        raise click.UsageError(f"--waiting: {text!r} is not of the form QUEUE=N")
    return queue, int(count)


def _lines() -> Iterable[str]:
    """Of the terminal with a prompt, of a pipe as they are."""
    return _typed() if sys.stdin.isatty() else (line.rstrip("\n") for line in sys.stdin)


def _typed() -> Iterator[str]:
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def _or_exit(work: Callable[[], T]) -> T:
    try:
        return work()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
