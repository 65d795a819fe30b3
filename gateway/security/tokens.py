"""Tokens of agents, supervisors and admins: signed JWTs (EdDSA or RS256), verified once, then remembered."""

import time
from enum import StrEnum
from typing import Annotated, Any, Protocol

import jwt
import msgspec

from gateway.security.keys import Key, fit, private_key
from schemas.config import PoolConfig
from schemas.limits import NO_NUL, PartitionNumber

ISSUER = AUDIENCE = "aicc"
"""Of tokens that this installation signs itself."""

_HOUR_S = 3600
_MOST_LETTERS = 8_192
_KNOWN = 4_096
_REQUIRED = ["exp", "iss", "aud", "sub"]
_Sub = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=NO_NUL)]
_Name = Annotated[str, msgspec.Meta(max_length=128, pattern=NO_NUL)]


class Role(StrEnum):
    """What the bearer of a token may be; one may be several."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class BadToken(ValueError):
    """The token is not one of ours, or is over."""


class KeyPending(Exception):
    """The token names a key that may be new: the issuer is being asked."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Who the bearer is; `exp` and `iat` in Unix seconds. Without `pool` an agent is of the pool that the
    configuration has it in, and anybody else of none and so of all. `partition` is where the pool lives."""

    sub: _Sub
    roles: tuple[str, ...] = ()
    pool: _Name = ""
    partition: PartitionNumber | None = None
    sid: _Name = ""
    iat: int = 0
    exp: int

    @property
    def place(self) -> int:
        """The partition of an agent that was admitted."""
        assert self.partition is not None
        return self.partition

    def may(self, *roles: Role) -> bool:
        """Whether the bearer has one of these roles."""
        return any(role in self.roles for role in roles)


class Keys(Protocol):
    """Where keys come from."""

    def find(self, kid: str) -> Key | None:
        """The key of that id, or the only one for an empty id. Raises KeyPending."""


class OneKey:
    """A key from a file: whatever id a token names."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def find(self, kid: str) -> Key | None:
        """The key."""
        return self._key


class Tokens:
    """Reads tokens. Verifying takes 0.2 ms of a core, so what was found good is kept until it is over, which
    takes 0.6 µs. Of those kept the oldest goes when there are 4,096."""

    def __init__(self, keys: Keys, issuer: str, audience: str, leeway_s: float) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._leeway_s = leeway_s
        self._good: dict[str, Claims] = {}

    def read(self, token: str) -> Claims:
        """The claims of a token that is valid now. Raises BadToken and KeyPending."""
        claims = self._good.get(token)
        if claims is None:
            claims = self._verified(token)
            if len(self._good) >= _KNOWN:
                del self._good[next(iter(self._good))]
            self._good[token] = claims
        elif self.over(claims):
            del self._good[token]
            raise BadToken("Signature has expired")
        return claims

    def over(self, claims: Claims) -> bool:
        """Whether its time is up."""
        return claims.exp + self._leeway_s <= time.time()

    def _verified(self, token: str) -> Claims:
        found = verified(self._keys, token, self._issuer, self._audience, self._leeway_s)
        try:
            return msgspec.convert(found, Claims)
        except msgspec.ValidationError as error:
            raise BadToken(str(error)) from error


def verified(keys: Keys, token: str, issuer: str, audience: str, leeway_s: float) -> dict[str, Any]:
    """All that a token says that is good now. Raises BadToken and KeyPending."""
    if len(token) > _MOST_LETTERS:
        raise BadToken("it is too long")
    try:
        key = keys.find(str(jwt.get_unverified_header(token).get("kid", "")))
        if key is None:
            raise BadToken("its key is unknown")
        return jwt.decode(
            token,
            key.public,
            [key.algorithm],
            options={"require": _REQUIRED},
            audience=audience,
            issuer=issuer,
            leeway=leeway_s,
        )
    except jwt.PyJWTError as error:
        raise BadToken(str(error)) from error


def sign(claims: Claims, key: str, issuer: str = ISSUER, audience: str = AUDIENCE) -> str:
    """The token; `key` is a private one in PEM. Raises UnfitKey."""
    own = private_key(key)
    told: dict[str, Any] = msgspec.to_builtins(claims)
    told = {name: value for name, value in told.items() if value not in (None, "")}
    return jwt.encode(told | {"iss": issuer, "aud": audience}, own, fit(own.public_key()).algorithm)


def agent_claims(agent_id: str, pool: PoolConfig, now_s: int, hours: float) -> Claims:
    """The claims of an agent of `pool` from `now_s` on."""
    return Claims(
        sub=agent_id,
        roles=(Role.AGENT,),
        pool=pool.pool,
        partition=pool.partition,
        iat=now_s,
        exp=now_s + round(hours * _HOUR_S),
    )


def staff_claims(name: str, role: Role, pool: str, now_s: int, hours: float) -> Claims:
    """The claims of a supervisor or admin, of one pool or (empty) of all."""
    return Claims(sub=name, roles=(role,), pool=pool, iat=now_s, exp=now_s + round(hours * _HOUR_S))
