"""A consumer rests after a fetch that brought records, and only then."""

import asyncio
import time

from runtime.pacing import paced

REST_S = 0.2


async def asked(*fetches: tuple[int, bool]) -> list[float]:
    """When each fetch of (broker, whether it brings records) was sent, one after the other."""
    sent: list[float] = []
    answers = iter(found for _, found in fetches)

    async def fetch(_: object, __: int, ___: object) -> bool:
        sent.append(time.monotonic())
        return next(answers)

    rested = paced(fetch, REST_S)
    assert [await rested(None, node, None) for node, _ in fetches] == [found for _, found in fetches]
    return [at - sent[0] for at in sent]


def test_it_rests_after_records_and_by_broker() -> None:
    first, second, other, after = asyncio.run(asked((1, True), (1, True), (2, True), (1, False)))
    assert first < 0.01
    assert second >= REST_S
    assert other - second < REST_S / 2
    assert after - second >= REST_S


def test_it_asks_again_at_once_where_nothing_came() -> None:
    assert asyncio.run(asked((1, False), (1, False), (1, True)))[-1] < REST_S / 2
