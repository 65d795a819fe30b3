"""Queues that drain and offers that are paused, by operators' switches; and how it goes on after that."""

import pytest

from schemas.answers import RoutingAnswered
from schemas.config import Queue
from schemas.conversation import ContactEnded
from schemas.routing import Transfer
from schemas.states import Overload
from streams.harness.decider import Moment
from streams.routing.pool import Pool
from tests.streams.routing.pools import (
    BEGIN_MS,
    RULES,
    Desk,
    accept,
    agent,
    asked,
    assign,
    cancel,
    complete,
    config,
    contact,
    explain,
    online,
    request,
    switched,
)

Q = Queue(name="q", offer_timeout_s=20.0)
TWO = (Q, Queue(name="r"))
STAFFED = config(agent("a1", 2, "q", "r"), queues=TWO)


def ends(desk: Desk) -> list[tuple[str, str]]:
    return [(one.outcome, one.reason) for one in desk.of(ContactEnded)]


@pytest.mark.parametrize("value", ["q", "p", "s, q"])
def test_a_queue_that_drains_refuses_who_comes_and_serves_who_waits(value: str) -> None:
    desk = Desk(STAFFED, request(1), switched("drain", value), request(2))
    assert (desk.where(1), desk.where(2)) == ("pending", "over")
    assert ends(desk) == [("canceled", "closed_hours")]
    desk.hear(online("a1"))
    assert desk.where(1) == "reserved a1"


def test_other_queues_of_the_pool_take_contacts() -> None:
    desk = Desk(STAFFED, switched("drain", "q"), request(1, "r"))
    assert desk.where(1) == "pending"


@pytest.mark.parametrize(
    ("action", "ended", "where"),
    [
        (Overload.CALLBACK, [("canceled", "overflow")], "over"),
        (Overload.MESSAGE, [("canceled", "message")], "over"),
        (Overload.OVERFLOW, [], "pending"),
    ],
)
def test_who_is_turned_away_is_offered_what_is_offered_out_of_hours(
    action: Overload, ended: list[tuple[str, str]], where: str
) -> None:
    queues = (Queue(name="q", when_closed=action, overflow_to="r"), Queue(name="r"))
    desk = Desk(config(agent("a1"), queues=queues), switched("drain", "q"), request(1))
    assert (ends(desk), desk.where(1)) == (ended, where)


def test_a_contact_that_continues_another_is_let_in() -> None:
    desk = Desk(STAFFED, switched("drain", "p"), request(2, "r", transfer=Transfer(contact(1), "a1")))
    assert desk.where(2) == "pending"


def test_off_again_it_takes_contacts() -> None:
    desk = Desk(STAFFED, switched("drain", "q"), switched("drain", "", 2), request(1))
    assert desk.where(1) == "pending"


def test_an_older_version_changes_nothing_and_says_nothing() -> None:
    desk = Desk(STAFFED, switched("drain", "q", 2))
    assert desk.hear(switched("drain", "", 1)) == []
    assert desk.hear(switched("drain", "q", 2)) == []
    assert desk.pool.is_drained("q")


def test_while_offers_are_paused_nobody_is_offered_and_all_go_on_in_order() -> None:
    desk = Desk(STAFFED, switched("pause-offers", "all"), online("a1"), request(1), request(2), request(3))
    assert [desk.where(n) for n in (1, 2, 3)] == ["pending"] * 3
    desk.hear(switched("pause-offers", "", 2))
    assert [desk.where(n) for n in (1, 2, 3)] == ["reserved a1", "reserved a1", "pending"]


def test_a_freed_slot_stays_free_and_an_offer_that_is_out_may_be_accepted() -> None:
    desk = Desk(STAFFED, online("a1"), request(1), request(2), accept("a1", 1), switched("pause-offers", "p"))
    desk.hear(accept("a1", 2))
    assert desk.where(2) == "assigned a1"
    desk.hear(request(3))
    desk.hear(complete("a1", 1))
    assert desk.where(3) == "pending"
    desk.hear(cancel(3))
    assert desk.where(3) == "over"


def test_a_queue_that_accepts_by_itself_assigns_nobody() -> None:
    queues = (Queue(name="q", auto_accept=True),)
    desk = Desk(config(agent("a1"), queues=queues), switched("pause-offers", "all"), online("a1"), request(1))
    assert desk.where(1) == "pending"
    desk.hear(switched("pause-offers", "", 2))
    assert desk.where(1) == "assigned a1"


def test_another_pools_pause_is_not_ours() -> None:
    desk = Desk(STAFFED, switched("pause-offers", "another"), online("a1"), request(1))
    assert desk.where(1) == "reserved a1"


def test_nobody_is_assigned_by_hand_either() -> None:
    desk = Desk(STAFFED, switched("pause-offers", "all"), online("a1"), request(1))
    desk.hear(asked(assign(1, "a1")))
    (answer,) = desk.of(RoutingAnswered)
    assert (answer.reason, desk.where(1)) == ("offers_paused", "pending")


@pytest.mark.parametrize(("switch", "value"), [("drain", "q"), ("pause-offers", "all")])
def test_it_ends_by_itself_on_the_partitions_clock(switch: str, value: str) -> None:
    desk = Desk(STAFFED, switched(switch, value, until_s=60.0), online("a1"))
    assert RULES.due_ms(desk.pool) == BEGIN_MS + 60_000
    if switch == "pause-offers":
        desk.hear(request(1))
    desk.wait(59.0)
    assert desk.pool.offers_paused or desk.pool.is_drained("q")
    desk.wait(1.0)
    assert not desk.pool.offers_paused
    assert not desk.pool.is_drained("q")
    if switch == "pause-offers":
        assert desk.where(1) == "reserved a1"


def test_after_hours_in_which_nobody_decided_it_ends_with_the_first_record() -> None:
    desk = Desk(STAFFED, switched("pause-offers", "all", until_s=3600.0), online("a1"), request(1))
    # The partition's clock has moved by five seconds at the most, the broker's by two hours.
    RULES.step(desk.pool, request(2), Moment(BEGIN_MS + 5_000, BEGIN_MS + 7_200_000))
    assert [desk.where(n) for n in (1, 2)] == ["reserved a1", "reserved a1"]


def test_one_that_comes_when_its_time_is_over_changes_nothing() -> None:
    desk = Desk(STAFFED)
    desk.wait(120.0)
    desk.hear(switched("drain", "q", until_s=60.0))
    assert not desk.pool.is_drained("q")


def test_it_outlives_snapshots_and_configurations() -> None:
    desk = Desk(STAFFED, switched("pause-offers", "all", until_s=60.0), switched("drain", "q"))
    desk.pool = Pool.unpack(desk.pool.pack())
    desk.hear(config(agent("a1", 2, "q", "r"), queues=TWO, version=2))
    assert desk.pool.offers_paused
    assert desk.pool.is_drained("q")
    assert RULES.due_ms(desk.pool) == BEGIN_MS + 60_000


def test_a_pool_that_is_none_yet_takes_no_switch() -> None:
    desk = Desk(switched("pause-offers", "all"))
    assert desk.pool.switches == {}


def test_a_dry_run_says_so() -> None:
    desk = Desk(STAFFED, online("a1"), switched("pause-offers", "all"), request(1), explain(1))
    assert desk.of(RoutingAnswered)[-1].explanation is not None
    explanation = desk.of(RoutingAnswered)[-1].explanation
    assert explanation is not None
    assert (explanation.reason, explanation.chosen) == ("offers are paused", "")
