"""aicc-monitoring: what Prometheus is to be told."""

import click
import yaml

from infra.monitoring.alert import RUNBOOKS
from infra.monitoring.rules import rules


@click.group(context_settings={"max_content_width": 100})
def main() -> None:
    """Writes what Prometheus is to be told.

    \b
    Example:
      aicc-monitoring rules --runbooks https://wiki.example/aicc/runbooks > /etc/prometheus/aicc.yaml
    """


@main.command("rules")
@click.option("--runbooks", default=RUNBOOKS, show_default=True, help="Where the pages of docs/runbooks are.")
@click.option(
    "--times",
    type=click.FloatRange(1, 1000),
    default=1.0,
    show_default=True,
    help="A rehearsal: windows and holds so many times shorter.",
)
def rules_command(runbooks: str, times: float) -> None:
    """Prints the alert rules.

    \b
    Example:
      aicc-monitoring rules > aicc.yaml && promtool check rules aicc.yaml

    \b
    Exit status: 0 printed; 2 wrong usage.
    """
    click.echo(yaml.safe_dump(rules(times, runbooks.rstrip("/")), sort_keys=False, width=1000), nl=False)


if __name__ == "__main__":
    main()
