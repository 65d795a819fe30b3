"""The mix of requests against the platform, with its agents at work."""

import asyncio
from collections import Counter

import pytest
import uvloop

from loadgen.agents import seats
from loadgen.agents.pools import read_pools
from loadgen.profiles import load
from loadgen.results.window import Window
from loadgen.run import Plan, execute
from loadgen.settings import agent_token
from tests.loadgen.run.profiles import kinds, total
from tests.platform import SYNTHETIC, Platform

SECONDS, PER_S = 6, 5


def test_the_mix_is_answered_right_and_agents_suffice(platform: Platform) -> None:
    """No message meets a chat that is over: agents need longer than customers write."""
    profile = load("mixed", [f"stages={SECONDS}s:{PER_S}", f"start={PER_S}"])
    chosen = seats(asyncio.run(read_pools(platform.stack.kafka.address)), "support", synthetic=True)
    assert len(chosen) == SYNTHETIC
    tokens = [agent_token(platform.secret, seat.agent_id, seat.pool, seat.partition) for seat in chosen]
    plan = Plan(
        profile, platform.base_url, "mix", processes=0, seats=tuple(chosen), agent_tokens=tuple(tokens)
    )
    windows: list[Window] = []
    outcome = uvloop.run(execute(plan, windows.append))
    assert outcome.complete, outcome
    assert not outcome.breaches
    whole = total(windows)
    found = kinds(whole)
    assert {kind for _, kind in found} <= {"ok", "shed"}, found
    contacts = SECONDS * PER_S
    asked = Counter({name: sum(found[name, kind] for kind in ("ok", "shed")) for name, _ in found})
    assert asked["start"] == contacts
    assert asked["connect"] == found["start", "ok"]
    assert asked.total() == pytest.approx(contacts / 0.12, rel=0.25)
    assert whole.counts["contacts.assigned"] >= 0.95 * found["connect", "ok"]
    assert whole.counts["agents.complete"] > 0
