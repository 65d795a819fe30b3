"""What entities say of themselves beside their decisions, for people to look at."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from schemas.codec import Record, encode, type_of
from schemas.envelope import headers
from schemas.topics import Topic
from streams.harness.decider import Life, Moment
from streams.harness.partition import Partition
from streams.harness.sent import Sent


class Reporting(NamedTuple):
    """Where it goes, and what makes it of a state; it may change nothing, and None is nothing to say."""

    topic: Topic
    report: Callable[[Any, Moment], Record | None]

    def of(self, partition: Partition[Any, Any]) -> Iterator[Sent]:
        """Of each living entity in memory; one at rest has nothing new to say."""
        now = Moment(partition.clock.at_ms, partition.clock.appended_ms)
        for name, entity in partition.hot.items():
            made = self.report(entity.state, now) if entity.life is Life.LIVE else None
            if made is not None:
                told = headers(name, type_of(made))
                yield Sent(self.topic.name, 0, name.encode(), encode(made), told)
