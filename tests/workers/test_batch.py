"""Cutting what was fetched into batches."""

from types import SimpleNamespace
from typing import Any

import pytest

from workers.batch import Batch, Place


@pytest.mark.parametrize(
    ("sizes", "records", "most_bytes", "cuts"),
    [
        ((1, 1, 1, 1, 1), 2, 100, [(10, 12), (12, 14), (14, 15)]),
        ((40, 40, 40), 100, 80, [(10, 12), (12, 13)]),
        ((200, 1, 1), 100, 80, [(10, 11), (11, 13)]),  # one that is too large goes alone
        ((1, 200), 100, 80, [(10, 11), (11, 12)]),
        ((None, None), 100, 80, [(10, 12)]),  # deletions
        ((1,), 1, 1, [(10, 11)]),
    ],
)
def test_batches_follow_one_another_within_their_limits(
    sizes: tuple[int | None, ...], records: int, most_bytes: int, cuts: list[tuple[int, int]]
) -> None:
    made: Any = [
        SimpleNamespace(offset=10 + number, value=None if size is None else b"x" * size)
        for number, size in enumerate(sizes)
    ]
    batches = list(Batch(Place("t", 0), 10, made).cut(records, most_bytes))
    assert [(batch.begin, batch.end) for batch in batches] == cuts
    assert [record for batch in batches for record in batch.records] == made


def test_a_hole_before_the_first_record_belongs_to_the_first_batch() -> None:
    made: Any = [SimpleNamespace(offset=offset, value=b"x") for offset in (12, 15)]
    batches = list(Batch(Place("t", 0), 10, made).cut(1, 100))
    assert [(batch.begin, batch.end) for batch in batches] == [(10, 13), (13, 16)]
