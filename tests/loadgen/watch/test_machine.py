"""The share of its machine that a run took."""

import pytest

from loadgen.watch import Seen
from loadgen.watch.machine import machine_use
from loadgen.watch.seen import MachineSeen

GB = 1 << 30


def _seen(*used: tuple[float, float], every_s: int = 5) -> list[Seen]:
    """Samples by cores in use since the one before, and GB of memory."""
    cpu_s, made = 0.0, []
    for nth, (cores, memory) in enumerate(used):
        cpu_s += cores * every_s
        machine = MachineSeen(at_s=nth * every_s, cpu_s=cpu_s, cpus=2, memory=10 * GB, used=int(memory * GB))
        made.append(Seen(at_ms=1000 * nth * every_s, machine=machine))
    return made


def test_the_busiest_minute_counts_and_the_highest_memory() -> None:
    found = machine_use(_seen(*[(0.2, 3)] * 20, *[(1.6, 4)] * 12, (0.2, 7), *[(0.2, 3)] * 20), 0)
    assert found
    assert found.cpu == pytest.approx(0.8)
    assert found.memory == pytest.approx(0.7)


def test_of_a_short_run_all_of_it_counts() -> None:
    found = machine_use(_seen((0, 1), (2, 1), (0, 1)), 0)
    assert found
    assert found.cpu == pytest.approx(0.5)


def test_a_machine_that_was_not_seen_has_no_figures() -> None:
    assert machine_use([Seen(at_ms=0), Seen(at_ms=1000)], 0) is None
    assert machine_use(_seen((1, 1), (1, 1)), began_ms=3_000) is None
