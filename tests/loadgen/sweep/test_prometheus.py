"""What a target says of itself between two looks."""

import pytest

from loadgen.sweep.prometheus import between, seen

BEFORE = """
# TYPE held_seconds histogram
held_seconds_bucket{route="a",le="0.01"} 10
held_seconds_bucket{route="a",le="0.1"} 10
held_seconds_bucket{route="a",le="+Inf"} 10
held_seconds_sum{route="a"} 1
held_seconds_count{route="a"} 10
# TYPE done counter
done_total 5
"""
AFTER = """
# TYPE held_seconds histogram
held_seconds_bucket{route="a",le="0.01"} 60
held_seconds_bucket{route="a",le="0.1"} 100
held_seconds_bucket{route="a",le="+Inf"} 100
held_seconds_sum{route="a"} 5
held_seconds_count{route="a"} 100
held_seconds_bucket{route="b",le="0.01"} 0
held_seconds_bucket{route="b",le="0.1"} 10
held_seconds_bucket{route="b",le="+Inf"} 10
held_seconds_sum{route="b"} 1
held_seconds_count{route="b"} 10
# TYPE done counter
done_total 25
"""


@pytest.mark.parametrize(
    ("name", "figure", "value"),
    [
        ("held_seconds", "mean", 0.05),
        ("held_seconds", "rate", 0.5),
        ("held_seconds", "p(50)", 0.01),
        ("held_seconds", "p(95)", 0.091),
        ("done", "rate", 2.0),
        ("nothing", "mean", None),
        ("nothing", "rate", None),
        ("nothing", "p(95)", None),
    ],
)
def test_figures_are_differences_over_all_labels(name: str, figure: str, value: float | None) -> None:
    found = between(seen(BEFORE, 100.0), seen(AFTER, 110.0), name, figure)
    assert found == (None if value is None else pytest.approx(value))


def test_beyond_the_last_bound_it_is_that_bound() -> None:
    after = seen(AFTER.replace('route="b",le="0.1"} 10', 'route="b",le="0.1"} 0'), 1.0)
    assert between(seen("", 0.0), after, "held_seconds", "p(99)") == 0.1
