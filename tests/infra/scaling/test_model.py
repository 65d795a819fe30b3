"""The model beside what was measured, and how its answers move with its inputs."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from infra.scaling.model import Coefficients, Prices, Size, need, rate
from infra.scaling.paper import main

OF, PRICES, SIZE = Coefficients(), Prices(), Size()
MEASURED = {1: (28_579, 22_663), 2: (52_312, 25_469)}
"""docs/benchmarks.md, bench-scale: outputs a second of both runs, beside other work."""
BAND = 0.37


@pytest.mark.parametrize("workers", [1, 2])
def test_it_says_of_one_and_two_workers_what_was_measured_within_the_band(workers: int) -> None:
    for measured in MEASURED[workers]:
        assert abs(rate(workers, OF) / measured - 1) <= BAND


def test_conversations_and_restores_are_what_the_larger_run_measured() -> None:
    assert OF.conversation_bytes * 100_000 / 2**20 == pytest.approx(141)
    assert OF.restore_s * 20_000 == pytest.approx(6.3, rel=0.3)  # the smaller run, not used to fit


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"conversations": 4_000_000}, "workers"),
        ({"conversations": 4_000_000}, "memory_gib"),
        ({"messages_per_s": 1.0}, "brokers"),
        ({"agents": 40_000}, "pools"),
        ({"restore_s": 5.0}, "workers"),
    ],
)
def test_more_of_it_needs_more(more: dict[str, float], what: str) -> None:
    larger = need(replace(SIZE, **more), OF, PRICES)  # type: ignore[arg-type]
    assert getattr(larger, what) > getattr(need(SIZE, OF, PRICES), what)
    assert larger.cost_a_month > need(SIZE, OF, PRICES).cost_a_month or what == "pools"


def test_the_command_prints_the_paper_size() -> None:
    found = CliRunner().invoke(main, [])
    assert found.exit_code == 0, found.output
    assert "partitions" in found.output
