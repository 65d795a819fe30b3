"""The routing simulation, small: a queue with the real rules behaves as queueing theory says."""

import random

import pytest

from tests.bench.paper import Center, Plan, expected


def test_a_pool_waits_as_erlang_c_says_and_books_nobody_twice(rng: random.Random) -> None:
    plan = Plan(agents=20, occupancy=0.85, aht_s=60.0, seconds=12_000.0, warm_up_s=1_000.0)
    ran = Center(plan, rng).run()
    share, mean_s, _, _ = expected(plan)
    waited = sum(wait > 0 for wait in ran.waits_s) / len(ran.waits_s)
    assert (ran.doubled, ran.lost) == (0, 0)
    assert waited == pytest.approx(share, abs=0.15)
    assert 0.3 * mean_s < sum(ran.waits_s) / len(ran.waits_s) < 3.0 * mean_s


def test_who_has_too_few_agents_lets_them_wait_longer_and_longer(rng: random.Random) -> None:
    ran = Center(Plan(agents=20, occupancy=1.3, aht_s=60.0, seconds=2_000.0, warm_up_s=0.0), rng).run()
    assert ran.doubled == 0
    assert ran.waits_s[-1] > 200.0
