"""The log of a platform at work, replayed and measured by aicc-routing's commands."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from tests.end_to_end.clients import Agent, Customer, begin
from tests.end_to_end.test_contact import closed, connected, customer, online
from tests.platform import Platform
from tests.waiting import until


def call(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = Path(sys.executable).parent / "aicc-routing"
    environ = {**os.environ, **platform.environment}
    return subprocess.run(
        [script, *arguments], check=False, capture_output=True, text=True, timeout=120, env=environ
    )


def test_the_platforms_own_log_is_replayed_to_the_byte_and_measured(platform: Platform) -> None:
    session = begin(platform, customer())
    with Customer(platform, session), Agent(platform, "support-7") as agent:
        online(agent)
        connected(platform, session)
        contact = agent.accept(session)
        agent.say(type="complete", contact_id=contact, disposition="solved")
        agent.entry("assignment.ended", contact_id=contact, reason="completed")
    closed(platform, session)
    done = call(platform, "replay", "--verify", "--contact", contact)
    assert done.returncode == 0, done.stderr
    told = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("    ")]
    assert told == ["enqueued", "offered", "assigned", "completed"]

    def measured(*how: str) -> str:
        return call(platform, "measures", "--json", *how).stdout

    # Leases of agents of other tests may still end meanwhile.
    asyncio.run(
        until(lambda: measured() == measured("--replay"), 60, "measures of the topic and of a replay differ")
    )
    assert msgspec.json.decode(measured())["queues"]["support"]["answered"] >= 1
