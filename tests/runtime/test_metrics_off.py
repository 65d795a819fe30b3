"""With AICC_METRICS=false nothing is counted, and all goes on."""

import os
import subprocess
import sys

import pytest

_USE = """
import asyncio
from prometheus_client import generate_latest
from runtime import metrics
from runtime.pulse import feel_pulse, watch_collections
metrics.REQUESTS.labels("GET", "/", "200").inc()
metrics.LOOP_LAG_SECONDS.observe(1.0)
metrics.WAITING.set_function(lambda: 3)
metrics.LAG_AT.set(1.5)
metrics.ADMISSION_LEVEL.set(0)
assert not [sample for one in metrics.REQUESTS.collect() for sample in one.samples] or not {off}
async def beat():
    pulse = asyncio.ensure_future(feel_pulse())
    await asyncio.wait({{pulse}}, timeout=0.05)
    assert not pulse.done()
    pulse.cancel()
asyncio.run(beat())
print("aicc_" in generate_latest().decode())
"""


@pytest.mark.parametrize(
    ("value", "shown"), [("false", "False"), ("0", "False"), ("true", "True"), ("", "True")]
)
def test_what_is_shown(value: str, shown: str) -> None:
    command = [sys.executable, "-c", _USE.format(off=shown == "False")]
    ran = subprocess.run(
        command, env=os.environ | {"AICC_METRICS": value}, check=True, stdout=subprocess.PIPE, text=True
    )
    assert ran.stdout.strip() == shown
