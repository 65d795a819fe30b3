"""aicc-routing: matches waiting contacts with agents; its commands tell what the log says of that."""

import click

from runtime.command import example, settings_table
from runtime.settings import read_settings
from schemas.topics import POOL_REPORTS
from streams.harness.reporting import Reporting
from streams.harness.run import StreamSettings, run
from streams.insight.cli.measures import measures_command
from streams.insight.cli.replay import replay_command
from streams.insight.cli.staffing import staffing_command
from streams.insight.cli.what_if import what_if_command
from streams.routing.decider import RoutingDecider
from streams.routing.report import report

_HELP = f"""Matches waiting contacts with agents. Without a command it runs until SIGTERM.

\b
Its settings are variables:

\b
{settings_table(StreamSettings)}

\b
{example("aicc-routing")}

Status: 0 stopped or done, 1 refused or a server does not answer, 2 wrong usage, 3 a replay finds something
broken.
"""


@click.group(help=_HELP, invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Runs the service where no command is named."""
    if context.invoked_subcommand is None:
        decider = RoutingDecider()
        reporting = Reporting(POOL_REPORTS, report)
        run(decider, read_settings(StreamSettings), decider.writes, reporting)


for command in (replay_command, measures_command, what_if_command, staffing_command):
    main.add_command(command)


if __name__ == "__main__":
    main()
