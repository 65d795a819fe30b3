"""What follows a try."""

import random

import pytest

from schemas.webhooks import DeliveryState
from workers.webhooks.retrying import Outcome, Schedule, Verdict, judge

SCHEDULE = Schedule(first_s=4.0, factor=2.0, most_s=20.0, tries=5)


@pytest.mark.parametrize(
    ("outcome", "tries", "verdict"),
    [
        (Outcome(200), 1, Verdict(DeliveryState.DELIVERED)),
        (Outcome(299), 9, Verdict(DeliveryState.DELIVERED)),
        (Outcome(410), 1, Verdict(DeliveryState.DEAD, gone=True)),
        (Outcome(500), 5, Verdict(DeliveryState.DEAD)),
        (Outcome(error="refused"), 6, Verdict(DeliveryState.DEAD)),
    ],
)
def test_what_ends_a_delivery(outcome: Outcome, tries: int, verdict: Verdict, rng: random.Random) -> None:
    assert judge(outcome, tries, SCHEDULE, rng) == verdict


@pytest.mark.parametrize("outcome", [Outcome(301), Outcome(199), Outcome(404), Outcome(503), Outcome()])
@pytest.mark.parametrize(("tries", "planned_s"), [(1, 4.0), (2, 8.0), (3, 16.0), (4, 20.0)])
def test_the_next_try_comes_later_each_time(
    outcome: Outcome, tries: int, planned_s: float, rng: random.Random
) -> None:
    waits = [judge(outcome, tries, SCHEDULE, rng) for _ in range(50)]
    assert {verdict.state for verdict in waits} == {DeliveryState.PENDING}
    assert all(0.75 * planned_s <= verdict.wait_s <= 1.25 * planned_s for verdict in waits)
    assert len({verdict.wait_s for verdict in waits}) > 40


def test_an_endpoint_may_ask_for_more_time_but_not_for_ever(rng: random.Random) -> None:
    assert judge(Outcome(429, retry_after_s=15.0), 1, SCHEDULE, rng).wait_s == 15.0
    assert judge(Outcome(429, retry_after_s=1e9), 1, SCHEDULE, rng).wait_s == 20.0


def test_the_defaults_take_hours(rng: random.Random) -> None:
    schedule = Schedule()
    waits = [judge(Outcome(500), tries, schedule, rng).wait_s for tries in range(1, schedule.tries)]
    assert 15 * 3600 < sum(waits) < 25 * 3600
