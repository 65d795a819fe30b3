"""Which part is named as the one that limits."""

import pytest

from loadgen.capacity.limit import limited_by


@pytest.mark.parametrize(
    ("cores", "busiest", "used", "more", "part"),
    [
        ({"gateway": 0.97, "kafka": 0.5}, {"gateway": 0.97, "kafka": 0.5}, 1.6, {}, "gateway"),
        ({"gateway": 0.7, "kafka": 0.9}, {"gateway": 0.7, "kafka": 0.6}, 1.95, {}, "kafka"),
        ({"gateway": 0.7, "generator": 0.8}, {"gateway": 0.7}, 1.95, {}, "generator"),
        ({"gateway": 0.3, "kafka": 0.4}, {"gateway": 0.3}, 1.95, {}, "other processes"),
        ({"gateway": 0.3}, {"gateway": 0.3}, 0.5, {"shed": 0.05}, "admission"),
        ({"gateway": 0.3}, {"gateway": 0.3}, 0.5, {"worst_endpoint": "connect"}, "connect"),
        ({"gateway": 1.0}, {"gateway": 1.0}, 1.9, {"generator_failed": True}, "generator"),
        ({}, {}, 0.5, {}, "target"),
    ],
)
def test_the_part(
    cores: dict[str, float], busiest: dict[str, float], used: float, more: dict[str, object], part: str
) -> None:
    assert limited_by(cores, busiest, 2, used, **more).part == part  # type: ignore[arg-type]
