"""aicc-upgrade: the last step of an upgrade, the version of the rules."""

import asyncio

import click
from rich.console import Console
from rich.table import Table

from infra.upgrade.log import read_standing, send, wait_applied
from infra.upgrade.standing import Standing, refusal
from runtime.reach import reaching_kafka
from runtime.settings import Settings, read_settings
from schemas.release import RELEASE
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATIONS_APP, ROUTING_APP, ROUTING_COMMANDS

SOURCES = {CONVERSATIONS_APP: CONVERSATION_COMMANDS.name, ROUTING_APP: ROUTING_COMMANDS.name}
_APP = click.option("--app", type=click.Choice(sorted(SOURCES)), help="One processor; both where not given.")


@click.group(context_settings={"max_content_width": 100})
@click.version_option(RELEASE, prog_name="aicc")
def main() -> None:
    """Tells by which version of their rules the processors decide, and applies a newer one
    (docs/upgrading.md). It needs Kafka alone.

    \b
    Exit status:
      0  done, or as it was already
      1  refused, not yet everywhere, or Kafka does not answer
      2  wrong usage or settings

    \b
    Examples:
      aicc-upgrade status
      aicc-upgrade apply
      aicc-upgrade apply --app aicc-routing --version 2
    """


@main.command(epilog="Example:  aicc-upgrade status")
@_APP
def status(app: str | None) -> None:
    """Says which workers run which release, and by which version each partition decides."""
    table = Table("processor", "worker", "release", "knows")
    found = [_standing(name) for name in _apps(app)]
    for one in found:
        for worker in one.workers:
            known = ", ".join(map(str, worker.known)) or "not said"
            table.add_row(one.app, worker.instance, worker.release or "not said", known)
    Console().print(table)
    for one in found:
        click.echo(f"{one.app}: {_rules(one)}")


@main.command(epilog="Example:  aicc-upgrade apply --app aicc-routing --version 2")
@_APP
@click.option("--version", type=click.IntRange(1), help="The newest that all workers know, where not given.")
@click.option("--within", type=click.IntRange(0, 600), default=30, show_default=True, help="Seconds to wait.")
def apply(app: str | None, version: int | None, within: int) -> None:
    """Writes `version.applied` to every partition, once all running workers know the version.

    Each partition decides by it from its record on; a replay of the log changes at the same place. The
    version before can be applied again in the same way. Safe to repeat.
    """
    chosen = [(now, version or now.newest) for now in map(_standing, _apps(app))]
    for now, wanted in chosen:
        if said := refusal(now, wanted):
            raise click.ClickException(f"Nothing was applied: {said}")
    for now, wanted in chosen:
        _apply(now, wanted, within)


def _apply(now: Standing, version: int, within_s: int) -> None:
    other = [number for number in range(now.partitions) if now.rules[number] != version]
    if not other:
        click.echo(f"{now.app}: decides by version {version} already")
        return
    bootstrap = _bootstrap()
    click.echo(f"{now.app}: version {version} to {len(other)} partitions", err=True)
    with reaching_kafka(bootstrap):
        asyncio.run(send(bootstrap, now.source, other, version))
        then = asyncio.run(wait_applied(bootstrap, now.app, now.source, version, within_s))
    if any(has != version for has in then.rules.values()) or then.silent():
        raise click.ClickException(
            f"{now.app}: the records are written, but after {within_s} s it stands so: {_rules(then)}. "
            "See `aicc-upgrade status` and docs/runbooks/PartitionStuck.md."
        )
    click.echo(f"{now.app}: {_rules(then)}")


def _standing(app: str) -> Standing:
    bootstrap = _bootstrap()
    with reaching_kafka(bootstrap):
        return asyncio.run(read_standing(bootstrap, app, SOURCES[app]))


def _rules(now: Standing) -> str:
    by_version: dict[str, list[int]] = {}
    for number in range(now.partitions):
        version = f"version {now.rules[number]}" if number in now.rules else "nobody"
        by_version.setdefault(version, []).append(number)
    parts = [f"partitions {', '.join(map(str, numbers))} by {name}" for name, numbers in by_version.items()]
    return "; ".join(parts) or "no partitions: has `aicc-setup` run?"


def _apps(app: str | None) -> list[str]:
    return [app] if app else list(SOURCES)


def _bootstrap() -> str:
    return read_settings(Settings).kafka_bootstrap


if __name__ == "__main__":
    main()
