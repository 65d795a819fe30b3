"""`aicc-monitoring cloudwatch`."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import click

from infra.monitoring.cloudwatch.exporter import Exporter
from infra.monitoring.cloudwatch.figures import alarm
from infra.monitoring.targets import chosen_targets


@click.command("cloudwatch")
@click.option(
    "--namespace", default="aicc", show_default=True, help="Of all figures, and before the alarm's name."
)
@click.option("--region", default="", help="Left out: as AWS_DEFAULT_REGION or the profile says.")
@click.option("--every", type=click.FloatRange(0.05), default=60.0, show_default=True, help="Seconds.")
@click.option(
    "--rounds", type=click.IntRange(min=1), help="End after so many; left out: at SIGTERM or Ctrl-C."
)
@click.option(
    "--target", "targets", multiple=True, metavar="NAME=HOST:PORT", help="Instead of the local platform."
)
@click.option(
    "--alarm-action", "actions", multiple=True, metavar="ARN", help="Told of the alarm, and of its end."
)
def cloudwatch_command(
    namespace: str,
    region: str,
    every: float,
    rounds: int | None,
    targets: tuple[str, ...],
    actions: tuple[str, ...],
) -> None:
    """Sends the main figures to CloudWatch, and keeps an alarm there: mean response time above 2 s in two
    periods of five minutes. Needs the extra `cloudwatch`, and credentials as AWS' own tools find them.

    \b
    Example:
      aicc-monitoring cloudwatch --region eu-central-1 --alarm-action arn:aws:sns:…:pager
      aicc-monitoring cloudwatch --target gateway-0=10.0.0.5:8080 --target prober=10.0.0.6:9185

    \b
    Exit status: 0 ended as told; 1 CloudWatch can't be used; 2 wrong usage or settings.
    """
    try:
        from infra.monitoring.cloudwatch.client import FAULTS, connected
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing: pip install 'aicc[cloudwatch]'") from error
    chosen = _targets(targets)
    try:
        client = connected(region)
        client.put_metric_alarm(**alarm(namespace, actions))
    except FAULTS as error:
        raise click.ClickException(f"CloudWatch can't be used: {error}") from error
    exporter = Exporter(client, namespace, chosen, _say)
    with _stopping() as stop:
        for number in count(1):
            due = time.monotonic() + every
            try:
                exporter.round(time.time())
            except FAULTS as error:
                _say(f"a round is lost: {error}")
            if number == rounds or stop.wait(max(0.0, due - time.monotonic())):
                break


def _targets(given: tuple[str, ...]) -> dict[str, str]:
    """Without load tests of the local platform, which come and go."""
    return {name: address for name, address in chosen_targets(given).items() if given or name != "loadgen"}


def _say(text: str) -> None:
    click.echo(text, err=True)


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Set by SIGTERM and Ctrl-C within the block."""
    stop = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
