"""Crash points: every place where the code under simulation waits, and a kill at one of them."""

import ast
import asyncio
import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import AsyncGeneratorType, ModuleType
from typing import Any, NamedTuple

from streams.harness import consumer, outbox, owned, shell
from tests.simulation.clock import Process
from tests.simulation.world import World
from workers import backoff, dead_letters, loop, postgres
from workers.notifier import sink as notifier_sink
from workers.persister import sink as persister_sink

MODULES: tuple[ModuleType, ...] = (
    shell,
    owned,
    outbox,
    consumer,
    loop,
    backoff,
    dead_letters,
    postgres,
    persister_sink,
    notifier_sink,
)
WAITS = (ast.Await, ast.AsyncWith, ast.AsyncFor)


class Point(NamedTuple):
    """Where something is waited for: a module, and the lines of the expression."""

    module: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.module}:{self.first}"


def points(modules: Iterable[ModuleType] = MODULES) -> list[Point]:
    """Every await, `async with` and `async for` of the modules."""
    found = set()
    for module in modules:
        tree = ast.parse(Path(module.__file__ or "").read_text())
        found |= {_point(module.__name__, node) for node in ast.walk(tree) if isinstance(node, WAITS)}
    return sorted(found)


def _point(module: str, node: ast.Await | ast.AsyncWith | ast.AsyncFor) -> Point:
    """Of a block only its head: what is inside has points of its own."""
    if isinstance(node, ast.AsyncWith):
        return Point(module, node.lineno, max(item.context_expr.end_lineno or 0 for item in node.items))
    if isinstance(node, ast.AsyncFor):
        return Point(module, node.lineno, node.iter.end_lineno or node.lineno)
    return Point(module, node.lineno, node.end_lineno or node.lineno)


class Watch:
    """Sees where each step of a process left off; kills the one that waits at `target`, `times` in a row."""

    def __init__(
        self, known: Iterable[Point], target: Point | None = None, times: int = 0, skip: int = 0
    ) -> None:
        self._lines: dict[tuple[str, int], list[Point]] = {}
        for point in known:
            for line in range(point.first, point.last + 1):
                self._lines.setdefault((point.module, line), []).append(point)
        self.target, self.times, self.skip = target, times, skip
        self.reached: Counter[Point] = Counter()
        self.killed: list[str] = []
        self._name = ""

    def __call__(self, process: Process, callback: Callable[..., object]) -> None:
        """After a step."""
        task = getattr(callback, "__self__", None)
        if process.dead or not isinstance(task, asyncio.Task) or task.done():
            return
        for point in self._waiting(task):
            self.reached[point] += 1
            if point == self.target and len(self.killed) < self.times:
                self._kill(process)

    def _kill(self, process: Process) -> None:
        if self.skip > 0:
            self.skip -= 1
            return
        if self._name in ("", process.name):
            self._name = process.name
            self.killed.append(process.name)
            process.end("killed")

    def _waiting(self, task: "asyncio.Task[Any]") -> Iterator[Point]:
        frame: Any = task.get_coro()
        while frame is not None:
            code = getattr(frame, "cr_frame", None) or getattr(frame, "ag_frame", None)
            if code is not None:
                yield from self._lines.get((code.f_globals.get("__name__", ""), code.f_lineno), ())
            frame = getattr(frame, "cr_await", None) or getattr(frame, "ag_await", None) or _generator(frame)


def _generator(waiting: object) -> object:
    """The async generator that `anext` waits for: only the collector knows."""
    if type(waiting).__name__ not in ("async_generator_asend", "async_generator_athrow"):
        return None
    found = gc.get_referents(waiting)
    return next((one for one in found if isinstance(one, AsyncGeneratorType)), None)


def watched(watch: Watch) -> Callable[[World], None]:
    """What a simulation must do before it begins."""

    def before(world: World) -> None:
        world.loop.watch = watch
        if watch.target is not None:
            world.faults.append((0.0, "kill", str(watch.target)))

    return before


_FAUST = "inside Faust's own consumer thread, in whose place the simulation stands"
_EXPLAIN = "only asked where a hole stays after twenty seeks; the next thing is the process's end"
_FREE = "the lock is hardly ever taken by another; what is done under it has points of its own"
_POOL = "makes asyncpg's pool, in whose place the simulation stands"
NEVER: dict[tuple[str, str], str] = {
    ("streams.harness.consumer", "await super().on_start()"): _FAUST,
    ("streams.harness.consumer", "good = await heartbeat()"): _FAUST,
    ("streams.harness.outbox", "await self._producer.stop()"): "a processor ends without closing anything",
    ("streams.harness.owned", "async with asyncio.timeout(CHECKPOINT_TIMEOUT_S):"): "never waits itself",
    ("streams.harness.shell", "await self._explain(owned)"): _EXPLAIN,
    ("streams.harness.shell", "(await consumer.earliest_offsets(source))[source],"): _EXPLAIN,
    ("streams.harness.shell", "(await consumer.highwaters(source))[source],"): _EXPLAIN,
    ("streams.harness.shell", "identity = await topic_id(self.outbox.client, self._source)"): _EXPLAIN,
    ("workers.loop", "async with self._busy:"): _FREE,
    ("workers.loop", "await self._commit"): "a commit is hardly ever under way when the worker is stopped",
    ("workers.postgres", "return await asyncpg.create_pool("): _POOL,
    (
        "workers.postgres",
        'return await persist(connect, PASSING, patience_s, "connecting to Postgres")',
    ): _POOL,
    (
        "workers.persister.sink",
        "return await write(db, table, built[:half], tags) + await write(db, table, built[half:], tags)",
    ): "rows that can be written one by one and not together; the table here has none",
}
"""Of a module the text of a wait that no simulation need reach, and why."""


def unreached(reached: Iterable[Point], known: Iterable[Point]) -> list[Point]:
    """The points that were neither reached nor excused."""
    got = set(reached)
    return [point for point in known if point not in got and not excuse(point)]


def excuse(point: Point) -> str:
    """Why the point is never reached, or an empty text."""
    module = next(one for one in MODULES if one.__name__ == point.module)
    line = Path(module.__file__ or "").read_text().splitlines()[point.first - 1].strip()
    return NEVER.get((point.module, line), "")
