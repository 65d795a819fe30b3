"""Waiting out what passes."""

import asyncio
from collections.abc import Callable
from itertools import islice, pairwise

import pytest

from workers.backoff import delays, persist
from workers.errors import GivenUp


def test_delays_double_up_to_the_most() -> None:
    first = list(islice(delays(0.1, 1.0), 8))
    assert first[:4] == [0.1, 0.2, 0.4, 0.8]
    assert set(first[4:]) == {1.0}
    assert all(a <= b for a, b in pairwise(first))


def failing(times: int, error: Exception) -> Callable[[], asyncio.Future[str]]:
    left = [times]

    def attempt() -> asyncio.Future[str]:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        left[0] -= 1
        if left[0] >= 0:
            future.set_exception(error)
        else:
            future.set_result("done")
        return future

    return attempt


def run(attempt: Callable[[], asyncio.Future[str]], patience_s: float) -> str:
    async def inside() -> str:
        return await persist(attempt, (OSError,), patience_s, "trying")

    return asyncio.run(inside())


def test_a_passing_fault_is_waited_out() -> None:
    assert run(failing(2, OSError("gone")), patience_s=5.0) == "done"


def test_one_that_stays_is_given_up() -> None:
    with pytest.raises(GivenUp, match="trying: OSError"):
        run(failing(100, OSError("gone")), patience_s=0.1)


def test_a_bug_is_raised_at_once() -> None:
    with pytest.raises(KeyError):
        run(failing(1, KeyError("bug")), patience_s=5.0)
