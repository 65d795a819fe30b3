"""Signatures by the Standard Webhooks specification: HMAC-SHA256 over id, time and body."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable

from schemas.webhooks import SECRET_PREFIX

Headers = dict[str, str]


def sign(secret: str, identity: str, unix_s: int, body: bytes) -> str:
    """One signature, `v1,<base64>`; the secret is `whsec_<base64>`."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.digest(key, b"%s.%d.%s" % (identity.encode(), unix_s, body), "sha256")
    return f"v1,{b64encode(signed).decode()}"


def signed_headers(secrets: Iterable[str], identity: str, unix_s: int, body: bytes) -> Headers:
    """The three headers; a signature by each secret, so that receivers may change theirs in peace."""
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(unix_s),
        "webhook-signature": " ".join(sign(secret, identity, unix_s, body) for secret in secrets),
    }
