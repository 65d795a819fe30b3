"""aicc-demo and the traffic against the real platform."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import uvloop

from loadgen.agents import seats
from loadgen.agents.pools import read_pools
from loadgen.calls import Calls
from loadgen.engine import FORM, Client
from loadgen.history import await_terminal
from loadgen.settings import LoadSettings
from loadgen.times import Duration
from loadgen.traffic import Load, Traffic
from loadgen.verify import compare, total
from runtime.settings import SettingsError
from tests.platform import Platform
from tests.waiting import until

DEMO = str(Path(sys.executable).with_name("aicc-demo"))


def run_demo(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"COLUMNS": "100"} | environ
    return subprocess.run(
        [DEMO, *arguments], check=False, capture_output=True, text=True, timeout=90, env=env
    )


def test_a_short_stream_ends_well(platform: Platform) -> None:
    ran = run_demo(
        *("drive", "--gateway", platform.base_url, "--contacts", "25", "--rate", "10", "--seed", "4"),
        **platform.environment,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for line in ("offered", "assigned to an agent", "rows in Postgres", "lost", "p95"):
        assert line in ran.stdout
    again = run_demo("drive", "--gateway", platform.base_url, "--contacts", "4", **platform.environment)
    assert re.search(r"assigned to an agent │ [0-4] ", again.stdout), again.stdout


def test_demo_agents_answer_a_chat_made_by_hand(platform: Platform) -> None:
    command = [DEMO, "agents", "--gateway", platform.base_url, "--agents", "2"]
    staying = subprocess.Popen(command, env=os.environ | platform.environment)
    try:
        uvloop.run(_chat_by_hand(platform.base_url))
    finally:
        staying.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert staying.wait(10) == 0
        assert time.monotonic() - began < 3


async def _chat_by_hand(url: str) -> None:
    async with Client(url, connections=2) as client:
        started = await client.post("/chat/start", b"customer_id=hand&message=Hi", FORM)
        session = started.body.decode().split('"session_id":"')[1][:36]
        await client.post("/agent/connect", f'{{"session_id":"{session}","queue":"support"}}'.encode())

        async def answered() -> bool:
            answer = await client.get(f"/consultation/history?session_id={session}&include=messages")
            return b"How can I help" in answer.body

        await until(answered, 20, "no demo agent greeted", every_s=0.3)
        await client.post("/chat/end", f'{{"session_id":"{session}"}}'.encode())


def test_traffic_on_the_platform_is_kept(platform: Platform, seed: int) -> None:
    async def run() -> None:
        chosen = seats(await read_pools(platform.stack.kafka.address), "support")
        load = Load(
            platform.base_url,
            contacts=60,
            rate=300,
            seconds=6,
            seed=seed,
            life_s=3,
            handling=Duration("lognormal", 1, 0.5),
        )
        report = await Traffic(load, platform.secret, chosen[:15]).run()
        assert report.breaches == []
        assert report.drained
        assert report.calls.errors == 0
        assert report.commands > 600
        async with Client(platform.base_url, connections=8) as client:
            read = await await_terminal(client, Calls(), report.journal.entries, 30)
        findings = total(compare(entry, items) for entry, items in read)
        assert findings.clean, findings.lines[:10]

    uvloop.run(run())


def test_no_kafka_is_said_clearly() -> None:
    ran = run_demo("drive", KAFKA_BOOTSTRAP="127.0.0.1:1", AICC_LOG_LEVEL="INFO")
    assert ran.returncode == 1
    assert "Kafka at 127.0.0.1:1 does not answer" in ran.stderr


def test_no_gateway_is_said_clearly(platform: Platform) -> None:
    command = [sys.executable, "-m", "loadgen.traffic", "--seconds", "1"]
    environ = os.environ | platform.environment | {"AICC_GATEWAY_PORT": "1"}
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environ)
    drive = run_demo("drive", **platform.environment, AICC_GATEWAY_PORT="1")
    for done in (ran, drive):
        assert done.returncode == 1
        assert done.stderr.startswith("Error: The gateway at http://127.0.0.1:1 does not answer.")


def test_an_unknown_queue_is_said_clearly(platform: Platform) -> None:
    ran = run_demo("drive", "--queue", "nowhere", **platform.environment)
    assert ran.returncode == 2
    assert "No agent is configured for the queue 'nowhere'" in ran.stderr


def test_help_has_examples() -> None:
    ran = run_demo("--help")
    assert ran.returncode == 0
    assert "aicc-demo drive --contacts 100" in ran.stdout


def test_the_key_comes_from_the_local_platform_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="AICC_JWT_KEY"):
        LoadSettings(var=tmp_path).secret()
    (tmp_path / "jwt.key").write_text("kept")
    (tmp_path / "other").write_text("given")
    assert LoadSettings(var=tmp_path).secret() == "kept"
    assert LoadSettings(var=tmp_path, jwt_key=str(tmp_path / "other")).secret() == "given"
