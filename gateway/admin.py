"""/admin/config: the pools as they are configured, their change, and who changed what."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus

import asyncpg
import msgspec
from starlette.types import Receive, Scope, Send

from gateway.answers import Answer, Header, Refused, busy, ok, send_answer
from gateway.bodies import ClientGone
from gateway.commands import Post
from gateway.config_log import NEWEST
from gateway.consultations import limit_of, number_of, parse_query
from gateway.json_body import read_json
from gateway.security.access import LOCAL, Caller
from gateway.security.guard import caller_of
from gateway.state import Gateway, gateway_of
from schemas.config import ConfigError, Configuration, PoolConfig, decode_pool
from schemas.config_change import MAX_AUTHOR, MOST_CHANGES, Source, StaleConfig, as_written, plan, records
from schemas.config_diff import Change
from schemas.topics import MAX_RECORD_BYTES

_NOBODY = "local"
Handle = Callable[[Gateway, Scope, Receive], Awaitable[Answer]]


class Changed(msgspec.Struct, kw_only=True):
    """200 of PUT /admin/config/{pool}: the first of `changed` changes, none where it was so already. Of a dry
    run `version` is the one that is published, 0 where none is."""

    pool: str
    version: int
    changed: int = 0
    changes: tuple[Change, ...] = ()


class Admin:
    """An ASGI endpoint."""

    def __init__(self, **handles: Handle) -> None:
        self._handles = handles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are answered as problem documents."""
        gateway = gateway_of(scope)
        try:
            method = "get" if scope["method"] == "HEAD" else scope["method"].lower()
            answer = await self._handles[method](gateway, scope, receive)
        except Refused as refused:
            answer = refused.answer
        except ClientGone:
            return
        await send_answer(send, answer)


async def get_all(gateway: Gateway, _: Scope, __: Receive) -> Answer:
    """Every pool, as a file would say it."""
    return ok(Configuration(pools=tuple(map(as_written, _published(gateway).values()))))


async def get_pool(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """One pool, its version as ETag."""
    found = _published(gateway).get(scope["path_params"]["pool"])
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such pool")
    return _tagged(ok(as_written(found)), found.version)


async def put_pool(gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
    """Makes a pool what the body says, or begins it. Refused as a whole: 412 where it was made from another
    version than the published one, 422 with the path of each error; 503 where it is unknown how far it came,
    and sending it again does no harm. With `dry_run=true` all of this is said and nothing is done."""
    dry = _is_dry(parse_query(scope["query_string"]))
    headers = dict(scope["headers"])
    expected = "a pool as a JSON object"
    wanted = await read_json(decode_pool, scope, receive, limit=MAX_RECORD_BYTES, expected=expected)
    if wanted.pool != scope["path_params"]["pool"]:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"pool: {wanted.pool!r} is not the one of the address")
    author = _author(caller_of(scope), headers)
    async with gateway.changing_config:
        _refuse_stale(headers.get(b"if-match", b""), _published(gateway).get(wanted.pool))
        done = await _publish(gateway, wanted, author, dry=dry)
    return _tagged(ok(done), done.version)


async def get_audit(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """Who changed what, newest first."""
    asked = parse_query(scope["query_string"])
    limit = limit_of(asked.get("limit", ""))
    before = number_of(asked, "before", NEWEST)
    whole = asked.get("include") == "config"
    try:
        return ok(await gateway.config_log.page(asked.get("pool", ""), before, limit, whole=whole))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise busy("The audit can't be read now") from error


async def _publish(gateway: Gateway, wanted: PoolConfig, author: str, *, dry: bool) -> Changed:
    published, now = _published(gateway), datetime.now(UTC)
    try:
        steps = plan(published, [wanted], now)
        outgoing = [record for step in steps for record in records(step, author, Source.API, now)]
    except StaleConfig as error:
        raise Refused(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
    except ConfigError as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    before = published.get(wanted.pool)
    if dry or not steps:
        return _said(wanted.pool, before.version if before else 0, steps[0].changes if steps else ())
    for record in outgoing:
        await gateway.send(Post(*record))
    (step,) = steps
    # The feed brings it, too; but whoever is answered now may ask at once.
    gateway.directory.put(step.config)
    return _said(wanted.pool, step.config.version, step.changes)


def _said(pool: str, version: int, changes: tuple[Change, ...]) -> Changed:
    return Changed(pool=pool, version=version, changed=len(changes), changes=changes[:MOST_CHANGES])


def _is_dry(asked: dict[str, str]) -> bool:
    text = asked.get("dry_run", "false")
    if text not in ("true", "false"):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "dry_run: is neither true nor false")
    return text == "true"


def _published(gateway: Gateway) -> dict[str, PoolConfig]:
    if not gateway.config_read.is_set():
        raise busy("The configuration is not read yet")
    return gateway.directory.pools


def _author(caller: Caller, headers: dict[bytes, bytes]) -> str:
    """Who bears a token can't say to be another."""
    if caller is not LOCAL:
        return caller.sub
    author = headers.get(b"x-author", b"").decode(errors="replace") or _NOBODY
    if len(author) > MAX_AUTHOR or not author.isprintable():
        detail = f"X-Author: must be 1 to {MAX_AUTHOR} printable characters"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return author


def _refuse_stale(if_match: bytes, found: PoolConfig | None) -> None:
    """Raises Refused (412) unless the header, if there is one, names the published version."""
    if not if_match or (if_match == b"*" and found is not None):
        return
    if found is None:
        raise Refused(HTTPStatus.PRECONDITION_FAILED, "There is no such pool yet")
    if if_match.strip(b'"') != b"%d" % found.version:
        detail = f"Version {found.version} is published by now"
        raise Refused(HTTPStatus.PRECONDITION_FAILED, detail, _tag(found.version))


def _tagged(answer: Answer, version: int) -> Answer:
    return answer._replace(headers=(*answer.headers, _tag(version)))


def _tag(version: int) -> Header:
    return b"etag", b'"%d"' % version
