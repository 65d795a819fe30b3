"""Profiles against a real small server, in one process."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import uvloop

from loadgen.profiles.model import Expect, Mode, Profile, Retry, Stage, Step
from loadgen.results.window import Window
from loadgen.run import Control, Outcome, Plan, execute, require_loopback
from loadgen.times import Duration
from tests.loadgen.run.profiles import kinds, profile, total
from tests.loadgen.servers import Served, free_port, served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served("tests.loadgen.small_app:app") as running:
        yield running


def run(given: Profile, url: str, control: Control | None = None, **more: object) -> tuple[Outcome, Window]:
    windows: list[Window] = []
    plan = Plan(given, url, "r1", processes=0, **more)  # type: ignore[arg-type]
    outcome = uvloop.run(execute(plan, windows.append, control))
    return outcome, total(windows)


def test_an_open_rate_begins_every_arrival(server: Served) -> None:
    outcome, all_of_it = run(profile(Mode.RATE, Stage(1, 100), Stage(0.5, 100)), server.url)
    assert outcome.complete
    assert not outcome.interrupted
    assert (all_of_it.intended, all_of_it.begun, all_of_it.dropped) == (100, 100, 0)
    assert all_of_it.iterations == 100
    assert kinds(all_of_it) == {("echo", "ok"): 100}
    assert {cell.stage for cell in all_of_it.cells} == {0, 1}
    assert all_of_it.lateness.count == 100
    assert all_of_it.loop_lag.count > 50
    assert all_of_it.cpu_s > 0


def test_closed_users_begin_anew_and_end_their_iterations(server: Served) -> None:
    steps = [Step("one", "POST", "/echo", body="{}", think=Duration("fixed", 0.2))]
    outcome, all_of_it = run(profile(Mode.VUS, Stage(1.0, 4), start=4, steps=steps), server.url)
    assert outcome.complete
    assert all_of_it.begun == all_of_it.iterations == kinds(all_of_it)["one", "ok"]
    assert 16 <= all_of_it.begun <= 20


def test_steps_save_check_and_leave_out(server: Served) -> None:
    body = '{"session_id":"${run}-${vu}","empty":"","n":3}'
    steps = [
        Step("start", "POST", "/echo", body=body, save={"session": "session_id"}),
        Step("right", "POST", "/echo", body='{"id":"${session}"}', expect=Expect(contains="r1-")),
        Step("wrong", "POST", "/echo", body=body, expect=Expect(present=("empty",))),
        Step("value", "POST", "/echo", body=body, expect=Expect(json={"n": 3})),
        Step("twice", "POST", "/echo", body="{}", times=2),
        Step("never", "POST", "/echo", body="{}", times=0),
        Step("shed", "GET", "/status/503", needed=True),
        Step("left out", "POST", "/echo"),
    ]
    _, all_of_it = run(profile(Mode.RATE, Stage(0.1, 50), start=50, steps=steps), server.url)
    assert kinds(all_of_it) == {
        ("start", "ok"): 5,
        ("right", "ok"): 5,
        ("wrong", "wrong"): 5,
        ("value", "ok"): 5,
        ("twice", "ok"): 10,
        ("shed", "shed"): 5,
    }
    assert all_of_it.iterations == 5


def test_more_arrivals_than_may_live_are_dropped(server: Served) -> None:
    steps = [Step("slow", "GET", "/slow?s=0.6")]
    given = profile(Mode.RATE, Stage(0.5, 40), start=40, steps=steps)
    _, all_of_it = run(given, server.url, max_vus=5)
    assert (all_of_it.intended, all_of_it.begun, all_of_it.dropped) == (20, 5, 15)


def test_response_time_counts_from_the_intended_send(server: Served) -> None:
    steps = [Step("slow", "GET", "/slow?s=0.1")]
    plain = profile(Mode.RATE, Stage(0.2, 50), start=50, steps=steps)
    _, all_of_it = run(replace(plain, connections=1), server.url)
    (tally,) = all_of_it.cells.values()
    assert tally.count == 10
    assert tally.sent.percentile_ms(50) < 200
    assert tally.intended.percentile_ms(100) > 700


def test_a_generator_that_stood_still_hides_nothing(server: Served) -> None:
    async def stalling() -> None:
        asyncio.get_running_loop().call_later(0.3, time.sleep, 0.5)
        plan = Plan(profile(Mode.RATE, Stage(1, 50), start=50), server.url, "r1", processes=0)
        await execute(plan, windows.append)

    windows: list[Window] = []
    uvloop.run(stalling())
    all_of_it = total(windows)
    (tally,) = all_of_it.cells.values()
    assert all_of_it.begun == all_of_it.intended == tally.count == 50
    assert all_of_it.lateness.percentile_ms(100) > 350
    assert all_of_it.loop_lag.percentile_ms(100) > 350
    assert tally.intended.above(0.2) >= 10


def test_stopped_early(server: Served) -> None:
    async def stopping() -> Outcome:
        control = Control()
        asyncio.get_running_loop().call_later(0.3, control.stop, "p(95) is over")
        plan = Plan(profile(Mode.VUS, Stage(60, 5), start=5), server.url, "r1", processes=0)
        return await execute(plan, windows.append, control)

    windows: list[Window] = []
    outcome = uvloop.run(stopping())
    assert (outcome.interrupted, outcome.complete, outcome.reason) == (True, False, "p(95) is over")
    assert outcome.seconds < 3
    assert kinds(total(windows))["echo", "ok"] > 0


def test_what_is_cut_off_at_the_end_is_no_failure_of_the_target(server: Served) -> None:
    given = profile(Mode.RATE, Stage(0.1, 50), start=50, steps=[Step("slow", "GET", "/slow?s=1.5")])
    outcome, all_of_it = run(given, server.url, grace_s=0.2)
    assert outcome.complete
    assert kinds(all_of_it) == {}
    assert all_of_it.counts["requests.interrupted"] == 5


def test_the_last_target_is_held_until_recovery(server: Served) -> None:
    async def recovering() -> Outcome:
        control = Control()
        asyncio.get_running_loop().call_later(0.6, control.recovered.set)
        plain = profile(Mode.RATE, Stage(0.2, 50), start=50)
        plan = Plan(replace(plain, limit_s=30.0), server.url, "r1", processes=0)
        return await execute(plan, windows.append, control)

    windows: list[Window] = []
    outcome = uvloop.run(recovering())
    assert outcome.complete
    assert outcome.seconds < 5
    all_of_it = total(windows)
    assert {cell.stage for cell in all_of_it.cells} == {0, 1}
    assert all_of_it.begun == all_of_it.intended < 60


def test_nobody_there_is_counted_and_given_up() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    outcome, all_of_it = run(profile(Mode.RATE, Stage(30, 50), start=50), url, give_up_s=0.5)
    assert "has not answered once in 0.5 s" in outcome.reason
    assert not outcome.interrupted
    assert kinds(all_of_it)["echo", "refused"] > 5


def test_shed_requests_come_back(server: Served) -> None:
    steps = [Step("shed", "GET", "/status/503"), Step("bad", "GET", "/status/404")]
    plain = profile(Mode.RATE, Stage(0.1, 50), start=50, steps=steps)
    _, all_of_it = run(replace(plain, retry=Retry(2, Duration("fixed", 0.05))), server.url)
    assert kinds(all_of_it) == {("shed", "shed"): 15, ("bad", "client_error"): 5}
    assert all_of_it.counts["retries"] == 10
    assert all_of_it.iterations == 5


def test_recorded_arrivals_are_played(server: Served) -> None:
    given = replace(profile(Mode.REPLAY), speed=2.0)
    times = [0.0, 0.1, 0.1, 0.5, 2.4]
    outcome, all_of_it = run(given, server.url, arrivals=times)
    assert outcome.complete
    assert 1.2 < outcome.seconds < 3
    assert (all_of_it.intended, all_of_it.begun, all_of_it.iterations) == (5, 5, 5)
    with pytest.raises(ValueError, match="no arrival"):
        run(given, server.url)


def test_who_is_told_to_go_has_a_grace(server: Served) -> None:
    steps = [Step("slow", "GET", "/slow?s=0.7"), Step("after", "POST", "/echo")]
    stages = (Stage(0.2, 4), Stage(0, 0), Stage(1.5, 0))
    _, gone = run(profile(Mode.VUS, *stages, start=4, steps=steps), server.url, grace_s=0.1)
    assert kinds(gone) == {("slow", "ok"): 4}
    assert gone.iterations == 0
    _, ended = run(profile(Mode.VUS, *stages, start=4, steps=steps), server.url)
    assert kinds(ended) == {("slow", "ok"): 4, ("after", "ok"): 4}
    assert ended.iterations == 4


def test_users_with_nothing_to_do_do_not_go_in_circles(server: Served) -> None:
    steps = [Step("never", "POST", "/echo", times=0.0)]
    outcome, all_of_it = run(profile(Mode.VUS, Stage(0.3, 2), start=2, steps=steps), server.url)
    assert outcome.complete
    assert kinds(all_of_it) == {}


def test_a_name_that_is_not_saved_leaves_its_step_out(server: Served) -> None:
    steps = [
        Step("one", "POST", "/echo", body='{"a":"1"}', save={"b": "b"}),
        Step("two", "POST", "/echo", body="${b}"),
        Step("three", "POST", "/echo"),
    ]
    _, all_of_it = run(profile(Mode.RATE, Stage(0.1, 50), start=50, steps=steps), server.url)
    assert kinds(all_of_it) == {("one", "ok"): 5, ("three", "ok"): 5}
    assert all_of_it.counts["steps.left_out"] == 5


@pytest.mark.parametrize(
    ("steps", "why"),
    [([], "needs a step"), ([Step("a", "GET", "/${b}")], r"step a: \$\{b\} is saved by no step before")],
)
def test_steps_that_can_not_be_sent(steps: list[Step], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        run(profile(Mode.RATE, Stage(1, 1), steps=steps), "http://127.0.0.1:1")


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.2", "http://[::1]:80"])
def test_this_machine_may_be_loaded(url: str) -> None:
    require_loopback(url)


@pytest.mark.parametrize("url", ["http://10.0.0.1", "http://aicc.example", "http://127.0.0.1.example"])
def test_other_machines_may_not_unless_it_is_said(url: str) -> None:
    with pytest.raises(ValueError, match="is not this machine"):
        require_loopback(url)
    require_loopback(url, allowed=True)
