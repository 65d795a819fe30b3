"""Many clients at a time over raw sockets, and what the gateway makes of them."""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import psutil

from tests.gateway.case import Case

_SILENCE_S = 0.25
_ANSWER_S = 15.0
_AT_A_TIME = 16


class Got(NamedTuple):
    """The first answer: its status, or None where none came, and the whole of it as bytes."""

    status: int | None
    raw: bytes


@dataclass
class Found:
    """What came of many cases."""

    statuses: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, case: Case, got: Got) -> None:
        self.statuses[case.kind, got.status] += 1
        fine = got.status in case.allowed or (got.status is None and case.silent)
        if not fine or b"Traceback" in got.raw:
            self.wrong.append(f"{case.kind}: {got.status} to {case.raw[:300]!r}: {got.raw[:300]!r}")

    def totals(self) -> Counter[int | None]:
        """Of all kinds together."""
        totals: Counter[int | None] = Counter()
        for (_, status), count in self.statuses.items():
            totals[status] += count
        return totals


async def send_all(port: int, cases: Iterable[Case]) -> Found:
    """Each over a connection of its own, some dozens at a time."""
    found, rest = Found(), iter(cases)

    async def sending() -> None:
        for case in rest:
            found.note(case, await send(port, case))

    await asyncio.gather(*[sending() for _ in range(_AT_A_TIME)])
    return found


async def send(port: int, case: Case) -> Got:
    """One case; a connection that is dropped is no answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(case.raw)
        if not case.allowed:
            await writer.drain()
            return Got(None, b"")
        async with asyncio.timeout(_SILENCE_S if case.silent else _ANSWER_S):
            return await _first_answer(reader)
    except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        return Got(None, b"")
    finally:
        _drop(writer)


async def _first_answer(reader: asyncio.StreamReader) -> Got:
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if b": " in line)
    body = await reader.read(min(int(fields.get(b"content-length", b"0")), 65_536))
    return Got(int(head.split(b" ", 2)[1]), head + body)


def _drop(writer: asyncio.StreamWriter) -> None:
    """At once, with a reset where something is left."""
    with suppress(OSError):
        option = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
    writer.close()


def memory_mb(pid: int) -> float:
    """The resident memory of a process."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6


def descriptors(pid: int) -> int:
    return int(psutil.Process(pid).num_fds())
