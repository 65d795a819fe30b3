"""Profiles against a real small server, in one process."""

import asyncio
from collections.abc import Iterator

import pytest
import uvloop

from loadgen.profiles.model import Expect, Mode, Profile, Stage, Step
from loadgen.results.window import Window
from loadgen.run import Control, Outcome, Plan, execute
from loadgen.times import Duration
from tests.loadgen.run.profiles import kinds, profile, total
from tests.loadgen.servers import Served, free_port, served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served("tests.loadgen.small_app:app") as running:
        yield running


def run(given: Profile, url: str, control: Control | None = None, **more: float) -> tuple[Outcome, Window]:
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
    _, all_of_it = run(Profile(**{**vars(plain), "connections": 1}), server.url)
    (tally,) = all_of_it.cells.values()
    assert tally.count == 10
    assert tally.sent.percentile_ms(50) < 200
    assert tally.intended.percentile_ms(100) > 700


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


def test_the_last_target_is_held_until_recovery(server: Served) -> None:
    async def recovering() -> Outcome:
        control = Control()
        asyncio.get_running_loop().call_later(0.6, control.recovered.set)
        plain = profile(Mode.RATE, Stage(0.2, 50), start=50)
        plan = Plan(Profile(**{**vars(plain), "limit_s": 30.0}), server.url, "r1", processes=0)
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
