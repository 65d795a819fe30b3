"""What a process answers who asks whether it is ready and whether it lives."""

import asyncio
import time
import urllib.error
import urllib.request

import pytest

from runtime import pulse
from runtime.health import serve_health
from tests.loadgen.servers import free_port


def _status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _stand_still(seconds: float) -> None:
    time.sleep(seconds)


def test_ready_is_what_it_was_told_and_live_that_the_loop_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    port, ready = free_port(), [False]
    serve_health(port, lambda: ready[0], "0.0.0.0")
    assert (_status(port, "/ready"), _status(port, "/nothing")) == (503, 503)
    ready[0] = True
    assert (_status(port, "/ready"), _status(port, "/metrics")) == (200, 200)
    monkeypatch.setattr(pulse, "LIFELESS_S", 0.5)

    async def turn() -> None:
        feeling = asyncio.ensure_future(pulse.feel_pulse())
        await asyncio.sleep(0)
        assert _status(port, "/live") == 200
        _stand_still(0.6)
        assert _status(port, "/live") == 503
        await asyncio.sleep(0.3)
        assert _status(port, "/live") == 200
        feeling.cancel()

    asyncio.run(turn())
