"""Raises at a chosen line inside `step`, and finds the lines that there are."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import streams.conversations
import streams.routing

BUSINESS = tuple(
    str(Path(str(package.__file__)).parent) for package in (streams.conversations, streams.routing)
)


class Line(NamedTuple):
    """A line of a function."""

    code: CodeType
    number: int

    def __str__(self) -> str:
        return f"{Path(self.code.co_filename).name}:{self.number}"


class Injected(Exception):
    """Raised where a test wants it."""


@contextmanager
def tracing(step: CodeType, at: Callable[[Line], None]) -> Iterator[None]:
    """Calls `at` for each line of the business that is executed inside `step`; what it raises is raised
    there, once."""
    depth = 0

    def on_event(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal depth
        if event == "line":
            at(Line(frame.f_code, frame.f_lineno))
        elif event == "return" and frame.f_code is step:
            depth -= 1
        return on_event

    def on_call(frame: FrameType, _: str, __: Any) -> Any:
        nonlocal depth
        depth += frame.f_code is step
        return on_event if depth and frame.f_code.co_filename.startswith(BUSINESS) else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def raising(step: CodeType, line: Line) -> Iterator[list[Line]]:
    """Raises Injected where `line` is executed first; the list is empty where it never is."""
    raised: list[Line] = []

    def at(here: Line) -> None:
        if here == line:
            raised.append(line)
            raise Injected(str(line))

    with tracing(step, at):
        yield raised
