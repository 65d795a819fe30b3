"""What a process feels of itself."""

import asyncio
import gc
import time
from contextlib import suppress

from prometheus_client import REGISTRY

from runtime.pulse import feel_pulse
from tests.waiting import until


def _value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def _stand_still(seconds: float) -> None:
    time.sleep(seconds)


def test_a_blocked_loop_and_a_collection_are_seen() -> None:
    async def scenario() -> None:
        pulse = asyncio.create_task(feel_pulse())
        await asyncio.sleep(0)
        late = _value("aicc_loop_lag_seconds_sum")
        collections = _value("aicc_gc_pause_seconds_count", generation="2")
        _stand_still(0.6)
        await until(lambda: _value("aicc_loop_lag_seconds_sum") - late > 0.3, 10, "nobody noticed")
        gc.collect()
        assert _value("aicc_gc_pause_seconds_count", generation="2") > collections
        pulse.cancel()
        with suppress(asyncio.CancelledError):
            await pulse

    asyncio.run(scenario())
