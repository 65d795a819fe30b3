"""Steps of calls, driven open-loop: what `make bench-channels` measures of the IVR."""

import asyncio
import time
import uuid
from typing import Any, NamedTuple

import aiohttp

PATH = "/ivr/process"
INPUTS = ("8", "3", "4711")
"""After the beginning: a wrong one, the order's branch, and its number, which ends the call."""

_TIMEOUT_S = 10.0


class Steps(NamedTuple):
    """What became of the steps: `latencies_ms` of those answered 200, from when each was due."""

    latencies_ms: list[float]
    failed: int
    sent: int
    took_s: float

    def percentile_ms(self, share: float) -> float:
        """0 where none was answered."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


async def drive(url: str, steps_per_s: float, seconds: float) -> Steps:
    """Calls begin at even times, so that `steps_per_s` steps are due a second whether or not those before
    are answered; a call's own steps follow each other as they are due. Lateness counts."""
    latencies: list[float] = []
    failed = sent = 0
    each_s = 1.0 / steps_per_s
    spread = len(INPUTS) + 1
    began = time.perf_counter()
    timeout = aiohttp.ClientTimeout(_TIMEOUT_S)

    async with aiohttp.ClientSession(
        url, timeout=timeout, connector=aiohttp.TCPConnector(limit=500)
    ) as client:

        async def step(due: float, body: dict[str, str]) -> dict[str, Any] | None:
            nonlocal failed, sent
            await asyncio.sleep(max(due - time.perf_counter(), 0.0))
            sent += 1
            try:
                async with client.post(PATH, json=body) as answer:
                    found: dict[str, Any] = await answer.json(content_type=None)
                    if answer.status == 200:
                        latencies.append((time.perf_counter() - due) * 1000)
                        return found
            except (aiohttp.ClientError, TimeoutError):
                pass
            failed += 1
            return None

        async def call(first_due: float) -> None:
            begun = await step(first_due, {"phone": f"+82{uuid.uuid4().int % 10**9:09}"})
            for number, said in enumerate(INPUTS, 1):
                if begun is None:
                    return
                body = {"session_id": begun["session_id"], "input": said, "message_id": uuid.uuid4().hex}
                # A second apart: a caller listens to the prompt first.
                await step(first_due + number, body)

        calls = max(int(steps_per_s * seconds / spread), 1)
        await asyncio.gather(*(call(began + number * each_s * spread) for number in range(calls)))
    return Steps(latencies, failed, sent, time.perf_counter() - began)
