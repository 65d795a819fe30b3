"""Agents' tokens: HS256 JWTs with sub, role, pool and partition."""

import jwt
import msgspec

from schemas.config import PoolConfig

_ALGORITHM = "HS256"
_HOUR_S = 3600


class BadToken(ValueError):
    """The token is not one of ours, or is over."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Who the bearer is. `partition` is where the agent's pool lives; Unix seconds."""

    sub: str
    role: str
    pool: str
    partition: int
    iat: int
    exp: int


def sign(claims: Claims, secret: str) -> str:
    """The token."""
    return jwt.encode(msgspec.to_builtins(claims), secret, _ALGORITHM)


def read_token(token: str, secret: str) -> Claims:
    """The claims of a valid agent's token. Raises BadToken."""
    try:
        found = jwt.decode(token, secret, [_ALGORITHM], options={"require": ["exp", "sub"]})
        claims = msgspec.convert(found, Claims)
    except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
        raise BadToken(str(error)) from error
    if claims.role != "agent" or not claims.sub or claims.partition < 0:
        raise BadToken("the token is no agent's")
    return claims


def agent_claims(agent_id: str, pool: PoolConfig, now_s: int, hours: float) -> Claims:
    """The claims of an agent of `pool` from `now_s` on."""
    until_s = now_s + round(hours * _HOUR_S)
    return Claims(
        sub=agent_id, role="agent", pool=pool.pool, partition=pool.partition, iat=now_s, exp=until_s
    )
