"""aicc-monitoring: what Prometheus, Alertmanager, Grafana and CloudWatch are to be told."""

from pathlib import Path
from typing import Any

import click
import yaml

from infra.monitoring.alert import RUNBOOKS
from infra.monitoring.alertmanager import alertmanager
from infra.monitoring.cloudwatch.command import cloudwatch_command
from infra.monitoring.dashboards import BOARDS
from infra.monitoring.receivers import AlertSettings
from infra.monitoring.rules import rules
from infra.monitoring.scraping import prometheus
from infra.monitoring.targets import chosen_targets
from runtime.settings import EXIT_USAGE, SettingsError, read_settings

_times = click.option(
    "--times",
    type=click.FloatRange(1, 1000),
    default=1.0,
    show_default=True,
    help="A rehearsal: windows and waits so many times shorter.",
)


@click.group(context_settings={"max_content_width": 100})
def main() -> None:
    """Writes what Prometheus, Alertmanager and Grafana are to be told; tells CloudWatch.

    \b
    Example:
      aicc-monitoring rules --runbooks https://wiki.example/aicc/runbooks > /etc/prometheus/aicc.yaml
    """


main.add_command(cloudwatch_command)


@main.command("rules")
@click.option("--runbooks", default=RUNBOOKS, show_default=True, help="Where the pages of docs/runbooks are.")
@_times
def rules_command(runbooks: str, times: float) -> None:
    """Prints the alert rules.

    \b
    Example:
      aicc-monitoring rules > aicc.yaml && promtool check rules aicc.yaml

    \b
    Exit status: 0 printed; 2 wrong usage.
    """
    _print(rules(times, runbooks.rstrip("/")))


@main.command("prometheus")
@click.option(
    "--rules", "rules_file", default="aicc.yaml", show_default=True, help="The file of alert rules."
)
@click.option(
    "--alertmanager", "tells", default="", metavar="HOST:PORT", help="Whom it tells; left out: nobody."
)
@click.option(
    "--target", "targets", multiple=True, metavar="NAME=HOST:PORT", help="Instead of the local platform."
)
@_times
def prometheus_command(rules_file: str, tells: str, targets: tuple[str, ...], times: float) -> None:
    """Prints Prometheus' configuration for the local platform, by the ports that aicc-run is told.

    \b
    Example:
      aicc-monitoring rules > aicc.yaml
      aicc-monitoring prometheus --alertmanager 127.0.0.1:9093 > prometheus.yaml
      prometheus --config.file prometheus.yaml --storage.tsdb.path var/prometheus

    \b
    Exit status: 0 printed; 2 wrong usage or settings.
    """
    _print(prometheus(chosen_targets(targets), rules_file, tells, times))


@main.command("alertmanager")
@_times
def alertmanager_command(times: float) -> None:
    """Prints Alertmanager's configuration. AICC_ALERT_PAGE and AICC_ALERT_TICKET name who is told, apart by
    commas: URLs of webhooks, e-mail addresses (with AICC_ALERT_SMTP), #channels of Slack (with
    AICC_ALERT_SLACK_URL_FILE).

    \b
    Example:
      export AICC_ALERT_PAGE=https://pager.example/aicc AICC_ALERT_TICKET=ops@example.org
      AICC_ALERT_SMTP=mail.example.org:587 aicc-monitoring alertmanager > alertmanager.yaml
      amtool check-config alertmanager.yaml

    \b
    Exit status: 0 printed; 2 wrong usage or settings.
    """
    try:
        _print(alertmanager(read_settings(AlertSettings), times))
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(EXIT_USAGE) from error


@main.command("dashboards")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def dashboards_command(directory: Path) -> None:
    """Writes Grafana's dashboards into DIRECTORY, a JSON file each; needs the extra `dashboards`.

    \b
    Example:
      aicc-monitoring dashboards infra/monitoring/grafana

    \b
    Exit status: 0 written; 1 it can't be; 2 wrong usage.
    """
    try:
        from infra.monitoring.dashboards.grafana import text
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing: pip install 'aicc[dashboards]'") from error
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for board in BOARDS:
            (directory / f"{board.uid}.json").write_text(text(board))
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    click.echo(f"{len(BOARDS)} dashboards are in {directory}")


def _print(told: dict[str, Any]) -> None:
    click.echo(yaml.safe_dump(told, sort_keys=False, width=1000), nl=False)


if __name__ == "__main__":
    main()
