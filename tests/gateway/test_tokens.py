"""Whose token it is: keys, claims, customers' passes, and every way in which one is not ours."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from gateway.security.jwks import Jwks
from gateway.security.keys import UnfitKey, keys_in, new_private_key, pem_of, private_key, public_key
from gateway.security.passes import Passes
from gateway.security.tokens import BadToken, Claims, KeyPending, OneKey, Role, Tokens, agent_claims, sign
from schemas.config import PoolConfig
from schemas.ids import session_id
from tests.waiting import until

POOL = PoolConfig(pool="b", partition=2)
KEY, OTHER = new_private_key(), new_private_key()
RSA = rsa.generate_private_key(65537, 2048)
HOUR_MS = 3_600_000


def public_pem(pem: str) -> str:
    key = private_key(pem).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def reader(pem: str = KEY) -> Tokens:
    return Tokens(OneKey(public_key(pem)), "aicc", "aicc", 0.0)


def claims(**changed: object) -> dict[str, object]:
    now = int(time.time())
    told = {"sub": "x", "roles": ["agent"], "iss": "aicc", "aud": "aicc", "iat": now, "exp": now + 60}
    return {name: value for name, value in (told | changed).items() if value is not None}


@pytest.mark.parametrize("key", [KEY, pem_of(RSA)], ids=["EdDSA", "RS256"])
@pytest.mark.parametrize("of", [public_key, lambda pem: public_key(public_pem(pem))])
def test_a_token_says_who_the_agent_is(key: str, of: Callable[[str], Any]) -> None:
    told = agent_claims("x", POOL, int(time.time()), 1.0)
    tokens = Tokens(OneKey(of(key)), "aicc", "aicc", 0.0)
    assert tokens.read(sign(told, key)) == told
    assert (told.sub, told.roles, told.pool, told.place) == ("x", ("agent",), "b", 2)
    assert told.exp - told.iat == 3_600


def unsigned(told: dict[str, object]) -> str:
    return jwt.encode(told, "", "none")


HMAC = public_pem(KEY)
"""What everybody knows, taken for a shared secret: the classic confusion of algorithms."""


def hs256(told: dict[str, object]) -> str:
    """As an attacker does it: libraries refuse to sign with a PEM."""
    header, payload = (
        jwt.utils.base64url_encode(json.dumps(part).encode()) for part in ({"alg": "HS256"}, told)
    )
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        header + b"." + payload, HMAC.encode()
    )
    return b".".join((header, payload, jwt.utils.base64url_encode(mac))).decode()


BAD = {
    "empty": "",
    "no token": "a.b.c",
    "too long": "a" * 10_000,
    "another's key": jwt.encode(claims(), OTHER, "EdDSA"),
    "RS256 where the key is EdDSA": jwt.encode(claims(), RSA, "RS256"),
    "HS256 with the public key": hs256(claims()),
    "alg none": unsigned(claims()),
    "over": jwt.encode(claims(exp=1), KEY, "EdDSA"),
    "for ever": jwt.encode(claims(exp=None), KEY, "EdDSA"),
    "not yet": jwt.encode(claims(nbf=int(time.time()) + 600), KEY, "EdDSA"),
    "issuer": jwt.encode(claims(iss="other"), KEY, "EdDSA"),
    "no issuer": jwt.encode(claims(iss=None), KEY, "EdDSA"),
    "audience": jwt.encode(claims(aud="other"), KEY, "EdDSA"),
    "no audience": jwt.encode(claims(aud=None), KEY, "EdDSA"),
    "nobody": jwt.encode(claims(sub=""), KEY, "EdDSA"),
    "no sub": jwt.encode(claims(sub=None), KEY, "EdDSA"),
    "NUL": jwt.encode(claims(sub="a\0"), KEY, "EdDSA"),
    "roles": jwt.encode(claims(roles="agent"), KEY, "EdDSA"),
    "partition": jwt.encode(claims(partition=5_000), KEY, "EdDSA"),
}


@pytest.mark.parametrize("name", BAD)
def test_other_tokens_are_refused_however_often_they_come(name: str) -> None:
    tokens = reader()
    for _ in range(2):
        with pytest.raises(BadToken):
            tokens.read(BAD[name])


def test_a_changed_letter_is_refused(rng: random.Random) -> None:
    good = sign(agent_claims("x", POOL, int(time.time()), 1.0), KEY)
    tokens = reader()
    for _ in range(200):
        # Not the last one, whose lowest bits say nothing.
        place = rng.randrange(len(good) - 1)
        bad = good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :]
        with pytest.raises(BadToken):
            tokens.read(bad)
    assert tokens.read(good).sub == "x"


def test_what_is_remembered_is_over_in_time_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, now = reader(), int(time.time())
    first = jwt.encode(claims(exp=now + 30), KEY, "EdDSA")
    tokens.read(first)
    later = now + 60
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(BadToken, match="expired"):
        tokens.read(first)
    monkeypatch.undo()
    monkeypatch.setattr("gateway.security.tokens._KNOWN", 3)
    for number in range(10):
        tokens.read(jwt.encode(claims(sub=f"a{number}"), KEY, "EdDSA"))
    assert len(tokens._good) == 3


def test_roles_of_others_mean_nothing() -> None:
    told = reader().read(jwt.encode(claims(roles=["offline_access", "agent"]), KEY, "EdDSA"))
    assert told.may(Role.AGENT)
    assert not told.may(Role.SUPERVISOR, Role.ADMIN)
    assert not reader().read(jwt.encode(claims(roles=None), KEY, "EdDSA")).may(*Role)


SHORT = rsa.generate_private_key(65537, 1024)


@pytest.mark.parametrize(
    "pem",
    ["", "x", pem_of(SHORT), pem_of(ec.generate_private_key(ec.SECP256R1()))],  # type: ignore[arg-type]
)
def test_other_keys_are_refused(pem: str) -> None:
    with pytest.raises(UnfitKey):
        public_key(pem)


def jwk(key: Any, kid: str, **more: str) -> dict[str, Any]:
    kind: Any = OKPAlgorithm if isinstance(key, ed25519.Ed25519PublicKey) else RSAAlgorithm
    made: dict[str, Any] = kind.to_jwk(key, as_dict=True)
    return {**made, "kid": kid, **more}


def test_of_an_issuers_keys_those_of_ours_are_taken() -> None:
    own = private_key(KEY).public_key()
    rows = [
        jwk(own, "ed"),
        jwk(RSA.public_key(), "rsa"),
        jwk(RSA.public_key(), "sealing", use="enc"),
        jwk(SHORT.public_key(), "short"),
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {"kty": "unheard of", "kid": "new"},
        {"kid": "nothing"},
    ]
    found = keys_in(json.dumps({"keys": rows}).encode())
    assert {kid: key.algorithm for kid, key in found.items()} == {"ed": "EdDSA", "rsa": "RS256"}


class Issuer:
    """What the issuer publishes, and how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.asked = 0
        self.up = True

    def publish(self, kid: str) -> str:
        """A new key's PEM."""
        pem = new_private_key()
        self.keys.append(jwk(private_key(pem).public_key(), kid))
        return pem

    def answer(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(200, json={"keys": self.keys}) if self.up else httpx.Response(502)


def token(pem: str, kid: str) -> str:
    return jwt.encode(claims(), pem, "EdDSA", {"kid": kid})


def follow(issuer: Issuer, scenario: Callable[[Jwks, Tokens], Any], floor_s: float = 0.2) -> None:
    async def run() -> None:
        async def locate(_: httpx.AsyncClient) -> str:
            return "https://issuer/keys"

        keys = Jwks(locate, 300.0, floor_s)
        async with httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer)) as client:
            task = asyncio.create_task(keys.run(client))
            await scenario(keys, Tokens(keys, "aicc", "aicc", 0.0))
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    asyncio.run(run())


async def is_read(tokens: Tokens, text: str) -> None:
    def read() -> bool:
        with suppress(KeyPending, BadToken):
            return bool(tokens.read(text))
        return False

    await until(read, 5, "the key does not come")


def test_a_new_key_is_asked_for_and_unknown_ones_seldom() -> None:
    issuer = Issuer()
    old = issuer.publish("old")

    async def scenario(keys: Jwks, tokens: Tokens) -> None:
        with pytest.raises(KeyPending):
            tokens.read(token(old, "old"))
        await is_read(tokens, token(old, "old"))
        assert issuer.asked == 1
        await is_read(tokens, token(issuer.publish("new"), "new"))
        assert issuer.asked == 2
        # Before the floor is over a forged id is refused at once, and the issuer hears nothing of it.
        for number in range(100):
            with pytest.raises(BadToken, match="unknown"):
                tokens.read(token(OTHER, f"forged-{number}"))
        assert issuer.asked == 2

    follow(issuer, scenario, floor_s=1.0)


def test_an_issuer_that_is_away_is_asked_again_and_its_keys_are_kept() -> None:
    issuer = Issuer()
    issuer.up = False
    old = issuer.publish("old")

    async def scenario(keys: Jwks, tokens: Tokens) -> None:
        await until(lambda: issuer.asked >= 2, 5, "it is not asked again")
        assert not keys.known
        issuer.up = True
        await is_read(tokens, token(old, "old"))
        issuer.up = False
        seen = issuer.asked

        def asked() -> bool:
            with suppress(KeyPending, BadToken):
                tokens.read(token(OTHER, "other"))
            return issuer.asked > seen

        await until(asked, 5, "it is not asked for the new key")
        assert tokens.read(token(old, "old")).sub == "x"

    follow(issuer, scenario)


NOW_MS = int(time.time() * 1000)
SESSION = session_id(3, NOW_MS, 7)


def passes(secret: str = "s", valid_s: float = 3_600.0) -> Passes:
    return Passes(secret, valid_s, required=True)


def test_a_pass_is_good_for_its_session_and_always_the_same() -> None:
    made = passes().of(SESSION)
    assert passes().of(SESSION) == made
    assert passes().fits(SESSION, made)
    assert not passes().fits(session_id(3, NOW_MS, 8), made)
    assert not passes("other").fits(SESSION, made)


@pytest.mark.parametrize("age_ms", [HOUR_MS + 1, 24 * HOUR_MS])
def test_a_pass_is_over_in_time(age_ms: int) -> None:
    old = session_id(3, NOW_MS - age_ms, 7)
    made = passes().of(old)
    assert not passes().fits(old, made)
    exp, _, mac = made.partition(".")
    assert not passes().fits(old, f"{int(exp) + 90_000}.{mac}")


@pytest.mark.parametrize(
    "text", ["", ".", "1", "x.y", "9" * 5_000 + ".x", "²." + "A" * 32, "1.é", "-1.x", "1..x"]
)
def test_other_texts_are_no_passes(text: str) -> None:
    assert not passes().fits(SESSION, text)
    assert not passes().fits("", text)


def test_claims_are_what_records_can_hold() -> None:
    assert set(Claims.__struct_fields__) >= {"sub", "roles", "pool", "partition"}
