"""What a check says."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from runtime.settings import Settings


class Standing(StrEnum):
    """From best to worst."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"

    @property
    def rank(self) -> int:
        """0 is best: the exit status."""
        return list(Standing).index(self)


class Finding(msgspec.Struct, frozen=True):
    """One sentence, and what mends it: a command or setting; empty where nothing has to be mended."""

    standing: Standing
    said: str
    mend: str = ""


class Line(msgspec.Struct, frozen=True):
    """A finding with the name of its check."""

    check: str
    standing: Standing
    said: str
    mend: str = ""


def ok(said: str) -> Finding:
    """Nothing to be done."""
    return Finding(Standing.OK, said)


def warning(said: str, mend: str) -> Finding:
    """It works, but not well, or not for long."""
    return Finding(Standing.WARNING, said, mend)


def wrong(said: str, mend: str) -> Finding:
    """Something does not work, or what it promises does not hold."""
    return Finding(Standing.WRONG, said, mend)


class Away(Exception):
    """A server does not answer; one check reports that, the others only that they can't look."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(f"{server} does not answer: {why}")
        self.server = server


class DoctorSettings(Settings, frozen=True, kw_only=True):
    """`topic_prefix` as the workers have it, `certificates` as the prober."""

    topic_prefix: str = ""
    certificates: str = ""


class Case(NamedTuple):
    """What is looked at. `environ` are the variables that the services are started with."""

    settings: DoctorSettings
    environ: Mapping[str, str]
    gateway: str
    lock: Path
