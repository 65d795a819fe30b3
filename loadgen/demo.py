"""aicc-demo: a short stream of real contacts, and agents for chats made by hand."""

import asyncio
import signal
import sys
from pathlib import Path

import click
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from loadgen.agents import Manner, Seat, Team, polite
from loadgen.drive import PRESENT_S, Outcome, Plan, Watcher, drive
from loadgen.platform import configured_agents, gateway_option, queue_option, require_gateway
from loadgen.table import calls_table, outcome_table

EXIT_BROKEN = 1
_SHOWN_LINES = 10

console = Console()


@click.group(context_settings={"max_content_width": 100})
def main() -> None:
    """Drives a running platform as customers and agents would.

    The agents and their pools are read from Kafka (KAFKA_BOOTSTRAP, or the local one at AICC_KAFKA_PORT),
    their tokens signed with the key AICC_JWT_KEY or the local platform's own under AICC_VAR.

    \b
    Examples:
      aicc-demo drive --contacts 100 --rate 10
      aicc-demo agents --agents 3
    """


@main.command("drive")
@gateway_option
@queue_option
@click.option("--contacts", type=click.IntRange(1), default=40, show_default=True)
@click.option("--rate", type=click.FloatRange(0.1), default=5.0, show_default=True, help="Contacts a second.")
@click.option("--agents", type=click.IntRange(1), default=10, show_default=True, help="Simulated agents.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same scripts.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep what was answered 200, as JSON lines.",
)
def drive_command(
    gateway: str, queue: str, contacts: int, rate: float, agents: int, seed: int, journal: Path | None
) -> None:
    """Drive a short stream of contacts, then check that all of it was kept.

    Customers start a chat, write and ask for an agent; simulated agents accept, answer and complete.
    The agents of `aicc-demo agents` take their share, but never complete: such customers leave after 30 s.

    \b
    Exit status: 0 nothing lost, doubled or left out; 1 something was, or the platform does not answer;
    2 wrong usage or settings.

    \b
    Example:
      aicc-demo drive --contacts 100 --rate 10 --journal var/journal.jsonl
    """
    plan = Plan(gateway, contacts, rate, seed, queue, journal=journal)
    secret, chosen = configured_agents(queue)
    require_gateway(gateway)
    outcome = uvloop.run(_with_progress(plan, secret, chosen[:agents]))
    _report(outcome)
    sys.exit(0 if outcome.fine else EXIT_BROKEN)


@main.command("agents")
@gateway_option
@queue_option
@click.option("--agents", type=click.IntRange(1), default=5, show_default=True, help="How many agents.")
@click.option("--quiet-s", type=float, default=120.0, show_default=True, help="Complete after such a quiet.")
@click.option("--seed", type=int, default=1, show_default=True)
def agents_command(gateway: str, queue: str, agents: int, quiet_s: float, seed: int) -> None:
    """Be there for chats made by hand, until SIGTERM or SIGINT.

    The last agents of the configuration accept, greet, answer each message, and complete when the
    customer has left or is quiet for long. They come back whenever the gateway does.

    \b
    Exit status: 0 after the signal; 1 Kafka does not answer; 2 wrong usage or settings.

    \b
    Example:
      aicc-demo agents --agents 3 --queue sales
    """
    secret, chosen = configured_agents(queue)
    uvloop.run(_stay(gateway, secret, chosen[-agents:], polite(quiet_s), seed))


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
        console.print(
            "[yellow]Not all agents could sign in. Are AICC_JWT_KEY and AICC_VAR the platform's?[/]",
            soft_wrap=True,
        )
    lines = [*outcome.findings.lines, *(" ".join(breach) for breach in outcome.breaches)]
    for line in lines[:_SHOWN_LINES]:
        console.print(line, style="red", markup=False)
    if len(lines) > _SHOWN_LINES:
        console.print(f"and {len(lines) - _SHOWN_LINES} more", style="red")


async def _stay(gateway: str, secret: str, chosen: list[Seat], manner: Manner, seed: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Team(gateway, secret, chosen, manner, seed) as team:
        saying = asyncio.create_task(_say_present(team, gateway, chosen))
        await stop.wait()
        saying.cancel()


async def _say_present(team: Team, gateway: str, chosen: list[Seat]) -> None:
    names = f"{len(chosen)} agents at {gateway}: {chosen[0].agent_id} to {chosen[-1].agent_id}"
    if not await team.present(PRESENT_S):
        console.print(f"Not all are signed in yet of {names}; they keep trying.")
    while not await team.present(PRESENT_S):
        pass
    console.print(names)


if __name__ == "__main__":
    main()
