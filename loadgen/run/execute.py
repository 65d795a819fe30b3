"""Executing a plan: generators at work, their windows put together, second by second."""

from contextlib import AsyncExitStack
from dataclasses import replace
from time import perf_counter

from loadgen.profiles.model import Mode
from loadgen.run import script
from loadgen.run.control import Control
from loadgen.run.coordinate import coordinate
from loadgen.run.generator import Generator
from loadgen.run.hosts import process, remote
from loadgen.run.meter import Heard
from loadgen.run.plan import Outcome, Plan
from loadgen.run.ramp import Share
from loadgen.run.signals import stopped_by_signals

_LEAD_S = 0.05


async def execute(plan: Plan, heard: Heard, control: Control | None = None) -> Outcome:
    """Runs `plan` to its end and gives every second's window to `heard`, in order.

    SIGINT and SIGTERM end it early; a generator that dies ends it with what there is. Raises ValueError for
    a plan that can't be run, ConnectionError for a host that does not answer.
    """
    _check(plan)
    control = control or Control()
    with stopped_by_signals(control):
        if not plan.processes and not plan.hosts:
            async with Generator(plan, Share(), heard, control, lambda _: None) as generator:
                return await generator.run(perf_counter() + _LEAD_S)
        async with AsyncExitStack() as stack:
            links = [await stack.enter_async_context(process(nth)) for nth in range(plan.processes)]
            links += [await stack.enter_async_context(remote(host, plan.hosts_secret)) for host in plan.hosts]
            try:
                return await coordinate(replace(plan, hosts_secret=""), links, heard, control)
            except EOFError as error:
                raise ValueError(f"A generator ended before the run began: {error}") from error


def _check(plan: Plan) -> None:
    script.compiled(plan.profile.steps)
    agents = plan.profile.agents
    if agents and len(plan.seats) != len(plan.agent_tokens):
        raise ValueError(f"{len(plan.seats)} agents have {len(plan.agent_tokens)} tokens")
    if agents and len(plan.seats) < max(agents.seats, 1):
        raise ValueError(
            f"The profile needs {max(agents.seats, 1)} agents for the queue {agents.queue!r}; "
            f"there are {len(plan.seats)}."
        )
    if plan.profile.mode == Mode.REPLAY and not plan.arrivals:
        raise ValueError("There is no arrival to replay.")
