"""What is asked of Postgres for a transcript whose newest part is in Redis."""

import asyncio
from typing import cast

import pytest
from redis.asyncio import Redis

from gateway.history import History
from gateway.realtime.feed import Entry
from gateway.realtime.stored import StoredFeeds
from infra.stack import LocalStack

LAST = 3


class Transcript:
    """A History that has the entries 1 to 3, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def transcript(self, session_id: str, after: int, before: int) -> list[Entry]:
        self.asked += 1
        return [Entry(seq, b"{}") for seq in range(after + 1, min(before, LAST + 1))]


@pytest.mark.parametrize(
    ("in_redis", "after", "wanted", "asks"),
    [
        ((1, 2, 3), 3, [], False),
        ((1, 2, 3), 1, [2, 3], False),
        ((2, 3), 0, [1, 2, 3], True),
        ((), 3, [], True),
        ((), 1, [2, 3], True),
    ],
    ids=["all known", "in the feed", "older ones", "no feed, all known", "no feed"],
)
def test_only_what_the_feed_leaves_open(
    stack: LocalStack, in_redis: tuple[int, ...], after: int, wanted: list[int], asks: bool
) -> None:
    async def story() -> None:
        history = Transcript()
        async with Redis.from_url(stack.redis.address) as redis:
            await redis.delete("session:stored")
            for seq in in_redis:
                await redis.xadd("session:stored", {"d": "{}"}, id=f"{seq}-0")
            feeds = StoredFeeds(redis, cast("History", history))
            found = [one.seq async for page in feeds.session("stored", after) for one in page]
        assert found == wanted
        assert (history.asked > 0) is asks

    asyncio.run(story())
