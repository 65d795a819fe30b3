"""What the coordinator and its generators say to each other: msgpack after a length, over a socket."""

import asyncio
from typing import NamedTuple

import msgspec

from loadgen.engine import Latencies
from loadgen.results.window import Tally, Window
from loadgen.run.plan import Outcome, Plan
from loadgen.run.ramp import Share

MOST_BYTES = 64 << 20
_LENGTH_BYTES = 4


class Said(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of all."""


class Begin(Said, frozen=True):
    """To a generator: prepare this share of the plan."""

    plan: Plan
    share: Share


class Ready(Said, frozen=True):
    """From a generator: all is prepared."""


class Go(Said, frozen=True):
    """To a generator: the run begins in so many seconds."""

    in_s: float


class Stop(Said, frozen=True):
    """To a generator: as Control.stop."""

    reason: str


class Recovered(Said, frozen=True):
    """To a generator: as Control.recovered."""


class Told(Said, frozen=True):
    """Sessions that agents were assigned, by a generator's agents, for those that have the customers."""

    sessions: tuple[str, ...]


class Second(Said, frozen=True):
    """From a generator: a Window, packed. Latencies as counts by bucket."""

    numbers: tuple[int, int, int, int, int, int, int]
    """second, stage, intended, begun, dropped, vus, iterations"""
    counts: dict[str, int]
    lateness: dict[int, int]
    loop_lag: dict[int, int]
    cpu_s: float
    cells: tuple["PackedCell", ...]


class PackedCell(NamedTuple):
    """A cell and its tally."""

    stage: int
    endpoint: str
    kind: str
    sent: dict[int, int]
    intended: dict[int, int]
    bytes_in: int
    bytes_out: int


class Left(Said, frozen=True):
    """From a generator: its customers are over. To it: everybody's are, so its agents may close."""


class Over(Said, frozen=True):
    """From a generator: its last word."""

    outcome: Outcome


class Failed(Said, frozen=True):
    """From a generator, instead of Ready: this can't be run."""

    reason: str


Message = Begin | Ready | Go | Stop | Recovered | Told | Second | Left | Over | Failed
encoded = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def decoded(data: bytes) -> Message:
    """Raises ValueError for what is no message."""
    return _decoder.decode(data)


def packed(window: Window) -> Second:
    """The window as it goes over the wire."""
    return Second(
        numbers=(
            window.second,
            window.stage,
            window.intended,
            window.begun,
            window.dropped,
            window.vus,
            window.iterations,
        ),
        counts=window.counts,
        lateness=window.lateness.pack(),
        loop_lag=window.loop_lag.pack(),
        cpu_s=window.cpu_s,
        cells=tuple(
            PackedCell(*cell, tally.sent.pack(), tally.intended.pack(), tally.bytes_in, tally.bytes_out)
            for cell, tally in window.cells.items()
        ),
    )


def unpacked(second: Second) -> Window:
    """The window that was packed."""
    number, stage, intended, begun, dropped, vus, iterations = second.numbers
    window = Window(
        number,
        stage,
        intended=intended,
        begun=begun,
        dropped=dropped,
        vus=vus,
        iterations=iterations,
        counts=second.counts,
        lateness=Latencies.unpack(second.lateness),
        loop_lag=Latencies.unpack(second.loop_lag),
        cpu_s=second.cpu_s,
    )
    for stage, endpoint, kind, sent, intended_s, received, out in second.cells:
        tally = Tally(Latencies.unpack(sent), Latencies.unpack(intended_s), received, out)
        window.cell(stage, endpoint, kind).merge(tally)
    return window


class Link:
    """One end of such a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str = "") -> None:
        self.name = name
        self._reader = reader
        self._writer = writer

    def say(self, message: Message) -> None:
        """Does not wait; to who is gone, nothing is said."""
        if not self._writer.is_closing():
            data = encoded(message)
            self._writer.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)

    async def hear(self) -> Message:
        """The next message. Raises EOFError at the connection's end, however it came, and ValueError for
        what is no message."""
        try:
            size = int.from_bytes(await self._reader.readexactly(_LENGTH_BYTES), "big")
            if size > MOST_BYTES:
                raise ValueError(f"{self.name}: a message of {size} bytes")
            return decoded(await self._reader.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise EOFError(f"{self.name}: connection over") from error

    async def close(self) -> None:
        """Says what was said last, then ends."""
        try:
            await self._writer.drain()
            self._writer.close()
            await self._writer.wait_closed()
        except (ConnectionError, OSError):
            pass
