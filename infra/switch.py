"""aicc-switch: what operators turn on when something is wrong, and off again."""

import asyncio
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import click

from infra.config import author_option
from infra.switch_publish import Known, publish, read_known
from runtime.reach import reaching_kafka
from runtime.settings import Settings, read_settings
from schemas.switches import OF_POOLS, Name, Switch, SwitchError, effect
from schemas.switching import Turn, turned

_NAME = click.argument("name", type=click.Choice([name.value for name in Name]))
_LASTS = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@click.group(context_settings={"max_content_width": 100})
def main() -> None:
    """Switches for when something is wrong; they need Kafka alone (docs/operations.md, "At 3 a.m.").

    \b
    shed          refuse classes of requests: new_chat, ivr, connect, read, running, agent
    drain         let no new contacts into queues or pools; who waits is served
    bot-off       let nobody talk to the bot; they go on to people
    pause-offers  let contacts wait, of pools or all
    maintenance   tell a message to whoever would begin a chat or call

    \b
    Exit status:
      0  done, or as it was already
      1  refused, or Kafka does not answer
      2  wrong usage or settings

    \b
    Examples:
      aicc-switch list
      aicc-switch on shed new_chat,ivr --reason "database slow" --for 30m
      aicc-switch on drain support --reason "fire alarm"
      aicc-switch on maintenance "Back at 4." --ko "4시에 다시 엽니다." --reason upgrade --for 2h
      aicc-switch off shed
    """


@main.command("list", epilog="Example:  aicc-switch list")
def list_command() -> None:
    """Says how each switch stands, who turned it and why."""
    known, now_ms = _known().switches, _now_ms()
    for name in Name:
        click.echo("\n".join(_lines(name, known.get(name), now_ms)))


@main.command(epilog='Example:  aicc-switch on drain support --reason "fire alarm" --for 1h')
@_NAME
@click.argument("value", default="")
@click.option("--reason", required=True, help="Why; everybody reads it in the list and in the audit.")
@click.option("--for", "lasts", default="", help="Off again by itself after so long: 45s, 30m, 2h, 1d.")
@click.option("--until", default="", help="Off again by itself then: 2030-01-01T04:00Z.")
@click.option("--ko", default="", help="maintenance: the message in Korean; VALUE is the English one then.")
@author_option
def on(name: str, value: str, reason: str, lasts: str, until: str, ko: str, author: str) -> None:
    """Turns the switch NAME on, or changes what it is on for.

    VALUE: for shed classes of requests, for drain queues or pools, for pause-offers pools or all (the
    default), several apart by commas; for maintenance the message. What was on before under the same name
    is replaced.
    """
    if lasts and until:
        raise click.UsageError("Say --for or --until, not both.")
    if ko and name != Name.MAINTENANCE:
        raise click.UsageError("--ko is for maintenance.")
    if ko:
        value = f"en: {value}\nko: {ko}" if value else f"ko: {ko}"
    until_ms = _until_ms(until) if until else _now_ms() + _seconds(lasts) * 1000 if lasts else 0
    switch = _turn(Turn(Name(name), True, value, reason, until_ms), author)
    click.echo(f"{name} is on. {effect(switch.name, switch.value)}")
    click.echo(f"It ends {'at ' + _time(until_ms) if until_ms else 'when somebody ends it'}.")
    click.echo(f"To undo it:  aicc-switch off {name}")


@main.command(epilog="Example:  aicc-switch off shed drain")
@click.argument("names", nargs=-1, required=True, type=click.Choice([name.value for name in Name]))
@click.option("--reason", default="", help="Why, for the audit.")
@author_option
def off(names: tuple[str, ...], reason: str, author: str) -> None:
    """Turns the switches NAMES off. One that is off already is told again to all who act by it."""
    for name in names:
        _turn(Turn(Name(name), False, reason=reason), author)
        click.echo(f"{name} is off. {_after(Name(name))}")


def _turn(turn: Turn, author: str) -> Switch:
    known, now_ms = _known(), _now_ms()
    try:
        switch = turned(known.switches.get(turn.name), turn, known.pools.values(), author, now_ms)
    except SwitchError as error:
        raise click.ClickException(f"Nothing was turned: {error}") from error
    bootstrap = read_settings(Settings).kafka_bootstrap
    with reaching_kafka(bootstrap):
        asyncio.run(publish(bootstrap, switch, known.pools, now_ms))
    return switch


def _known() -> Known:
    bootstrap = read_settings(Settings).kafka_bootstrap
    with reaching_kafka(bootstrap):
        return asyncio.run(read_known(bootstrap))


def _lines(name: Name, switch: Switch | None, now_ms: int) -> Iterable[str]:
    if switch is None or not switch.is_on(now_ms):
        yield f"{name.value:13} off"
        return
    until = f" until {_time(switch.until_ms)}" if switch.until_ms else ""
    yield f"{name.value:13} ON since {_time(switch.since_ms)}{until}, by {switch.by}: {switch.reason}"
    yield from (f"{'':13}   {line}" for line in switch.value.splitlines())
    yield f"{'':13} {effect(name, switch.value)} Undo:  aicc-switch off {name}"


def _after(name: Name) -> str:
    """What becomes of what was held up."""
    if name is Name.PAUSE_OFFERS:
        return "Who waits is offered in the order of the line."
    return "Pools decide as usual." if name in OF_POOLS else "Gateways act as usual within a second or two."


def _seconds(text: str) -> int:
    found = _LASTS.fullmatch(text)
    if found is None:
        raise click.UsageError(f"--for: {text!r} is no time such as 45s, 30m, 2h or 1d.")
    return int(found[1]) * _UNITS[found[2]]


def _until_ms(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--until: {text!r} is no time such as 2030-01-01T04:00Z.") from None
    if at.tzinfo is None:
        raise click.UsageError("--until: say in which zone, as 2030-01-01T04:00Z or …T04:00+09:00.")
    return round(at.timestamp() * 1000)


def _time(unix_ms: int) -> str:
    at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=unix_ms)
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


if __name__ == "__main__":
    main()
