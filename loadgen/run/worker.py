"""A generator at the other end of a Link, in a process of its own."""

import asyncio
from contextlib import AsyncExitStack, suppress
from time import perf_counter

from loadgen.run.control import Control
from loadgen.run.generator import Generator
from loadgen.run.wire import Begin, Failed, Go, Left, Link, Over, Ready, Recovered, Stop, Told, packed

_OTHERS_S = 120.0


async def work(link: Link) -> None:
    """One run, from Begin to Over. Ends early where the coordinator is gone."""
    try:
        begin = await link.hear()
    except EOFError:
        return  # another generator could not be had, so there is no run
    if not isinstance(begin, Begin):
        return
    control = Control()
    going: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as stack:
        try:
            generator = Generator(
                begin.plan,
                begin.share,
                lambda window: link.say(packed(window)),
                control,
                lambda sessions: link.say(Told(tuple(sessions))),
                lambda: link.say(Left()),
            )
            await stack.enter_async_context(generator)
        except ValueError as error:
            link.say(Failed(str(error)))
            return
        hearing = asyncio.create_task(_hear(link, control, generator, going))
        stack.callback(hearing.cancel)
        link.say(Ready())
        with suppress(EOFError):  # the coordinator has gone before the run began
            began = await going
            link.say(Over(await generator.run(began)))
            # Others may not be over, and its agents serve their customers: the coordinator hangs up.
            await asyncio.wait({hearing}, timeout=_OTHERS_S)


async def _hear(link: Link, control: Control, generator: Generator, going: "asyncio.Future[float]") -> None:
    try:
        while True:
            match await link.hear():
                case Go(in_s):
                    going.set_result(perf_counter() + in_s)
                case Stop(reason):
                    control.stop(reason)
                case Recovered():
                    control.recovered.set()
                case Told(sessions):
                    generator.told(sessions)
                case Left():
                    control.all_left.set()
                case _:
                    pass
    except (EOFError, ValueError) as error:
        control.stop("the coordinator is gone")
        control.all_left.set()
        if not going.done():
            going.set_exception(EOFError(str(error)))
