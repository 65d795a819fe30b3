"""`aicc-loadgen profiles`: what may be run by its name, and what it says."""

import click
from rich.console import Console
from rich.table import Table

from loadgen.command.options import read_profile
from loadgen.profiles import built_in
from loadgen.profiles.feasible import feasible
from loadgen.profiles.units import written


@click.command("profiles")
@click.argument("name", required=False)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="As of `run`.")
def profiles_command(name: str | None, changes: tuple[str, ...]) -> None:
    """List the built-in profiles, or show one of them, or of a file, as it would be run.

    \b
    Examples:
      aicc-loadgen profiles
      aicc-loadgen profiles spike > own.yaml
      aicc-loadgen profiles mixed --set scale=10

    \b
    Exit status: 0 shown; 2 no such profile, or it is not in order.
    """
    if name:
        profile = read_profile(name, changes)
        click.echo(profile.source.rstrip())
        for sentence in feasible(profile).sentences:
            click.echo(sentence, err=True)
        return
    table = Table("profile", "mode", "takes", "at most", "what it is")
    for one in built_in():
        profile = read_profile(one, ())
        peak = max([profile.start, *(stage.target for stage in profile.stages)])
        takes = written(profile.seconds) + (f" + {written(profile.limit_s)}" if profile.limit_s else "")
        table.add_row(one, profile.mode.value, takes, f"{peak:g}", profile.description)
    Console().print(table)
