"""Agents' tokens that nobody gave out."""

import json
import random
import time
from base64 import urlsafe_b64encode
from typing import Any

import jwt

from gateway.security.keys import new_private_key
from tests.gateway.process import SECRET


def claims(**changed: Any) -> dict[str, Any]:
    """Those of a good token, and what is changed; None leaves one out."""
    now_s = int(time.time())
    good = {
        "sub": "gw-agent",
        "roles": ["agent"],
        "iss": "aicc",
        "aud": "aicc",
        "pool": "gw-pool",
        "partition": 3,
        "iat": now_s,
        "exp": now_s + 3600,
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def good_token() -> str:
    return jwt.encode(claims(), SECRET, "EdDSA")


def forged_token(rng: random.Random) -> str:
    """One that no check may let pass."""
    return rng.choice((_other_key, _no_signature, _other_header, _old, _wrong_claims, _damaged, _no_token))(
        rng
    )


def _other_key(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return jwt.encode(claims(), new_private_key(), "EdDSA")
    key = rng.choice((rng.randbytes(32).hex(), "secret" * 12))
    return jwt.encode(claims(), key, rng.choice(("HS256", "HS384", "HS512")))


def _no_signature(rng: random.Random) -> str:
    header = {"alg": rng.choice(("none", "None", "NONE", "", None)), "typ": "JWT"}
    return f"{_part(header)}.{_part(claims())}.{rng.choice(('', 'AAAA', _part({})))}"


def _other_header(rng: random.Random) -> str:
    """As if the key were another, or lay elsewhere."""
    header = rng.choice(
        (
            {"alg": "RS256"},
            {"alg": "ES256", "kid": "../../../dev/null"},
            {"alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
            {"alg": "HS256", "jku": "https://example.com/keys"},
            {"alg": "HS256", "kid": "' OR 1=1 --"},
            {"alg": "HS256", "crit": ["x"], "x": 1},
            {"alg": ["HS256"]},
        )
    )
    return f"{_part(header)}.{_part(claims())}.{urlsafe_b64encode(rng.randbytes(32)).decode().rstrip('=')}"


def _old(rng: random.Random) -> str:
    """Signed by us: over, or not good yet."""
    now_s = int(time.time())
    changed = rng.choice(({"exp": now_s - rng.randint(1, 10**6)}, {"exp": 0}, {"nbf": now_s + 10_000}))
    return jwt.encode(claims(**changed), SECRET, "EdDSA")


def _wrong_claims(rng: random.Random) -> str:
    """Signed by us, and no agent's."""
    changed: dict[str, Any] = rng.choice(
        (
            {"roles": "agent"},
            {"roles": [7]},
            {"iss": "another"},
            {"iss": None},
            {"aud": "another"},
            {"aud": None},
            {"exp": None},
            {"sub": None},
            {"sub": ""},
            {"partition": "3"},
            {"pool": 7},
        )
    )
    return jwt.encode(claims(**changed), SECRET, "EdDSA")


def _damaged(rng: random.Random) -> str:
    """A good one with a character less or another one: never the last, whose low bits say nothing."""
    token = good_token()
    place = rng.randrange(len(token) - 1)
    return token[:place] + rng.choice(("", "!", "." if token[place] != "." else "-")) + token[place + 1 :]


def _no_token(rng: random.Random) -> str:
    return rng.choice(
        ("", "x", "..", "a.b.c", "." * 1_000, "A" * 8_000, "é", "%00", "null", good_token()[:-20])
    )


def _part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
