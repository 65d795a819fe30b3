"""Whole contacts against the stand-in: what is well passes, and each fault is found."""

import asyncio
from pathlib import Path

import pytest
import uvloop

from loadgen.agents import Seat
from loadgen.drive import Outcome, Plan, Watcher, drive
from loadgen.journal import read_journal
from loadgen.traffic import Load, Traffic
from tests.loadgen.servers import Served, served
from tests.loadgen.stand_in import CAPACITY, SECRET

APP = "tests.loadgen.stand_in:app"


def seats(count: int) -> list[Seat]:
    return [Seat(f"agent-{number}", "demo", 0, CAPACITY) for number in range(1, count + 1)]


def driven(fault: str, monkeypatch: pytest.MonkeyPatch, settle_s: float = 20) -> Outcome:
    monkeypatch.setenv("AICC_STAND_IN", fault)
    with served(APP) as server:
        plan = Plan(server.url, contacts=16, rate=30, seed=3, queue="support", settle_s=settle_s)
        return uvloop.run(drive(plan, SECRET, seats(2), Watcher()))


@pytest.mark.parametrize("fault", ["", "cut"])
def test_nothing_is_found_where_all_is_well(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = driven(fault, monkeypatch)
    assert outcome.findings.lines == ()
    assert outcome.breaches == []
    assert outcome.fine
    assert (outcome.offered, outcome.accepted, outcome.calls.errors) == (16, 16, 0)
    assert 0 < outcome.completed <= outcome.assigned <= 16
    assert outcome.statuses.total() == 16
    assert outcome.rows > 48
    assert {line.name for line in outcome.calls.lines()} == {"start", "message", "connect", "end", "history"}


@pytest.mark.parametrize("fault", ["gap", "repeat", "capacity", "two_agents"])
def test_faults_in_the_feeds_are_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = driven(fault, monkeypatch, settle_s=3)
    assert fault in {breach.kind for breach in outcome.breaches}
    assert not outcome.fine


@pytest.mark.parametrize("fault", ["lost", "doubled"])
def test_faults_in_history_are_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = driven(fault, monkeypatch, settle_s=1).findings
    assert {"lost": findings.lost, "doubled": findings.doubled}[fault] >= 16


def test_traffic_keeps_its_numbers_and_drains(tmp_path: Path) -> None:
    """At a rate that half a busy machine has."""
    journal = tmp_path / "journal.jsonl"
    with served(APP) as server:
        load = Load(server.url, contacts=60, rate=150, seconds=4, life_s=3, journal=journal)
        report = uvloop.run(Traffic(load, SECRET, seats(10)).run())
    assert report.drained
    assert report.breaches == []
    assert report.per_s == pytest.approx(150, rel=0.1)
    assert report.least_live >= 50
    assert len(read_journal(journal)) == len(report.journal.entries) > 60
    assert all(entry.ended_at for entry in report.journal.entries)
    assert report.customers["received"] > 0
    assert report.agents["sent.complete"] > 0


def test_traffic_outlives_its_server() -> None:
    """The stand-in forgets all when killed, so only that nothing is raised can be asked here."""

    async def run(server: Served) -> None:
        load = Load(server.url, contacts=30, rate=200, seconds=6, timeout_s=1)
        traffic = Traffic(load, SECRET, seats(4))
        running = asyncio.create_task(traffic.run(drain_s=5))
        await asyncio.sleep(1.5)
        before = traffic.now
        server.kill()
        await asyncio.sleep(1)
        await asyncio.to_thread(server.start)
        await asyncio.sleep(2.5)
        after = traffic.now
        report = await running
        assert min(before.live, after.live) >= 25
        assert min(before.per_s, after.per_s) > 150
        assert report.calls.kinds["start"]["ok"] > 30
        assert report.calls.errors > 0

    with served(APP) as server:
        uvloop.run(run(server))
