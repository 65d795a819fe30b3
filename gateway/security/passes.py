"""Customers' tokens: each is good for one session."""

import hmac
import time
from base64 import urlsafe_b64encode

from schemas.ids import created_at

_BYTES = 24
_MOST_DIGITS = 12


class Passes:
    """A pass is `<exp>.<mac>`, its MAC (HMAC-SHA256, 192 bits) over the session's id and `exp`. As `exp`
    counts from the time in the session's id, a session has one pass however often it is asked for.

    `required`: without one nobody is a session's customer. Else whoever knows the id is.
    """

    def __init__(self, secret: str, valid_s: float, *, required: bool) -> None:
        self.required = required
        self.secret = secret.encode()
        self._valid_s = valid_s

    def of(self, session_id: str) -> str:
        """The session's pass. Raises ValueError for what is no session id."""
        exp = int(created_at(session_id).timestamp() + self._valid_s)
        return f"{exp}.{self._mac(session_id, exp)}"

    def fits(self, session_id: str, token: str) -> bool:
        """Whether the pass is the session's, and not over."""
        text, _, mac = token.partition(".")
        if not (text.isascii() and text.isdecimal() and mac.isascii()) or len(text) > _MOST_DIGITS:
            return False
        exp = int(text)
        return hmac.compare_digest(mac, self._mac(session_id, exp)) and exp > time.time()

    def _mac(self, session_id: str, exp: int) -> str:
        told = hmac.digest(self.secret, f"{session_id}.{exp}".encode(), "sha256")
        return urlsafe_b64encode(told[:_BYTES]).decode()
