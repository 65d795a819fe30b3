"""GET /ops/switches, PUT /ops/switches/{name}, and GET /chat/notice."""

from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
from starlette.types import Receive, Scope

from gateway.answers import Answer, Refused, busy, ok
from gateway.commands import Post
from gateway.json_body import read_json
from gateway.security.access import Caller
from gateway.security.audit import audit
from gateway.security.guard import caller_of
from gateway.security.tokens import Role
from gateway.state import Gateway, now_ms
from schemas.audit_trail import Action
from schemas.config import PoolConfig
from schemas.switches import OF_POOLS, Name, Switch, SwitchError, effect, names_in
from schemas.switching import Turn, noted, records, turned

_MAX_BYTES = 16_384


class SwitchTurn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of PUT /ops/switches/{name}. `reason` is required where it is turned on; from `until` on it is
    off by itself."""

    on: bool
    value: str | None = None
    reason: str | None = None
    until: datetime | None = None


class SwitchSeen(msgspec.Struct, kw_only=True):
    """A switch, and in a sentence what it does. `by` is who turned it last; the others are null where it is
    off."""

    name: Name
    on: bool
    value: str | None
    reason: str | None
    by: str | None
    since: datetime | None
    until: datetime | None
    effect: str


class Switches(msgspec.Struct, kw_only=True):
    """200 of GET /ops/switches: all that there are."""

    items: list[SwitchSeen]


class Notice(msgspec.Struct, kw_only=True):
    """200 of GET /chat/notice: what customers are to read by language; empty where nothing is the matter."""

    maintenance: dict[str, str]


async def get_all(gateway: Gateway, _: Scope, __: Receive) -> Answer:
    """All switches. Raises Refused (503)."""
    known, now = _known(gateway), now_ms()
    return ok(Switches(items=[_seen(name, known.get(name), now) for name in Name]))


async def get_notice(gateway: Gateway, _: Scope, __: Receive) -> Answer:
    """What the chat page says before a chat begins."""
    return ok(Notice(maintenance=gateway.switchboard.texts))


async def put(gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
    """Turns a switch. Raises Refused: 422 for what can't be, 503 where it is unknown how far it came; sending
    it again does no harm."""
    name, caller = _name(scope["path_params"]["name"]), caller_of(scope)
    turn = await _turn(name, scope, receive)
    async with gateway.changing_config:
        before, pools, now = _known(gateway).get(name), _pools(gateway), now_ms()
        _check_caller(caller, name, turn, before if before and before.is_on(now) else None, pools)
        try:
            switch = turned(before, turn, pools.values(), caller.sub, now)
        except SwitchError as error:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        await audit(gateway, caller, Action.TURNED_SWITCH, detail=noted(switch))
        for record in records(switch, pools):
            await gateway.send(Post(*record))
        # The feed brings it, too; but whoever is answered now may ask at once.
        gateway.switchboard.put(switch)
    return ok(_seen(name, switch, now))


def _seen(name: Name, switch: Switch | None, at_ms: int) -> SwitchSeen:
    on = switch is not None and switch.is_on(at_ms)
    return SwitchSeen(
        name=name,
        on=on,
        value=(switch.value or None) if switch and on else None,
        reason=switch.reason if switch and on else None,
        by=switch.by if switch else None,
        since=_time(switch.since_ms) if switch and on else None,
        until=_time(switch.until_ms) if switch and on and switch.until_ms else None,
        effect=effect(name, switch.value if switch and on else ""),
    )


def _time(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)


def _name(text: str) -> Name:
    try:
        return Name(text)
    except ValueError as error:
        raise Refused(HTTPStatus.NOT_FOUND, f"There is no such switch, but {', '.join(Name)}") from error


_decode = msgspec.json.Decoder(SwitchTurn).decode


async def _turn(name: Name, scope: Scope, receive: Receive) -> Turn:
    expected = "how the switch is to be as a JSON object"
    body = await read_json(_decode, scope, receive, limit=_MAX_BYTES, expected=expected)
    if body.until is not None and body.until.tzinfo is None:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "until: say in which zone, as 2026-05-01T04:00:00Z")
    until_ms = round(body.until.timestamp() * 1000) if body.until else 0
    return Turn(name, body.on, body.value or "", body.reason or "", until_ms)


def _check_caller(
    caller: Caller, name: Name, turn: Turn, before: Switch | None, pools: dict[str, PoolConfig]
) -> None:
    """A supervisor of one pool turns what is of that pool alone. Raises Refused (403)."""
    if not caller.pool or caller.may(Role.ADMIN):
        return
    pool = pools.get(caller.pool)
    own = {caller.pool, *(queue.name for queue in pool.queues)} if pool else {caller.pool}
    values = ((turn.value or "*") if turn.on else "", before.value if before else "")
    others = [one for value in values for one in names_in(value) if one not in own]
    if name not in OF_POOLS or others:
        raise Refused(HTTPStatus.FORBIDDEN, "This concerns more than your own pool: it is for admins")


def _known(gateway: Gateway) -> dict[Name, Switch]:
    if not gateway.switchboard.read.is_set():
        raise busy("The switches are not read yet")
    return gateway.switchboard.known


def _pools(gateway: Gateway) -> dict[str, PoolConfig]:
    if not gateway.config_read.is_set():
        raise busy("The configuration is not read yet")
    return gateway.directory.pools
