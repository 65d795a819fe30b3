"""A pool as its owner shows it."""

from http import HTTPStatus

from gateway.answers import Refused, busy
from gateway.pools import ask_pool
from gateway.state import Gateway
from schemas.config import PoolConfig
from schemas.pool_view import PoolView
from schemas.routing import ShowPool


async def view_of(gateway: Gateway, pool: PoolConfig) -> PoolView:
    """The pool now. Raises Refused (503 without an answer in time, 409 where the owner has no such pool)."""
    command = ShowPool(pool=pool.pool, **gateway.origin()._asdict())
    answer = await ask_pool(gateway, command, pool.partition, gateway.settings.pool_wait_s, "")
    if answer is None:
        raise busy("The pool does not answer")
    if answer.view is None:
        raise Refused(
            HTTPStatus.CONFLICT, f"The pool can't be shown: {answer.reason or answer.verdict.value}"
        )
    return answer.view
