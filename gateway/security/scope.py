"""Of which pool staff may read conversations."""

from http import HTTPStatus

import asyncpg
import msgspec
from redis.exceptions import RedisError

from gateway.answers import Refused, busy
from gateway.security.access import Caller
from gateway.security.tokens import Role
from gateway.state import Gateway

_UNREADABLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class _Placed(msgspec.Struct, gc=False):
    pool: str = ""


_placed = msgspec.json.Decoder(_Placed).decode


def pool_of(gateway: Gateway, caller: Caller) -> str:
    """The only pool that the caller reads of, or empty: admins, supervisors of no pool, and customers, whose
    session is checked elsewhere. Raises Refused (403, 503)."""
    if not caller.roles or caller.may(Role.ADMIN):
        return ""
    if caller.pool or caller.may(Role.SUPERVISOR):
        return caller.pool
    if not gateway.config_read.is_set():
        raise busy("The configuration is not read yet")
    found = gateway.directory.pool_of(caller.sub)
    if found is None:
        raise Refused(HTTPStatus.FORBIDDEN, "The agent is in no pool")
    return found.pool


async def check_session(gateway: Gateway, caller: Caller, session_id: str) -> None:
    """Raises Refused: 403 where the session is another pool's, 503 where that is not known."""
    own = pool_of(gateway, caller)
    if own:
        check_owner(own, await _pool_of_session(gateway, session_id))


def check_owner(own: str, pool: str) -> None:
    """A conversation of `pool`, read by who reads of `own` (empty: of all). Raises Refused (403)."""
    if own and pool and pool != own:
        raise Refused(HTTPStatus.FORBIDDEN, "The conversation is another pool's")


async def _pool_of_session(gateway: Gateway, session_id: str) -> str:
    """As Redis has it, else Postgres; what neither knows has no pool yet."""
    try:
        told = await gateway.feeds.stored.standing(session_id)
    except (RedisError, OSError, TimeoutError):
        told = None
    if told and told.changed:
        return _placed(told.changed).pool
    try:
        return await gateway.history.pool_of(session_id)
    except _UNREADABLE as error:
        raise busy("It can't be read now whose conversation this is") from error
