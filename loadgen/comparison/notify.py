"""A verdict told to a webhook."""

import time
from collections.abc import Callable

import httpx

TRIES = 3
_TIMEOUT_S = 5.0
_FIRST_WAIT_S = 1.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


def notify(url: str, message: dict[str, object], sleep: Callable[[float], None] = time.sleep) -> str:
    """Posts it as JSON, up to TRIES times with waits that double; "" or why it was not taken. Raises nothing
    of the network's: who calls has a verdict to tell."""
    said = ""
    with httpx.Client(timeout=_TIMEOUT_S) as client:
        for number in range(TRIES):
            if number:
                sleep(_FIRST_WAIT_S * 2 ** (number - 1))
            try:
                answer = client.post(url, json=message)
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                return str(error)
            except httpx.HTTPError as error:
                said = repr(error)
                continue
            if answer.is_success:
                return ""
            said = f"status {answer.status_code}"
            if answer.status_code not in _AGAIN:
                return said
    return f"{said}, {TRIES} times"
