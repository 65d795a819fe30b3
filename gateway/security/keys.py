"""Keys of tokens: Ed25519 or RSA, each with the one algorithm that it is for."""

import logging
from typing import NamedTuple

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

log = logging.getLogger(__name__)
EDDSA, RS256 = "EdDSA", "RS256"
_LEAST_BITS = 2048
PrivateKey = Ed25519PrivateKey | RSAPrivateKey


class UnfitKey(ValueError):
    """The key can't be used."""


class Key(NamedTuple):
    """What verifies a signature. The algorithm is the key's: what a token says of it has no say."""

    algorithm: str
    public: Ed25519PublicKey | RSAPublicKey


class _KeySet(msgspec.Struct):
    keys: list[dict[str, object]]


_decode_set = msgspec.json.Decoder(_KeySet).decode


def new_private_key() -> str:
    """A fresh Ed25519 key, PEM."""
    return pem_of(Ed25519PrivateKey.generate())


def pem_of(key: PrivateKey) -> str:
    """The key as PKCS 8."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def private_key(pem: str) -> PrivateKey:
    """The key that signs. Raises UnfitKey."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnfitKey("it is no private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey | RSAPrivateKey):
        raise UnfitKey("it is neither Ed25519 nor RSA")
    return key


def public_key(pem: str) -> Key:
    """The key that verifies, of a public or a private one. Raises UnfitKey."""
    if "PRIVATE KEY" in pem:
        return fit(private_key(pem).public_key())
    try:
        return fit(load_pem_public_key(pem.encode()))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnfitKey(f"it is no key in PEM: {error}") from error


def fit(key: object) -> Key:
    """The key with its algorithm. Raises UnfitKey for other kinds, and for RSA of less than 2048 bits."""
    if isinstance(key, Ed25519PublicKey):
        return Key(EDDSA, key)
    if isinstance(key, RSAPublicKey) and key.key_size >= _LEAST_BITS:
        return Key(RS256, key)
    raise UnfitKey(f"it is neither Ed25519 nor RSA of {_LEAST_BITS} bits")


def keys_in(raw: bytes) -> dict[str, Key]:
    """The keys of a JWKS document (RFC 7517) by their ids; others than ours are left out, as an issuer may
    publish keys for other uses, too. Raises msgspec.DecodeError for what is no such document."""
    found: dict[str, Key] = {}
    for one in _decode_set(raw).keys:
        if one.get("use", "sig") != "sig":
            continue
        try:
            found[str(one.get("kid", ""))] = fit(jwt.PyJWK(one).key)
        except (jwt.PyJWTError, UnfitKey) as error:
            log.warning("a key of the issuer is left out: %s", type(error).__name__)
    return found
