"""Measures of logs that are small enough to be counted by hand."""

from collections.abc import Iterable
from typing import Any

import pytest

from schemas.audit import Decided, RoutingEvent
from schemas.states import Channel, Presence
from streams.insight.measures import Measures, Terms
from streams.insight.meter import ALL, measure
from tests.streams.insight.events import (
    assigned,
    at,
    canceled,
    completed,
    enqueued,
    event,
    offered,
    presence,
    requeued,
    served,
    wrapping,
)


def log(*parts: RoutingEvent | Iterable[RoutingEvent]) -> list[RoutingEvent]:
    """In the order of time."""
    events = [found for part in parts for found in ([part] if isinstance(part, RoutingEvent) else list(part))]
    return sorted(events, key=lambda found: found.at_ms)


def of(events: Iterable[RoutingEvent], queue: str = "q", until_s: float = 1000, **terms: Any) -> Measures:
    return measure(events, Terms(**terms), at(until_s)).queues[queue]


HOUR = log(
    presence(0, "a1"),
    served("c1", "a1", 0, 10, 100, 110),  # waited 10 s, talked 90, wrapped up 10
    served("c2", "a1", 80, 120, 180, 180),  # waited 40 s, talked 60
    [enqueued(85, "c3"), canceled(88, "c3")],  # left after 3 s: a short abandon
    [enqueued(90, "c4"), canceled(150, "c4")],  # left after 60 s
    [enqueued(200, "c5"), canceled(200, "c5", "max_depth")],  # turned away at the door
    [enqueued(210, "c6"), canceled(270, "c6", "max_wait")],  # waited for as long as it may
    served("c7", "a1", 300, 320, 400, 430),  # waited 20 s, talked 80, wrapped up 30
    enqueued(990, "c8"),  # still waits, for 10 s
    presence(500, "a1", Presence.CUSTOM),
    presence(600, "a1", Presence.OFFLINE),
)


def test_an_hour_by_hand() -> None:
    found = of(HOUR)
    counts = (found.queued, found.answered, found.abandoned, found.abandoned_short, found.canceled)
    assert counts == (7, 3, 2, 1, 1)
    assert (found.refused, found.waiting, found.undecided) == (1, 1, 1)
    assert +found.reasons == {"max_depth": 1, "max_wait": 1}
    assert found.answered_within == 2
    assert found.answered_within_over_queued == 2 / 6
    assert found.removed_within_over_queued == 3 / 6  # two were answered in time, one left
    assert found.answered_within_over_answered_and_abandoned == 2 / 5
    assert found.answered_within_over_answered_and_abandoned_without_short_abandons == 2 / 4
    assert found.answered_within_over_answered == 2 / 3
    assert found.answered_or_abandoned_within_over_answered_and_abandoned == 3 / 5
    assert found.asa_s == (10 + 40 + 20) / 3
    assert found.average_time_to_abandon_s == (3 + 60) / 2
    assert found.longest_wait_s == 60
    assert found.aht_s == (100 + 60 + 110) / 3
    assert (found.talk_average_s, found.wrap_up_average_s) == (230 / 3, 40 / 3)
    assert found.abandon_rate == 2 / 5
    assert found.abandon_rate_without_short_abandons == 1 / 4
    assert found.occupancy == (100 + 60 + 110) / 500
    assert found.occupancy_over_present == 270 / 600
    # Slots are held from the offer on, 2 s before each accept, one at a time.
    assert found.slot_utilisation == (102 + 62 + 112) / 500


def test_all_queues_are_one_where_there_is_one() -> None:
    assert of(HOUR, ALL) == of(HOUR, "q")


def test_a_target_of_its_own() -> None:
    assert of(HOUR, within_s=40).answered_within == 3
    assert of(HOUR, within_s=5).answered_within == 0
    assert of(HOUR, within_s=5).undecided == 0
    assert of(HOUR, short_s=3).abandoned_short == 0


def test_counts_stand_in_the_interval_of_arrival_and_time_in_its_own() -> None:
    events = log(presence(0, "a1"), served("c1", "a1", 850, 880, 950, 1000), presence(1800, "a1"))
    found = measure(events, Terms(interval_s=900), at(1800)).intervals
    first, second = found["q", at(0)], found["q", at(900)]
    assert (first.queued, first.answered, second.queued) == (1, 1, 0)
    assert (first.handled, first.aht_s) == (1, 120)
    assert (first.handling_s, second.handling_s) == (20, 100)
    assert (first.staffed_s, second.staffed_s) == (900, 900)
    assert (first.occupancy, second.occupancy) == (20 / 900, 100 / 900)


def test_a_window_leaves_the_rest_out() -> None:
    found = of(HOUR, from_ms=at(80), to_ms=at(300))
    assert (found.queued, found.answered) == (4, 1)
    assert found.handling_s == (110 - 80) + (180 - 120)
    assert found.staffed_s == 220


def test_a_requeue_counts_from_the_first_arrival() -> None:
    events = log(
        presence(0, "a1"),
        presence(0, "a2"),
        [enqueued(0, "c"), offered(0, "c", "a1"), requeued(20, "c", "a1", "no_answer")],
        [offered(20, "c", "a2"), assigned(25, "c", "a2"), completed(85, "c", "a2")],
    )
    found = of(events, until_s=100)
    assert (found.queued, found.answered, found.answered_within, found.requeued) == (1, 1, 0, 1)
    assert (found.asa_s, found.talk_average_s) == (25, 60)


def test_a_lost_agents_contact_is_answered_once_and_talk_adds_up() -> None:
    events = log(
        [enqueued(0, "c"), assigned(5, "c", "a1"), requeued(35, "c", "a1", "agent_lost")],
        [assigned(65, "c", "a2"), wrapping(75, "c", "a2"), completed(80, "c", "a2")],
    )
    found = of(events)
    assert (found.answered, found.handled, found.asa_s) == (1, 1, 5)
    assert (found.talk_s, found.wrap_up_s) == (40, 5)
    gone = of([*events[:3], canceled(50, "c")])
    assert (gone.answered, gone.abandoned, gone.handled, gone.talk_s) == (1, 0, 1, 30)


def test_overflow_leaves_one_queue_and_enters_the_other_with_its_age() -> None:
    events = log(
        [enqueued(0, "c"), event(30, Decided.OVERFLOWED, "c", reason="max_wait")],
        [assigned(45, "c", "a1", queue="r"), completed(105, "c", "a1", queue="r")],
    )
    left, entered, both = of(events, "q"), of(events, "r"), of(events, ALL)
    assert (left.queued, left.flowed_out, left.answered, left.longest_wait_s) == (1, 1, 0, 30)
    assert (entered.queued, entered.answered, entered.asa_s, entered.handled) == (1, 1, 45, 1)
    assert (both.queued, both.answered, both.flowed_out) == (1, 1, 0)
    assert (left.abandon_rate, both.abandon_rate) == (0, 0)


@pytest.mark.parametrize(("waited_s", "refused"), [(301, 0), (0, 1)])
def test_only_who_never_waited_is_refused_at_the_door_of_the_queue_it_overflows_to(
    waited_s: float, refused: int
) -> None:
    events = log(
        [enqueued(0, "c"), event(waited_s, Decided.OVERFLOWED, "c", reason="max_wait")],
        canceled(waited_s, "c", "unstaffed", queue="r"),
    )
    for found in (of(events, "r"), of(events, ALL)):
        assert (found.refused, found.canceled, found.queued) == (refused, 1 - refused, 1 - refused)
        assert found.reasons["unstaffed"] == 1


def test_a_move_by_hand_is_an_overflow_that_names_its_queue() -> None:
    events = log([enqueued(0, "c"), event(30, Decided.MOVED, "c", queue="r"), canceled(50, "c", queue="r")])
    assert of(events, "q").flowed_out == 1
    assert (of(events, "r").queued, of(events, "r").abandoned) == (1, 1)
    assert of(events, "r").average_time_to_abandon_s == 50


def test_a_transfer_is_a_contact_of_its_own_and_the_agent_wraps_up() -> None:
    events = log(
        [enqueued(0, "c.1"), assigned(10, "c.1", "a1")],
        [event(40, Decided.TRANSFERRED, "c.1", agent_id="a1"), wrapping(40, "c.1", "a1")],
        [completed(50, "c.1", "a1"), enqueued(40, "c.2", queue="r", linked_to="c.1")],
        [assigned(70, "c.2", "a2", queue="r"), completed(90, "c.2", "a2", queue="r")],
    )
    first, second, both = of(events, "q"), of(events, "r"), of(events, ALL)
    assert (first.answered, first.talk_s, first.wrap_up_s) == (1, 30, 10)
    assert (second.transferred_in, second.asa_s) == (1, 30)
    assert (both.queued, both.answered) == (2, 2)


def test_an_unknown_queue_refuses_and_what_came_before_the_record_is_left_out() -> None:
    found = measure([canceled(0, "c", "unknown_queue", queue="x"), canceled(5, "old")], Terms())
    assert (found.queues["x"].refused, found.queues["x"].queued) == (1, 0)
    assert list(found.queues) == [ALL, "x"]


def test_slots_count_and_a_call_takes_them_all() -> None:
    more: dict[str, Any] = {"capacity": 3}
    events = log(
        presence(0, "a1", capacity=3),
        served("c1", "a1", 0, 2, 62, 62, **more),
        served("c2", "a1", 30, 32, 62, 62, **more),
        served("v1", "a1", 70, 70, 100, 100, channel=Channel.VOICE, **more),
    )
    found = of(events, until_s=100)
    assert found.handling_s == 60 + 30
    assert found.slot_s == 62 + 32 + 3 * 30
    assert (found.capacity_s, found.staffed_s) == (300, 100)


def test_who_finishes_on_a_break_is_staffed_until_then() -> None:
    events = log(presence(0, "a1"), [enqueued(0, "c"), assigned(0, "c", "a1")])
    events += [presence(10, "a1", Presence.CUSTOM), completed(40, "c", "a1"), presence(60, "a1")]
    found = of(events, until_s=100)
    assert (found.handling_s, found.staffed_s, found.present_s) == (40, 80, 100)


def test_an_agent_counts_in_every_queue_that_was_served() -> None:
    events = log(presence(0, "a1"), presence(0, "a2"), served("c", "a1", 0, 0, 50, 50))
    assert of(events, "q", 100).staffed_s == 100
    assert of(events, ALL, 100).staffed_s == 200


def test_synthetic_contacts_and_agents_stay_out_unless_asked_for() -> None:
    robot = log(
        presence(0, "z1", synthetic=True),
        served("s", "z1", 0, 10, 20, 20, synthetic=True),
        presence(50, "z1", Presence.OFFLINE),  # configured no more
    )
    assert of([*HOUR, *robot]) == of(HOUR)
    assert of([*HOUR, *robot], synthetic=True).queued == 1
    assert of([*HOUR, *robot], synthetic=True).staffed_s == 50


def test_nothing_is_not_zero() -> None:
    found = Measures()
    assert found.asa_s is None
    assert found.answered_within_over_queued is None
    assert found.occupancy is None


def test_broker_time_that_runs_backwards_makes_no_negative_time() -> None:
    events = [presence(0, "a1"), enqueued(100, "c"), assigned(40, "c", "a1"), completed(30, "c", "a1")]
    found = of(events, until_s=100)
    assert (found.asa_s, found.talk_s) == (0, 0)
    assert found.handling_s == pytest.approx(0)
