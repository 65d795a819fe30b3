"""Seeds that must be good, bugs that must be found, and a kill wherever something is waited for."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from tests.simulation import load
from tests.simulation.__main__ import outcome
from tests.simulation.crashes import Point, Watch, points, unreached, watched
from tests.simulation.invariants import judge
from tests.simulation.world import simulate

SEEDS = 20
MANY = 2_000
FIRST_SEED = {
    "commit-before-acknowledgement": 0,
    "old-generation-taken": 53,
    "paused-owner-goes-on": 5,
    "offset-outside-transaction": 1,
    "cause-not-checked": 1,
    "tick-by-own-clock": 0,
    "failed-delivery-passed-over": 24,
    "hole-not-sought": 9,
    "snapshot-offset-forgotten": 53,
    "clock-not-in-watermark": 4,
    "timers-not-restored": 0,
}
"""Of each bug that a seed has found so far; the others are in docs/simulation.md."""

QUICK = ("commit-before-acknowledgement", "cause-not-checked", "offset-outside-transaction")
"""Looked for in the ordinary suite; all of them are with the faults."""

WATCHED = range(12)
SAYS = """
from tests.simulation import load
from tests.simulation.world import simulate

load.library()
world = simulate(2)
for place, records in sorted(world.broker.log.items()):
    print(place, [(record.timestamp, record.value) for record in records])
"""
"""Prints a seed's log."""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_happens_each_command_has_its_outputs_once(seed: int) -> None:
    done = outcome(seed)
    assert done.wrong == []
    assert done.commands >= 500
    assert done.faults.total() >= 5


def test_a_seed_gives_the_same_world_again() -> None:
    load.library()
    one, two = simulate(3), simulate(3)
    assert one.broker.log == two.broker.log
    assert one.postgres.rows == two.postgres.rows


def test_so_does_another_process_that_walks_its_sets_in_another_order() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", SAYS],
            env={**os.environ, "PYTHONHASHSEED": order},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for order in ("1", "2", "3")
    }
    assert len(said) == 1
    assert "conversation.events" in said.pop()


@pytest.mark.parametrize("bug", QUICK)
def test_a_bug_is_found_by_its_seed(bug: str) -> None:
    assert outcome(FIRST_SEED[bug], bug).wrong


@pytest.mark.faults
@pytest.mark.parametrize("bug", FIRST_SEED)
def test_each_bug_is_found_by_its_seed(bug: str) -> None:
    assert outcome(FIRST_SEED[bug], bug).wrong
    assert outcome(FIRST_SEED[bug]).wrong == []


@pytest.mark.faults
@pytest.mark.parametrize("hundred", range(SEEDS, MANY, 100))
def test_so_do_thousands_of_seeds(hundred: int) -> None:
    for seed in range(hundred, hundred + 100):
        assert outcome(seed).wrong == [], f"seed {seed}"


def reached() -> dict[Point, int]:
    """A seed that reaches each point."""
    known, by = points(), dict[Point, int]()
    for seed in WATCHED:
        watch = Watch(known)
        simulate(seed, watched(watch))
        for point in watch.reached:
            by.setdefault(point, seed)
    return by


@pytest.mark.faults
def test_every_wait_is_reached_and_survives_a_kill_once_and_twice() -> None:
    known, by = points(), reached()
    assert [str(point) for point in unreached(by, known)] == []
    struck = Counter[Point]()
    for point, seed in sorted(by.items()):
        for times in (1, 2):
            watch = Watch(known, point, times)
            world = simulate(seed, watched(watch))
            assert judge(world) == [], f"{point} seed {seed}, {times} times"
            assert watch.killed, f"{point} was not reached again"
            struck[point] += len(watch.killed)
    twice = [point for point, count in struck.items() if count == 3]
    print(f"{len(struck)} points, {len(twice)} of them twice in a row, of {len(known)}")
