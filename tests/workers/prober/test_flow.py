"""What goes through the stages, from how far they have come."""

from schemas.audit import Decided, RoutingEvent
from schemas.lag import Lag, PartitionLag, Standing
from schemas.ops import ContactFlow, StageFlow, TopicFlow
from workers.prober.flow import OVER_MS, ContactCounter, Flows


def lag(at_ms: int, *those: tuple[str, int, int, int]) -> Lag:
    """Group, partition, next offset and records left; all of one topic."""
    return Lag(
        at_ms=at_ms,
        partitions=tuple(
            PartitionLag(
                group=group,
                topic="t",
                partition=partition,
                records=records,
                seconds=records / 10,
                next_offset=at,
                standing=Standing.STUCK if records > 50 else Standing.OK,
                catchup_s=None if records > 50 else 0.5,
            )
            for group, partition, at, records in those
        ),
    )


def test_a_topic_counts_once_and_each_group_by_itself() -> None:
    flows = Flows()
    flows.hear(lag(0, ("a", 0, 100, 0), ("a", 1, 50, 0), ("b", 0, 100, 0), ("b", 1, 50, 0)))
    topics, stages = flows.hear(
        lag(2_000, ("a", 0, 140, 0), ("a", 1, 60, 0), ("b", 0, 100, 40), ("b", 1, 60, 0))
    )
    assert topics == (TopicFlow("t", 25.0),)
    assert stages == (
        StageFlow("a", "t", 25.0, 0, 0.0, Standing.OK, 0.5),
        StageFlow("b", "t", 5.0, 40, 4.0, Standing.OK, 0.5),
    )


def test_the_worst_partition_says_how_a_stage_stands() -> None:
    _, (stage,) = Flows().hear(lag(0, ("a", 0, 0, 60), ("a", 1, 0, 0)))
    assert (stage.standing, stage.catchup_s, stage.per_s) == (Standing.STUCK, None, 0.0)


def test_rates_are_of_the_last_seconds_and_never_below_zero() -> None:
    flows = Flows()
    for second in range(20):
        flows.hear(lag(second * 1_000, ("a", 0, 1_000 * second, 0)))
    (topic,), _ = flows.hear(lag(19_000 + OVER_MS, ("a", 0, 19_000, 0)))
    assert topic.per_s == 0.0
    (topic,), _ = flows.hear(lag(30_000, ("a", 0, 10, 0)))
    assert topic.per_s == 0.0


def test_contacts_are_counted_by_what_became_of_them() -> None:
    counter = ContactCounter()
    counter.read(1_000)
    for event, reason in (
        (Decided.ENQUEUED, ""),
        (Decided.ENQUEUED, ""),
        (Decided.ASSIGNED, ""),
        (Decided.CANCELED, "customer_abandoned"),
        (Decided.CANCELED, "closed"),
        (Decided.PRESENCE, ""),
    ):
        counter.hear(RoutingEvent(pool="p", event=event, reason=reason))
    assert counter.read(3_000) == ContactFlow(queued=1.0, answered=0.5, abandoned=0.5)
    assert counter.read(5_000 + 2 * OVER_MS) == ContactFlow()
