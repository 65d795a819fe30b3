"""aicc-bot: talks to the built-in bot, and checks a file of intents, without any server."""

import asyncio
import sys
import time
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from schemas.bot import BotAsked, Memory
from workers.responder.bots import MatcherBot
from workers.responder.checking import HELD_OUT, figures, load_held_out
from workers.responder.intents import BUILT_IN, Intents, IntentsError, load
from workers.responder.matching import Matcher

_FILE = click.Path(dir_okay=False, path_type=Path)
_EPILOG = """\b
Examples:
  aicc-bot try
  aicc-bot check my-intents.yaml --held-out my-texts.yaml

\b
Exit status: 0 fine, 1 the file can't be used, 2 wrong usage.
"""


@click.group(epilog=_EPILOG)
def main() -> None:
    """The bot's intents: docs/bot.md."""


@main.command("try")
@click.option("--intents", "path", type=_FILE, default=BUILT_IN, help="Other intents than the built-in ones.")
@click.option("--name", default="", help="The customer's name.")
def talk(path: Path, name: str) -> None:
    """Talk to the built-in bot; an empty line, Ctrl-D or a hand-over ends it."""
    console = Console(highlight=False)
    bot, memory, turn = MatcherBot(intents := _loaded(path), Matcher(intents)), Memory(), 0
    while text := _line():
        turn += 1
        asked = BotAsked(session_id="try", turn=turn, texts=(text,), memory=memory, customer_name=name)
        answer = asyncio.run(bot.answer(asked))
        memory = answer.record.memory
        for said in answer.record.texts:
            console.print(f"[bold]bot[/] [dim]({answer.outcome})[/] {said}")
        if answer.record.hand_over is not None:
            console.print(f"[yellow]handed over[/]\n{answer.record.hand_over.summary}")
            return


@main.command()
@click.argument("path", type=_FILE, default=BUILT_IN)
@click.option("--held-out", type=_FILE, default=HELD_OUT, help="Texts that it has not learned from.")
@click.option("--wrong", is_flag=True, help="Show the texts that were taken for something else.")
def check(path: Path, held_out: Path, wrong: bool) -> None:
    """Check a file of intents, train on it, and say how well it does on texts held out."""
    console = Console(highlight=False)
    intents = _loaded(path)
    console.print(f"{path.name}: {len(intents.intents)} intents, fine")
    began = time.monotonic()
    guess = Matcher(intents)
    console.print(f"trained in {time.monotonic() - began:.2f} s")
    try:
        found = figures(guess, load_held_out(held_out))
    except IntentsError as error:
        _refuse(str(error))
    console.print(f"accuracy {found.accuracy:.3f} of {found.texts} texts")
    console.print(f"off-topic handed over {found.handed_over:.3f} of {found.off_topic} texts")
    for text, meant, taken in found.wrong if wrong else ():
        console.print(f"  {text}: {meant or 'off topic'}, taken for {taken or 'nothing'}", markup=False)


def _loaded(path: Path) -> Intents:
    try:
        return load(path)
    except IntentsError as error:
        _refuse(f"{path}:\n{error}")


def _refuse(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(1)


def _line() -> str:
    try:
        return input("you ").strip()
    except EOFError:
        return ""


if __name__ == "__main__":
    main()
