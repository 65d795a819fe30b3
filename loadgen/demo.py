"""aicc-demo: a short stream of real contacts, and agents for chats made by hand."""

import asyncio
import signal
import sys
from pathlib import Path

import click
import uvloop
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from loadgen.agents import Manner, Seat, Team, polite, seats
from loadgen.agents.pools import read_pools
from loadgen.drive import Outcome, Plan, Watcher, drive
from loadgen.settings import LoadSettings
from loadgen.table import calls_table, outcome_table
from runtime.settings import read_settings

EXIT_BROKEN = 1
EXIT_UNUSABLE = 2
_SHOWN_LINES = 10

console = Console()
_gateway = click.option(
    "--gateway", default="http://127.0.0.1:8080", show_default=True, help="The gateway's address."
)
_queue = click.option("--queue", default="support", show_default=True, help="The queue to use.")


@click.group(context_settings={"max_content_width": 100})
def main() -> None:
    """Drives a running platform as customers and agents would.

    The agents and their pools are read from Kafka (KAFKA_BOOTSTRAP), their tokens signed with
    AICC_JWT_SECRET or the local platform's own secret.

    \b
    Examples:
      aicc-demo drive --contacts 100 --rate 10
      aicc-demo agents --agents 3
    """


@main.command("drive")
@_gateway
@_queue
@click.option("--contacts", type=click.IntRange(1), default=40, show_default=True)
@click.option("--rate", type=click.FloatRange(0.1), default=5.0, show_default=True, help="Contacts a second.")
@click.option("--agents", type=click.IntRange(1), default=10, show_default=True, help="Simulated agents.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same scripts.")
@click.option("--journal", type=click.Path(path_type=Path), help="Keep what was answered 200, as JSON lines.")
def drive_command(
    gateway: str, queue: str, contacts: int, rate: float, agents: int, seed: int, journal: Path | None
) -> None:
    """Drive a short stream of contacts, then check that all of it was kept.

    Customers start a chat, write and ask for an agent; simulated agents accept, answer and complete.

    \b
    Exit status: 0 nothing lost, doubled or left out; 1 something was; 2 the platform can't be used.
    """
    plan = Plan(gateway, contacts, rate, seed, queue, journal=journal)
    secret, chosen = _agents(queue)
    outcome = uvloop.run(_with_progress(plan, secret, chosen[:agents]))
    _report(outcome)
    sys.exit(0 if outcome.fine else EXIT_BROKEN)


@main.command("agents")
@_gateway
@_queue
@click.option("--agents", type=click.IntRange(1), default=5, show_default=True, help="How many agents.")
@click.option("--quiet-s", type=float, default=120.0, show_default=True, help="Complete after such a quiet.")
@click.option("--seed", type=int, default=1, show_default=True)
def agents_command(gateway: str, queue: str, agents: int, quiet_s: float, seed: int) -> None:
    """Be there for chats made by hand, until SIGTERM or SIGINT.

    The last agents of the configuration accept, greet, answer each message, and complete when the
    customer has left or is quiet for long. They come back whenever the gateway does.
    """
    secret, chosen = _agents(queue)
    uvloop.run(_stay(gateway, secret, chosen[-agents:], polite(quiet_s), seed))


def _agents(queue: str) -> tuple[str, list[Seat]]:
    """The secret and the configured agents of `queue`; ends the process where there are none."""
    settings = read_settings(LoadSettings)
    try:
        pools = asyncio.run(read_pools(settings.kafka_bootstrap))
    except (KafkaError, OSError) as error:
        where = settings.kafka_bootstrap
        raise _Unusable(f"The configuration can't be read from Kafka at {where}: {error}") from error
    found = seats(pools, queue)
    if not found:
        raise _Unusable(f"No agent is configured for the queue {queue!r}")
    return settings.secret(), found


class _Unusable(click.ClickException):
    exit_code = EXIT_UNUSABLE


async def _with_progress(plan: Plan, secret: str, chosen: list[Seat]) -> Outcome:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bars = [
            progress.add_task(name, total=plan.contacts)
            for name in ("contacts started", "customers gone", "ended in Postgres")
        ]
        started, left, stored = (lambda bar=bar: progress.advance(bar) for bar in bars)
        return await drive(plan, secret, chosen, Watcher(started, left, stored))


def _report(outcome: Outcome) -> None:
    console.print(outcome_table(outcome))
    console.print(calls_table(outcome.calls))
    if not outcome.all_present:
        console.print("[yellow]Not all agents could sign in.[/]")
    lines = [*outcome.findings.lines, *(" ".join(breach) for breach in outcome.breaches)]
    for line in lines[:_SHOWN_LINES]:
        console.print(line, style="red", markup=False)
    if len(lines) > _SHOWN_LINES:
        console.print(f"and {len(lines) - _SHOWN_LINES} more", style="red")


async def _stay(gateway: str, secret: str, chosen: list[Seat], manner: Manner, seed: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Team(gateway, secret, chosen, manner, seed):
        console.print(f"{len(chosen)} agents at {gateway}: {chosen[0].agent_id} to {chosen[-1].agent_id}")
        await stop.wait()


if __name__ == "__main__":
    main()
