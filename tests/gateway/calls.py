"""What tests of calls to pools share: an owner in the pools' place that notes what it is asked."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import redis

from gateway.security.tokens import agent_claims, sign
from schemas.answers import RoutingAnswered
from schemas.routing import Requested
from schemas.states import Verdict
from tests.gateway.conftest import POOL, Servers
from tests.gateway.owner import DecideInPool, PoolOwner
from tests.gateway.process import JSON, SECRET, GatewayProcess, Reply


def answered(command: Requested, verdict: Verdict = Verdict.ACCEPTED, **more: Any) -> RoutingAnswered:
    """The pool's verdict on the command."""
    return RoutingAnswered(
        pool=command.pool,
        request_id=command.request_id,
        reply_to=command.reply_to,
        verdict=verdict,
        **more,
    )


def accepts(command: Requested) -> list[RoutingAnswered]:
    """A pool that does everything."""
    return [answered(command)]


def silent(_: Requested) -> list[RoutingAnswered]:
    """A pool that does not answer in time."""
    return []


def refuses(reason: str, verdict: Verdict = Verdict.CONFLICT) -> DecideInPool:
    """A pool that does nothing, and why."""
    return lambda command: [answered(command, verdict, reason=reason)]


@contextmanager
def pools(
    servers: Servers, feeds: "redis.Redis", decide: DecideInPool = accepts
) -> Iterator[list[Requested]]:
    """What the pools are asked while the block runs."""
    heard: list[Requested] = []

    def noting(command: Requested) -> Iterable[RoutingAnswered]:
        heard.append(command)
        return decide(command)

    with PoolOwner(servers.kafka, feeds, noting):
        yield heard


def call_as(
    gateway: GatewayProcess, agent: str, path: str, body: bytes | Mapping[str, object], **headers: str
) -> Reply:
    """A call of the agent, with its token."""
    token = sign(agent_claims(agent, POOL, int(time.time()), 1.0), SECRET)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {} if isinstance(body, bytes) else {"Content-Type": JSON}
    return gateway.ask("POST", path, raw, {"Authorization": f"Bearer {token}", **kind, **headers})
