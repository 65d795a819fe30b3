"""Whether a webhook is the telephone system's own. Pure.

X-Twilio-Signature: base64 of HMAC-SHA1, keyed by the account's auth token, over the address as it was asked
for, query included, and each parameter's name and value, sorted by name
(Twilio, "Webhooks security: validating signatures").
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable

HEADER = b"x-twilio-signature"


def signature(auth_token: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """What the header has to be. Of a name that stands several times each value counts once."""
    said = url + "".join(name + value for name, value in sorted(set(parameters)))
    return b64encode(hmac.digest(auth_token.encode(), said.encode(), "sha1")).decode()


def is_genuine(auth_token: str, url: str, parameters: Iterable[tuple[str, str]], found: str) -> bool:
    """Compared in a time that says nothing."""
    return hmac.compare_digest(signature(auth_token, url, parameters).encode(), found.encode())
