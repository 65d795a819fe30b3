"""Executing a plan: generators at work, their windows put together, second by second."""

from contextlib import AsyncExitStack
from dataclasses import replace
from time import perf_counter

from loadgen.profiles.model import Mode
from loadgen.results.window import Window
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
    a plan that can't be run, ConnectionError for a host that does not answer, and what `heard` raises, after
    it has ended the run.
    """
    _check(plan)
    control = control or Control()
    listener = _Listener(heard, control)
    with stopped_by_signals(control):
        outcome = await _executed(plan, listener.hear, control)
    if listener.error:
        raise listener.error
    return outcome


async def _executed(plan: Plan, heard: Heard, control: Control) -> Outcome:
    if not plan.processes and not plan.hosts:
        async with Generator(plan, Share(), heard, control) as generator:
            return await generator.run(perf_counter() + _LEAD_S)
    async with AsyncExitStack() as stack:
        links = [await stack.enter_async_context(process(nth)) for nth in range(plan.processes)]
        links += [await stack.enter_async_context(remote(host, plan.hosts_secret)) for host in plan.hosts]
        return await coordinate(replace(plan, hosts_secret=""), links, heard, control)


class _Listener:
    """Whoever hears the windows may fail, as where the disk is full: then the run ends in good order."""

    def __init__(self, heard: Heard, control: Control) -> None:
        self.error: Exception | None = None
        self._heard = heard
        self._control = control

    def hear(self, window: Window) -> None:
        if self.error:
            return
        try:
            self._heard(window)
        except Exception as error:  # noqa: BLE001 - it is raised when the run has ended
            self.error = error
            self._control.stop(f"{type(error).__name__}: {error}")


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
