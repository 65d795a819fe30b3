"""Everybody who may come: the bearers of tokens that are good, of others' and of bad ones."""

import time
from collections.abc import Mapping

import jwt

from gateway.security.keys import new_private_key
from gateway.security.passes import Passes
from gateway.security.tokens import Claims, Role, agent_claims, sign, staff_claims
from schemas.ids import session_id
from tests.gateway.conftest import POOL, SECOND
from tests.gateway.process import SEAL, SECRET

_FORGER = new_private_key()
_DAY_S = 24 * 3600


def token_of(claims: Claims, **other: str) -> str:
    """Signed with the tests' key, or by another issuer or for another audience."""
    return sign(claims, SECRET, **other)


def staff(name: str, role: Role, pool: str = "") -> str:
    """A good token."""
    return token_of(staff_claims(name, role, pool, int(time.time()), 1.0))


def agent(agent_id: str = "gw-agent") -> str:
    """A good token of an agent of the first pool."""
    return token_of(agent_claims(agent_id, POOL, int(time.time()), 1.0))


def everybody(session: str, session_token: str, other_token: str) -> Mapping[str, str]:
    """Tokens by who bears them; `customer` is the session's."""
    now = int(time.time())
    admin = staff_claims("ann", Role.ADMIN, "", now, 1.0)
    every = tuple(Role)
    all_roles = Claims(sub="gw-agent", roles=every, pool=POOL.pool, partition=3, iat=now, exp=now + 60)
    told = {"sub": "ann", "roles": list(every), "iss": "aicc", "aud": "aicc", "exp": now + 60}
    old = session_id(1, (now - 2 * _DAY_S) * 1000, 5)
    return {
        "none": "",
        "customer": session_token,
        "other customer": other_token,
        "forged pass": Passes("guessed", 60.0, required=True).of(session),
        "pass over": Passes(SEAL, 60.0, required=True).of(old),
        "agent": agent(),
        "other agent": agent("gw-another"),
        "agent elsewhere": token_of(agent_claims("gw-stranger", SECOND, now, 1.0)),
        "supervisor": staff("sue", Role.SUPERVISOR),
        "own supervisor": staff("sam", Role.SUPERVISOR, POOL.pool),
        "foreign supervisor": staff("fay", Role.SUPERVISOR, SECOND.pool),
        "admin": token_of(admin),
        "no role": token_of(Claims(sub="x", roles=("guest",), iat=now, exp=now + 60)),
        "over": token_of(Claims(sub="gw-agent", roles=every, pool=POOL.pool, partition=3, exp=now - 60)),
        "forged": sign(all_roles, _FORGER),
        "other audience": token_of(all_roles, audience="another"),
        "other issuer": token_of(all_roles, issuer="another"),
        "alg none": jwt.encode(told, "", "none"),
        "alg HS256": jwt.encode(told, "s" * 40, "HS256"),
        "no token": "x",
    }
