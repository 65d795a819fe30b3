"""The soak's table and figures from a kept run, and the servers' ceilings from their settings."""

import json
from pathlib import Path

import msgspec
import pytest

from loadgen.recovery.kept import LAG, RecoveryKept, write
from loadgen.results.recording import Ended
from loadgen.soak.memory import MB
from loadgen.watch import Seen
from loadgen.watch.seen import ProcessSeen
from tests.bench.ceilings import Ceiling, kafka_ceiling, postgres_ceiling, redis_ceiling
from tests.bench.soak import Soaked, figures, rows, soaked
from tests.loadgen.results.test_recording import Stopped, begun
from tests.loadgen.results.windows import window

SECONDS, BEGAN_MS, AIM = 180, 5_000, 10.0
LIMITS = {"redis": Ceiling(64.0 * MB, "maxmemory"), "kafka": Ceiling(None, "no -Xmx")}


def _kept(directory: Path, mb_per_h: float, restarts_at: int = SECONDS, kind: str = "ok") -> Soaked:
    """A run of three minutes; one process grows, and may be started anew."""
    recording = begun(directory, Stopped(), {})
    for second in range(SECONDS):
        recording.heard(window(second, 0, start={kind: [0.01]}))
    recording.close(Ended(float(SECONDS)))
    with (directory / LAG).open("wb") as lag:
        for at in range(0, SECONDS, 5):
            pid = 7 if at < restarts_at else 8
            held = {("gateway", pid): 80 + mb_per_h * at / 3600, ("redis", 9): 10, ("kafka", 10): 300}
            processes = tuple(
                ProcessSeen(name=name, pid=one, pss=int(mb * MB), cpu_s=0.0)
                for (name, one), mb in held.items()
            )
            lag.write(msgspec.json.encode(Seen(at_ms=BEGAN_MS + 1000 * at, processes=processes)) + b"\n")
    write(directory, RecoveryKept(began_ms=BEGAN_MS, factor=1.0, spikes=[]))
    return soaked(directory)


@pytest.mark.parametrize(("mb_per_h", "met"), [(0.0, True), (20.0, False)])
def test_a_process_is_held_against_the_aim_and_a_server_against_its_ceiling(
    tmp_path: Path, mb_per_h: float, met: bool
) -> None:
    of = _kept(tmp_path / "r1", mb_per_h)
    made = {row.name: row for row in rows(of, LIMITS, AIM)}
    told = json.loads(json.dumps(figures(of, LIMITS, AIM, 3.0)))
    assert of.why_invalid == ""
    assert made["gateway"].met is met
    assert made["redis"].met is True
    assert made["kafka"].met is False, "a server without a ceiling is under none"
    assert (told["worst_process"], told["valid"]) == ("gateway", True)
    assert told["worst_mb_per_h"] == pytest.approx(mb_per_h, abs=0.1)
    assert told["leaking"] == ([] if met else ["gateway"])
    assert told["p95_ms_per_h"][0] == pytest.approx(0.0)


def test_a_restart_and_refused_load_make_it_invalid(tmp_path: Path) -> None:
    restarted = _kept(tmp_path / "r1", 0.0, restarts_at=100)
    assert "gateway (8) began at 100 s" in restarted.why_invalid
    made = rows(restarted, LIMITS, AIM)
    assert not any(row.met for row in made)
    assert any(row.name == "started anew" for row in made)
    refused = _kept(tmp_path / "r2", 0.0, kind="shed")
    assert "did not carry this load" in refused.why_invalid


def test_ceilings_come_from_the_settings() -> None:
    java = ["java", "-Xmx512m", "-XX:+UseG1GC", "kafka.Kafka"]
    assert kafka_ceiling(java) == (
        (512 + 512 + 240) * MB,
        "-Xmx 512 MB + direct buffers 512 MB + compiled code 240 MB",
    )
    assert kafka_ceiling([*java, "-XX:MaxDirectMemorySize=64m"]).bytes == (512 + 64 + 240) * MB
    assert kafka_ceiling(["java"]).bytes is None
    assert redis_ceiling(0).bytes is None
    assert redis_ceiling(5 * MB).bytes == 5 * MB
    settings = {
        "shared_memory_size": 143 * MB,
        "max_connections": 200,
        "work_mem": 4 * MB,
        "autovacuum_max_workers": 3,
        "maintenance_work_mem": 64 * MB,
    }
    assert postgres_ceiling(settings).bytes == (143 + 800 + 192) * MB
