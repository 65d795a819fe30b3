"""What every local part has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Port:
    """A port that a part listens on, and the environment variable that moves it."""

    number: int
    variable: str


@dataclass(frozen=True, slots=True)
class Command:
    """How to run a process in the foreground."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)


class Part(Protocol):
    """One server: its files are made by `prepare`, it runs as `command`, `answers` says that it serves."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str:
        """What clients connect with, in the form of the part's environment variable."""

    @property
    def ports(self) -> tuple[Port, ...]: ...

    @property
    def variable(self) -> str:
        """The environment variable that carries `address`, and names a server of the user's own."""

    def prepare(self) -> None:
        """Makes what is missing below `home`; raises StackError where it can't be used."""

    def command(self) -> Command: ...

    def answers(self) -> bool:
        """Whether the server takes requests now; never raises."""
