"""A switch is turned: whether it may be, and the records that do it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from schemas.audit_trail import Action, Audited
from schemas.codec import encode, type_of
from schemas.config import PoolConfig
from schemas.config_change import Outgoing
from schemas.envelope import headers
from schemas.routing import ApplySwitch
from schemas.switches import ALL, MAX_REASON, MAX_VALUE, OF_POOLS, Name, Switch, SwitchError, errors_of
from schemas.topics import AUDIT, ROUTING_COMMANDS, SWITCHES

_SHOWN = 100


class Turn(NamedTuple):
    """How a switch is to stand. What it was on for is forgotten when it is off."""

    name: Name
    on: bool
    value: str = ""
    reason: str = ""
    until_ms: int = 0


def turned(before: Switch | None, turn: Turn, pools: Iterable[PoolConfig], by: str, now_ms: int) -> Switch:
    """The switch from now on. Versions are the time in milliseconds, and above those before. Raises
    SwitchError, which names each field that is wrong."""
    version = max(now_ms, before.version + 1 if before else 0)
    if not turn.on:
        return Switch(name=turn.name, version=version, by=by, reason=turn.reason[:MAX_REASON])
    pools = tuple(pools)
    queues = {queue.name for pool in pools for queue in pool.queues}
    value = turn.value or (ALL if turn.name is Name.PAUSE_OFFERS else "")
    errors = [
        *errors_of(turn.name, value, {pool.pool for pool in pools}, queues),
        *([] if turn.reason.strip() else ["reason: say why"]),
        *(["until: is over"] if 0 < turn.until_ms <= now_ms else []),
        *([f"value: has more than {MAX_VALUE} characters"] if len(value) > MAX_VALUE else []),
        *([f"reason: has more than {MAX_REASON} characters"] if len(turn.reason) > MAX_REASON else []),
        *(["value and reason: no NUL"] if "\0" in value + turn.reason else []),
    ]
    if errors:
        raise SwitchError("; ".join(errors))
    since_ms = before.since_ms if before and before.is_on(now_ms) else now_ms
    return Switch(
        name=turn.name,
        version=version,
        on=True,
        value=value,
        reason=turn.reason,
        by=by,
        since_ms=since_ms,
        until_ms=turn.until_ms,
    )


def records(switch: Switch, pools: Mapping[str, PoolConfig]) -> list[Outgoing]:
    """What turns it, in this order: pools that decide by it first, so that nobody reads that it is on where
    it is not. Each may be sent again: a pool takes a version once."""
    identity = f"switch:{switch.name}:{switch.version}"
    made = []
    for name, pool in sorted(pools.items()) if switch.name in OF_POOLS else ():
        # Who turned it, and why, is in the audit: no pool decides by that.
        apply = ApplySwitch(pool=name, switch=replace(switch, reason="", by=""))
        told = headers(identity, type_of(apply))
        made.append(Outgoing(ROUTING_COMMANDS.name, pool.partition, name.encode(), encode(apply), told))
    key = switch.name.value.encode()
    return [*made, Outgoing(SWITCHES.name, 0, key, encode(switch), headers(identity, "switch"))]


def noted(switch: Switch) -> str:
    """What the audit says of it."""
    if not switch.on:
        return f"{switch.name} off: {switch.reason}" if switch.reason else f"{switch.name} off"
    value = switch.value if len(switch.value) <= _SHOWN else switch.value[:_SHOWN] + "…"
    until = f" until {switch.until_ms}" if switch.until_ms else ""
    return f"{switch.name} on{f' for {value}' if value else ''}{until}: {switch.reason}"


def audit_record(switch: Switch, now_ms: int) -> Outgoing:
    """That somebody turned it, from a command; in the log before it is done."""
    identity = f"switch:{switch.name}:{switch.version}"
    note = Audited(
        id=identity,
        at_ms=now_ms,
        actor=switch.by,
        action=Action.TURNED_SWITCH,
        roles=("cli",),
        detail=noted(switch)[:512],
    )
    return Outgoing(AUDIT.name, 0, switch.by.encode(), encode(note), headers(identity, type_of(note)))
