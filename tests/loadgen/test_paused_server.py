"""A server that stands still under open load: response_time must say what queueing theory says."""

import asyncio
import os
import signal
from time import perf_counter

import pytest
import uvloop

from loadgen.engine import Latencies
from loadgen.profiles.model import Mode, Stage
from loadgen.trust.calibration import Driven, drive
from loadgen.trust.null import Null, null_server

# So slow that what has queued (200 arrivals) is answered in no time: theory without a term for a server's
# rate m is wrong by r / (m - r), which at 300/s was 6 % on a machine that answered 5,500/s.
RATE = 100.0
SECONDS = 4.0
PAUSE_S = 2.0
# One request a connection is in flight during the pause: 2 % of all.
CONNECTIONS = 8


async def _pause(null: Null) -> float:
    """How long the server really stood still, as far as can be told from outside."""
    await asyncio.sleep(SECONDS / 3)
    began = perf_counter()
    os.kill(null.pid, signal.SIGSTOP)
    await asyncio.sleep(PAUSE_S)
    os.kill(null.pid, signal.SIGCONT)
    return perf_counter() - began


def test_all_that_should_have_been_sent_meanwhile_has_waited() -> None:
    """Arrivals are spread evenly over the pause of T s, and one at u waits T - u. So of all arrivals in D s
    a part (T - x) / D takes longer than x, and the mean is T² / 2D: coordinated omission would hide both."""

    async def run(null: Null) -> tuple[Driven, float]:
        load = drive(null.url, Mode.RATE, (Stage(SECONDS, RATE),), RATE, CONNECTIONS)
        driven, paused_s = await asyncio.gather(load, _pause(null))
        return driven, paused_s

    with null_server() as null:
        driven, paused_s = uvloop.run(run(null))
    assert driven.right == driven.count == pytest.approx(RATE * SECONDS, rel=0.002)
    response, sent = driven.response, Latencies()
    for tally in driven.whole.cells.values():
        sent.merge(tally.sent)

    assert response.mean_ms == pytest.approx(paused_s**2 / (2 * SECONDS) * 1000, rel=0.05)
    for share in (90, 95, 99):
        theory_s = paused_s - (1 - share / 100) * SECONDS
        assert response.percentile_ms(share) == pytest.approx(theory_s * 1000, rel=0.05), share
    # Only what was in flight shows it by http_req_duration: one request a connection.
    assert sent.percentile_ms(95) < 0.2 * response.percentile_ms(95)
    assert sent.mean_ms < 0.4 * response.mean_ms
