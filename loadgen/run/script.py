"""A profile's steps made ready: what can be done once is done before the first request."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from loadgen.profiles.model import Step
from loadgen.run import checks, texts
from loadgen.run.checks import Check
from loadgen.run.texts import Holder, Text
from loadgen.times import Duration

CONNECT = "/agent/connect"
"""The step after which a customer may have to wait for an agent."""


class Request(NamedTuple):
    """As Client.send takes it."""

    method: str
    path: str
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Call:
    """One step. `fixed` is its request where no name stands in it."""

    name: str
    check: Check
    think: Duration | None
    save: tuple[tuple[str, str], ...]
    needed: bool
    whole: int
    chance: float
    connects: bool
    fixed: Request | None
    step: Step
    path: Text
    body: Text
    headers: tuple[tuple[str, Text], ...]

    def request(self, holder: Holder) -> Request:
        """Raises KeyError where a name was not saved."""
        if self.fixed:
            return self.fixed
        step = self.step
        body = self.body(holder).encode()
        headers = tuple([(name, text(holder)) for name, text in self.headers])
        return Request(step.method, self.path(holder), body, _content_type(step), headers)


def compiled(steps: Sequence[Step]) -> list[Call]:
    """Raises UnknownName, with the step's name, and ValueError where there is no step."""
    if not steps:
        raise ValueError("a profile needs a step")
    saved: set[str] = set()
    calls = []
    for step in steps:
        try:
            calls.append(call(step, saved))
        except texts.UnknownName as error:
            raise texts.UnknownName(f"step {step.name}: {error}") from error
        saved |= step.save.keys()
    return calls


def call(step: Step, saved: Collection[str]) -> Call:
    """One step, where `saved` are the names that it may use beside a user's own. Raises UnknownName."""
    whole = int(step.times)
    escape = texts.as_json if "json" in step.content_type else texts.as_url
    parts = (step.path, step.body, *(value for _, value in step.headers))
    fixed = None
    if all(texts.constant(part) for part in parts):
        fixed = Request(step.method, step.path, step.body.encode(), _content_type(step), step.headers)
    return Call(
        name=step.name,
        check=checks.compiled(step.expect),
        think=step.think if step.think.a or step.think.b else None,
        save=tuple(step.save.items()),
        needed=step.needed,
        whole=whole,
        chance=step.times - whole,
        connects=step.path.partition("?")[0] == CONNECT,
        fixed=fixed,
        step=step,
        path=texts.compiled(step.path, texts.as_url, saved),
        body=texts.compiled(step.body, escape, saved),
        headers=tuple((name, texts.compiled(value, texts.as_is, saved)) for name, value in step.headers),
    )


def _content_type(step: Step) -> str:
    return step.content_type if step.body else ""
