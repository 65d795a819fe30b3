"""Several generators, one run: begun together, heard second by second, and ended together."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from loadgen.run.control import Control
from loadgen.run.gather import Gathering
from loadgen.run.meter import Heard
from loadgen.run.plan import Outcome, Plan
from loadgen.run.ramp import Share
from loadgen.run.wire import (
    Begin,
    Failed,
    Go,
    Left,
    Link,
    Over,
    Ready,
    Recovered,
    Second,
    Stop,
    Told,
    unpacked,
)

_LEAD_S = 0.3
_READY_S = 60.0
_SILENT_S = 20.0
"""A generator that says nothing for so long counts as dead."""


async def coordinate(plan: Plan, links: Sequence[Link], heard: Heard, control: Control) -> Outcome:
    """Raises ValueError where a generator can't run the plan, ConnectionError where one is not ready in time
    or gone before the run begins."""
    for nth, link in enumerate(links):
        link.say(Begin(plan, Share(nth, len(links))))
    try:
        async with asyncio.timeout(_READY_S):
            for link in links:
                await _ready(link)
    except (EOFError, TimeoutError) as error:
        raise ConnectionError(f"A generator is not ready: {str(error) or 'it is silent'}") from error
    for link in links:
        link.say(Go(_LEAD_S))
    gathering = Gathering(len(links), heard)
    passing_on = asyncio.create_task(_pass_on(links, control))
    try:
        left, ended = _Without(len(links)), _Without(len(links))
        closing = asyncio.create_task(_close(links, left))
        hearing = [_hear(nth, links, gathering, control, left, ended) for nth in range(len(links))]
        outcomes = await asyncio.gather(*hearing)
    finally:
        passing_on.cancel()
        closing.cancel()
    return _together([one for one in outcomes if one], control)


async def _ready(link: Link) -> None:
    message = await link.hear()
    while isinstance(message, Told):  # agents who sign in may be given contacts of before
        message = await link.hear()
    if isinstance(message, Failed):
        raise ValueError(message.reason)
    if not isinstance(message, Ready):
        raise ValueError(f"{link.name} says {type(message).__name__} before the run")


class _Without:
    """Which generators are without something by now, customers or all; `all` is set with the last one."""

    def __init__(self, count: int) -> None:
        self.all = asyncio.Event()
        self._left = set(range(count))

    def add(self, nth: int) -> None:
        """Also more than once."""
        self._left.discard(nth)
        if not self._left:
            self.all.set()


async def _hear(
    nth: int, links: Sequence[Link], gathering: Gathering, control: Control, left: _Without, ended: _Without
) -> Outcome | None:
    """Until all generators are over: the agents of one may serve the customers of another to the end."""
    link = links[nth]
    try:
        while True:
            async with asyncio.timeout(_SILENT_S):
                message = await link.hear()
            match message:
                case Second():
                    gathering.add(nth, unpacked(message))
                case Told():
                    _tell_others(message, link, links)
                case Left():
                    left.add(nth)
                case Over(outcome):
                    if outcome.reason:
                        control.stop(outcome.reason)
                    gathering.over(nth)
                    ended.add(nth)
                    await _outlive(link, links, ended)
                    return outcome
                case _:
                    pass
    except (EOFError, ValueError, TimeoutError) as error:
        control.stop(f"{link.name} has died: {error}" if str(error) else f"{link.name} says nothing any more")
        return None
    finally:
        gathering.over(nth)
        left.add(nth)
        ended.add(nth)


async def _close(links: Sequence[Link], left: _Without) -> None:
    """Says to all when nobody has customers any more."""
    await left.all.wait()
    for link in links:
        link.say(Left())


async def _outlive(link: Link, links: Sequence[Link], ended: _Without) -> None:
    """Goes on telling of a generator's agents that is over itself, until all are."""

    async def telling() -> None:
        with suppress(EOFError, ValueError):
            while True:
                if isinstance(message := await link.hear(), Told):
                    _tell_others(message, link, links)

    task = asyncio.create_task(telling())
    await ended.all.wait()
    task.cancel()


def _tell_others(message: Told, link: Link, links: Sequence[Link]) -> None:
    for other in links:
        if other is not link:
            other.say(message)


async def _pass_on(links: Sequence[Link], control: Control) -> None:
    """What is said to the run goes to every generator."""
    recovered = asyncio.create_task(control.recovered.wait())
    stopped = asyncio.create_task(control.stopped.wait())
    try:
        await asyncio.wait((recovered, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            for link in links:
                link.say(Recovered())
            await stopped
        for link in links:
            link.say(Stop(control.reason))
    finally:
        recovered.cancel()
        stopped.cancel()


def _together(outcomes: Sequence[Outcome], control: Control) -> Outcome:
    given_up = [one.reason for one in outcomes if one.reason and not one.interrupted]
    return Outcome(
        max((one.seconds for one in outcomes), default=0.0),
        control.stopped.is_set() and not given_up,
        given_up[0] if given_up else control.reason,
        tuple(breach for one in outcomes for breach in one.breaches),
    )
