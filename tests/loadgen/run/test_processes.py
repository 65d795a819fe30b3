"""One run by several generators: processes here, and hosts by a secret."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import psutil
import pytest
import uvloop

from loadgen.agents import Seat
from loadgen.profiles.model import Agents, Expect, Mode, Retry, Stage, Step
from loadgen.results.window import Window
from loadgen.run import Control, Outcome, Plan, execute
from loadgen.run.gather import Gathering
from loadgen.run.hosts import remote, serve
from loadgen.run.ramp import Share
from loadgen.run.wire import Begin, decoded, encoded, packed, unpacked
from loadgen.times import Duration
from tests.loadgen.run.profiles import ECHO, kinds, profile, total
from tests.loadgen.servers import Served, free_port, served

SECOND = Stage(1, 60)


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served("tests.loadgen.small_app:app") as running:
        yield running


def generators() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # a zombie, or gone meanwhile
            if "loadgen.run" in child.cmdline():
                found.append(child)
    return found


def run(plan: Plan, during: Callable[[Window], None] = lambda _: None) -> tuple[Outcome, Window]:
    windows: list[Window] = []

    def heard(window: Window) -> None:
        windows.append(window)
        during(window)

    outcome = uvloop.run(execute(plan, heard))
    assert generators() == []
    return outcome, total(windows)


@pytest.mark.parametrize("processes", [1, 3])
def test_processes_share_the_arrivals(server: Served, processes: int) -> None:
    steps = [Step("one", "POST", "/echo", body='{"n":${number}}')]
    given = profile(Mode.RATE, SECOND, start=60, steps=steps)
    outcome, all_of_it = run(Plan(given, server.url, "r1", processes=processes))
    assert outcome.complete
    assert all_of_it.intended == all_of_it.begun == all_of_it.iterations == 60
    assert kinds(all_of_it) == {("one", "ok"): 60}


def test_processes_share_the_users(server: Served) -> None:
    steps = [Step("one", "POST", "/echo", body="{}", think=Duration("fixed", 0.2))]
    seen: list[int] = []
    plan = Plan(profile(Mode.VUS, Stage(1.5, 5), start=5, steps=steps), server.url, "r1", processes=2)
    _, all_of_it = run(plan, lambda window: seen.append(window.vus))
    assert max(seen) == 5
    assert seen[-1] == 0
    assert all_of_it.begun == all_of_it.iterations


def test_a_generator_that_is_killed_leaves_a_part(server: Served) -> None:
    def kill(window: Window) -> None:
        if window.second == 1:
            generators()[0].kill()

    plan = Plan(profile(Mode.RATE, Stage(60, 50), start=50), server.url, "r1", processes=2)
    outcome, all_of_it = run(plan, kill)
    assert outcome.seconds < 15
    assert "has died" in outcome.reason
    assert kinds(all_of_it)["echo", "ok"] > 50


def test_a_signal_ends_it_early(server: Served) -> None:
    def interrupt(window: Window) -> None:
        if window.second == 0:
            os.kill(os.getpid(), signal.SIGINT)

    plan = Plan(profile(Mode.RATE, Stage(60, 50), start=50), server.url, "r1", processes=2)
    outcome, all_of_it = run(plan, interrupt)
    assert (outcome.interrupted, outcome.reason) == (True, "stopped by SIGINT")
    assert outcome.seconds < 10
    assert all_of_it.iterations == all_of_it.begun > 20


def test_hosts_take_their_share_and_strangers_are_refused(server: Served) -> None:
    port = free_port()
    said: list[str] = []

    async def both() -> Outcome:
        serving = asyncio.create_task(serve("127.0.0.1", port, "known to both", said.append))
        while not said:
            await asyncio.sleep(0.01)
        with pytest.raises(ConnectionError, match="No generator answers"):
            async with remote(f"127.0.0.1:{port}", "guessed"):
                pass
        hosts = (f"127.0.0.1:{port}",)
        plan = Plan(profile(Mode.RATE, SECOND, start=60), server.url, "r1", 1, 1, hosts, "known to both")
        outcome = await execute(plan, windows.append)
        serving.cancel()
        return outcome

    windows: list[Window] = []
    outcome = uvloop.run(both())
    assert outcome.complete
    assert kinds(total(windows)) == {("echo", "ok"): 60}
    assert [line.split(":")[0].split(" 127")[0] for line in said] == [
        "listening at", "refused", "a run for", "the run for",
    ]  # fmt: skip


def test_no_host_is_said_clearly() -> None:
    plan = Plan(
        profile(Mode.RATE, SECOND), "http://127.0.0.1:1", "r1", 1, 0, (f"127.0.0.1:{free_port()}",), "s"
    )
    with pytest.raises(ConnectionError, match="No generator answers at 127"):
        uvloop.run(execute(plan, lambda _: None, Control()))


def test_a_window_survives_the_wire() -> None:
    window = Window(7, 1, intended=5, begun=4, dropped=1, vus=2, iterations=3, counts={"a": 1}, cpu_s=0.5)
    window.lateness.add(0.001)
    window.loop_lag.add(0.002)
    tally = window.cell(1, ECHO.name, "ok")
    tally.sent.add(0.25)
    tally.intended.add(0.5)
    tally.bytes_in, tally.bytes_out = 10, 20
    again = unpacked(packed(window))
    assert packed(again) == packed(window)
    assert again.cell(1, "echo", "ok").intended.percentile_ms(50) == tally.intended.percentile_ms(50)


def test_seconds_are_told_in_order_and_once_all_have_them() -> None:
    told: list[tuple[int, int]] = []
    gathering = Gathering(2, lambda window: told.append((window.second, window.processes)))
    gathering.add(0, Window(0, 0))
    gathering.add(0, Window(1, 0))
    assert told == []
    gathering.add(1, Window(0, 0))
    assert told == [(0, 2)]
    gathering.over(1)
    gathering.add(0, Window(2, 0))
    assert told == [(0, 2), (1, 1), (2, 1)]


@pytest.mark.parametrize("processes", [0, 1])
def test_who_can_not_keep_the_windows_ends_the_run(server: Served, processes: int) -> None:
    def heard(window: Window) -> None:
        told.append(window.second)
        raise OSError(28, "No space left on device")

    told: list[int] = []
    plan = Plan(profile(Mode.RATE, Stage(60, 50), start=50), server.url, "r1", processes=processes)
    with pytest.raises(OSError, match="No space left"):
        uvloop.run(execute(plan, heard))
    assert told == [0]


def test_a_plan_survives_the_wire() -> None:
    expect = Expect((200, 201), "yes", ("id",), {"status": ["a", "b"], "n": 3})
    step = replace(ECHO, expect=expect, headers=(("X", "${run}"),), save={"a": "b"}, times=1.5)
    given = replace(
        profile(Mode.CONTACTS, Stage(1, 2, "up"), steps=[step]),
        agents=Agents(leave=0.5),
        retry=Retry(2, Duration("uniform", 1, 2)),
        thresholds={"http_req_duration": ("p(95)<500",)},
    )
    seat = Seat("agent-1", "demo", 0, 3)
    plan = Plan(given, "http://127.0.0.1:1", "r1", seats=(seat,), agent_tokens=("t",), arrivals=(0.5,))
    message = Begin(plan, Share(1, 3))
    assert decoded(encoded(message)) == message
