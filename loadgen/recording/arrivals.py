"""The file of arrivals: NDJSON, a header and one line for each contact, in order. No text, name or number of
anybody's is in it, and nothing says on which day it was."""

import gzip
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import IO, Literal, TypeVar

import msgspec

VERSION = 1
T = TypeVar("T")


class RecordingError(ValueError):
    """A file is no recording, or can't be read; the text says why."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact that came `at` seconds after the recording's beginning. `who` is the same for one customer's
    contacts within this file, and means nothing elsewhere. `steps` are what it did then, each with its
    seconds after the one before; the first is start or ivr."""

    at: float
    who: str = ""
    channel: str = "chat"
    queue: str = ""
    steps: tuple[tuple[str, float], ...] = ()


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: how long was recorded, and how many came."""

    format: Literal["aicc-arrivals"] = "aicc-arrivals"
    version: int = VERSION
    seconds: float
    arrivals: int


class Recording(msgspec.Struct, frozen=True):
    """What a file holds."""

    seconds: float
    arrivals: tuple[Arrival, ...]

    def times(self, speed: float = 1.0) -> tuple[float, ...]:
        """When each comes if it is played at `speed` times its rate."""
        return tuple(arrival.at / speed for arrival in self.arrivals)

    def per_s(self, speed: float = 1.0) -> list[int]:
        """How many come in each second then."""
        found = Counter(int(at) for at in self.times(speed))
        return [found[second] for second in range(max(found, default=-1) + 1)]


_header = msgspec.json.Decoder(Header).decode
_arrival = msgspec.json.Decoder(Arrival).decode
_encode = msgspec.json.Encoder().encode


def write(path: Path, seconds: float, arrivals: Iterable[Arrival]) -> int:
    """Writes the file, gzipped where its name ends in .gz; how many arrivals it has. Raises OSError."""
    ordered = sorted(arrivals, key=lambda arrival: arrival.at)
    with _open(path, "wb") as file:
        file.write(_encode(Header(seconds=seconds, arrivals=len(ordered))) + b"\n")
        file.writelines(_encode(arrival) + b"\n" for arrival in ordered)
    return len(ordered)


def read(path: Path) -> Recording:
    """Raises RecordingError."""
    try:
        with _open(path, "rb") as file:
            header = _read(_header, file.readline(), path, 1)
            if header.version > VERSION:
                raise RecordingError(f"{path}: is of version {header.version}, known is {VERSION}")
            arrivals = tuple(_read(_arrival, line, path, nth) for nth, line in enumerate(file, 2))
    except (OSError, EOFError) as error:
        raise RecordingError(f"{path}: can't be read: {error}") from error
    if len(arrivals) != header.arrivals:
        raise RecordingError(f"{path}: has {len(arrivals)} arrivals of {header.arrivals}: it was cut off")
    if any(one.at > after.at for one, after in pairwise(arrivals)):
        raise RecordingError(f"{path}: its arrivals are not in order")
    return Recording(header.seconds, arrivals)


def _open(path: Path, mode: Literal["rb", "wb"]) -> IO[bytes]:
    return gzip.open(path, mode) if path.suffix == ".gz" else path.open(mode)  # type: ignore[return-value]


def _read(decode: Callable[[bytes], T], line: bytes, path: Path, nth: int) -> T:
    try:
        return decode(line)
    except msgspec.MsgspecError as error:
        raise RecordingError(f"{path}, line {nth}: is none of a recording of arrivals: {error}") from error
