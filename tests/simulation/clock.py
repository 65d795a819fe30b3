"""An event loop whose time is virtual, and processes that can be killed and paused inside it."""

import asyncio
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from typing import Any

EPOCH_S = 1_790_000_000.0
"""What time.time() says when a simulation begins, Unix seconds."""


class ProcessEnded(BaseException):
    """Raised where a process ends itself: nothing of it runs after that."""


class Stalled(Exception):
    """Nothing will ever happen again."""


class Process:
    """All tasks begun in its context. A dead one's code never runs again, not even its `finally`."""

    def __init__(self, name: str, loop: "VirtualLoop") -> None:
        self.name, self.loop = name, loop
        self.dead, self.why = False, ""
        self.ended_at = self.cut_until = self.woke_at = self.pause_s = 0.0
        self.paused = False
        self.steps_left: int | None = None
        self.deaths: list[Callable[[], None]] = []
        self._deferred: list[tuple[Callable[..., object], tuple[Any, ...], Context]] = []

    def start(self, work: Any) -> "asyncio.Task[Any]":
        """Runs the coroutine in this process."""
        context = Context()
        context.run(PROCESS.set, self)
        task = self.loop.create_task(work, context=context)
        task.add_done_callback(self._finished, context=context)
        return task

    def end(self, why: str) -> None:
        """Ends it at once."""
        if self.dead:
            return
        self.dead, self.why, self.ended_at = True, why, self.loop.time()
        self._deferred.clear()
        for told in self.deaths:
            told()

    def pause(self, seconds: float) -> None:
        """Nothing of it runs meanwhile."""
        if self.paused or self.dead:
            return
        self.paused, self.pause_s = True, seconds
        self.loop.call_at(self.loop.time() + seconds, self._wake, context=Context())

    def run(self, callback: Callable[..., object], args: tuple[Any, ...], context: Context) -> None:
        """One step of it."""
        if self.dead:
            return
        if self.paused:
            self._deferred.append((callback, args, context))
            return
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                self.end("killed")
                return
        callback(*args)
        if (watch := self.loop.watch) is not None:
            watch(self, callback)

    def _wake(self) -> None:
        self.paused, self.woke_at = False, self.loop.time()
        deferred, self._deferred = self._deferred, []
        for callback, args, context in deferred:
            if not self.dead:
                self.loop.call_soon(callback, *args, context=context)

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is None:
            self.end("stopped")
        elif not isinstance(error, ProcessEnded):
            self.end(f"raised {error!r}")


PROCESS: ContextVar[Process | None] = ContextVar("PROCESS", default=None)


class VirtualLoop(BaseEventLoop):
    """Time passes only where everybody waits, and then at once."""

    def __init__(self) -> None:
        super().__init__()
        self._now, self._selector = 0.0, self
        self.jump_s = 0.0
        self.watch: Callable[[Process, Callable[..., object]], None] | None = None
        self._all: list[asyncio.Task[Any]] = []
        self.set_exception_handler(lambda *_: None)
        self.set_task_factory(self._made)

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._now

    def select(self, timeout: float | None) -> list[Any]:
        """In a selector's place: nothing comes from outside."""
        if timeout is None:
            raise Stalled
        self._now += timeout
        return []

    def call_soon(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Context | None = None
    ) -> Any:
        """As ever, unless its process is dead or paused by then."""
        context = copy_context() if context is None else context
        if (process := context.get(PROCESS)) is not None:
            return super().call_soon(process.run, callback, args, context, context=context)
        return super().call_soon(callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> Any:
        """The same, later."""
        context = copy_context() if context is None else context
        if (process := context.get(PROCESS)) is not None:
            return super().call_at(when, process.run, callback, args, context, context=context)
        return super().call_at(when, callback, *args, context=context)

    def outside(self, after_s: float, callback: Any, *args: Any) -> None:
        """In no process: a server's or a network's doing."""
        super().call_at(self._now + after_s, callback, *args, context=Context())

    def finish(self) -> None:
        """Closes what is left, as if it had never been waited for."""
        for task in self._all:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                with suppress(BaseException):
                    task.get_coro().close()
        self._all.clear()
        self._ready.clear()  # type: ignore[attr-defined]
        self.close()

    def _made(self, loop: Any, coro: Any, **options: Any) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **options)
        self._all.append(task)
        return task

    def _asyncgen_finalizer_hook(self, agen: Any) -> None:
        """What a dead process left open is not closed."""

    def _process_events(self, event_list: Any) -> None:
        """There are none."""


class VirtualTime:
    """The module `time`, as the code under simulation sees it."""

    CLOCK_MONOTONIC, CLOCK_BOOTTIME = 1, 7

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return self._loop.time()

    perf_counter = monotonic

    def clock_gettime(self, _: int) -> float:
        """The same."""
        return self._loop.time()

    def time(self) -> float:
        """Unix seconds; jumps with the machine's clock."""
        return EPOCH_S + self._loop.time() + self._loop.jump_s

    def time_ns(self) -> int:
        """Unix nanoseconds."""
        return int(self.time() * 1e9)
