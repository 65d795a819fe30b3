"""Executing a plan: generators at work, their windows put together, second by second."""

from time import perf_counter

from loadgen.run.control import Control
from loadgen.run.generator import generate
from loadgen.run.meter import Heard
from loadgen.run.plan import Outcome, Plan
from loadgen.run.ramp import Share
from loadgen.run.signals import stopped_by_signals

_LEAD_S = 0.05


async def execute(plan: Plan, heard: Heard, control: Control | None = None) -> Outcome:
    """Runs `plan` to its end and gives every second's window to `heard`, in order.

    SIGINT and SIGTERM end it early. Raises ValueError for steps that can't be sent.
    """
    control = control or Control()
    with stopped_by_signals(control):
        return await generate(plan, Share(), heard, control, perf_counter() + _LEAD_S)
