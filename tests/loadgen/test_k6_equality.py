"""The same closed profile by k6 and by this generator: rates within 2 %, percentiles within 5 % or 1 ms."""

from pathlib import Path

from loadgen.trust.null import null_server
from tests.bench.equality import Equality, side_by_side
from tests.bench.rivals import Load, Ran

TRIES = 3
"""Whatever else the machine does can only drive them apart."""
RAN = Ran("", 10.0, 1.0)


def test_k6_and_this_generator_say_the_same(tmp_path: Path) -> None:
    with null_server(delay="uniform:0.02:0.06") as null:
        tries = [side_by_side(null.url, tmp_path, seconds=8)]
        while not tries[-1].holds and len(tries) < TRIES:
            tries.append(side_by_side(null.url, tmp_path, seconds=8))
    assert tries[-1].k6.requests > 2000
    assert tries[-1].holds, [one.differing for one in tries]


def test_what_differs_is_said() -> None:
    k6 = Load(1000, 0, RAN, {"50": 10.0, "95": 40.0})
    assert Equality(Load(1019, 0, RAN, {"50": 10.9, "95": 41.9}), k6, 10).holds
    assert Equality(Load(1021, 0, RAN, {"50": 10.0, "95": 40.0}), k6, 10).differing == ["rate by +2.1%"]
    assert Equality(Load(1000, 0, RAN, {"50": 11.1, "95": 42.1}), k6, 10).differing == [
        "p50 by +1.10 ms of 10.00",
        "p95 by +2.10 ms of 40.00",
    ]
    assert not Equality(Load(1000, 1, RAN, {"50": 10.0, "95": 40.0}), k6, 10).holds
