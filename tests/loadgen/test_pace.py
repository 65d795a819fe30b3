"""Alarms and arrivals: never early, all of them, and the loop lives on whatever they cost."""

import asyncio
from collections.abc import Callable, Coroutine
from time import perf_counter

import pytest
import uvloop

from loadgen.engine import arrive, timerfd
from loadgen.engine.timerfd import Alarm, alarm

Run = Callable[[Coroutine[None, None, None]], None]
LOOPS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
KINDS = pytest.mark.parametrize("with_it", [True, False], ids=["timerfd", "loop timer"])


def _without_timer_fd(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: Callable[[], None]) -> Alarm:
        raise OSError("no timerfd here")

    monkeypatch.setattr(timerfd, "_TimerFd", missing)


@LOOPS
@KINDS
def test_an_alarm_rings_once_for_what_it_was_set_to_last(
    run: Run, with_it: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not with_it:
        _without_timer_fd(monkeypatch)

    async def ring() -> None:
        rang: list[float] = []
        one = alarm(lambda: rang.append(perf_counter()))
        began = perf_counter()
        one.at(began + 30)
        one.at(began + 0.02)
        while not rang:
            await asyncio.sleep(0.001)
        assert rang[0] >= began + 0.02 - 1e-9
        one.at(began)
        while len(rang) == 1:
            await asyncio.sleep(0.001)
        one.at(perf_counter() + 0.01)
        one.close()
        await asyncio.sleep(0.03)
        assert len(rang) == 2

    run(ring())


@LOOPS
@KINDS
def test_all_arrive_in_order_and_none_is_early(
    run: Run, with_it: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not with_it:
        _without_timer_fd(monkeypatch)
    early: list[float] = []
    intended: list[float] = []

    def launch(due: float) -> None:
        intended.append(due)
        if perf_counter() < due:
            early.append(due)

    async def go() -> None:
        began = perf_counter() + 0.01
        lateness = await arrive((number / 2000 for number in range(400)), launch, began)
        assert intended == [began + number / 2000 for number in range(400)]
        assert lateness.count == 400
        assert perf_counter() >= intended[-1]

    run(go())
    assert not early


@LOOPS
def test_the_loop_goes_on_while_launches_take_longer_than_there_is_time(run: Run) -> None:
    async def go() -> None:
        turns = 0

        def busy(_: float) -> None:
            until = perf_counter() + 0.0005
            while perf_counter() < until:
                pass

        arriving = asyncio.create_task(arrive((number / 10_000 for number in range(1000)), busy))
        while not arriving.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns > 5
        assert (await arriving).percentile_ms(99) > 200

    run(go())


@LOOPS
def test_what_launch_raises_ends_it(run: Run) -> None:
    def broken(_: float) -> None:
        raise ValueError("no")

    async def go() -> None:
        with pytest.raises(ValueError, match="no"):
            await arrive([0.0, 0.001], broken)

    run(go())
