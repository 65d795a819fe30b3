"""One generator: its share of a run, in one process on one loop."""

import asyncio
from time import perf_counter

from loadgen.engine import Client
from loadgen.profiles.model import Mode
from loadgen.run.control import Control
from loadgen.run.crew import Closed, Crew, Open
from loadgen.run.meter import Heard, Meter
from loadgen.run.plan import Outcome, Plan
from loadgen.run.ramp import Line, Share, stages_of
from loadgen.run.timers import Timers

_LOOK_S = 0.05
_DRAIN_S = 2.0
"""For what is under way when a run is stopped."""


async def generate(plan: Plan, share: Share, heard: Heard, control: Control, began: float) -> Outcome:
    """Offers the share of the run that begins at `began` (perf_counter's clock), to its end.

    Failures of the target are counted, never raised.
    """
    stages = stages_of(plan.profile)
    line = Line(plan.profile.start, stages)
    closed = plan.profile.mode == Mode.VUS
    meter = Meter(line, began, heard, None if closed else lambda until: line.due(until, share))
    timers = Timers()
    connections = max(plan.profile.connections // share.of, 1)
    async with Client(plan.url, connections, plan.profile.timeout_s) as client:
        crew: Crew
        if closed:
            crew = Closed(plan, share, client, meter, timers, began, line)
        else:
            crew = Open(plan, share, client, meter, timers, began, line)
        await asyncio.sleep(began - perf_counter())
        meter.start()
        crew.start()
        reason = await _offer(plan, meter, control, began, line)
        meter.stop_counting_due(perf_counter() - began)
        crew.finish()
        await _drain(crew, control, _DRAIN_S if reason else plan.grace_s)
        crew.kill()
        timers.close()
    meter.close()
    return Outcome(perf_counter() - began, control.stopped.is_set(), reason)


async def _offer(plan: Plan, meter: Meter, control: Control, began: float, line: Line) -> str:
    """Until all stages are over; "" or why it ended before."""
    held_from = began + plan.profile.seconds
    ends = began + line.seconds
    while (now := perf_counter()) < ends:
        if control.stopped.is_set():
            return control.reason
        if now >= held_from and control.recovered.is_set():
            break
        if plan.give_up_s and meter.unanswered and now > meter.answered_at + plan.give_up_s:
            return f"{plan.url} has not answered once in {plan.give_up_s:g} s"
        await asyncio.sleep(min(_LOOK_S, max(ends - now, 0.001)))
    return control.reason


async def _drain(crew: Crew, control: Control, most_s: float) -> None:
    ends = perf_counter() + most_s
    while crew.live and (now := perf_counter()) < ends:
        if control.stopped.is_set():
            ends = min(ends, now + _DRAIN_S)
        await asyncio.sleep(_LOOK_S)
