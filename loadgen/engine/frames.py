"""WebSocket frames (RFC 6455, section 5) as a client reads and writes them. Pure but for the mask's key."""

import struct
from collections.abc import Iterator
from enum import IntEnum
from random import Random
from typing import NamedTuple

MOST_BYTES = 16 << 20
_FIN, _OPCODE, _RESERVED = 0x80, 0x0F, 0x70
_MASKED = 0x80
_SMALL, _SHORT, _LONG = 126, 126, 127


class Opcode(IntEnum):
    """What a frame is."""

    MORE = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


_OPCODES = {int(opcode): opcode for opcode in Opcode}


class Broken(Exception):
    """What came is no WebSocket; `code` is the close code that says so."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


class Frame(NamedTuple):
    """`last` says that its message ends with it."""

    opcode: Opcode
    last: bool
    payload: bytes


def masked(opcode: Opcode, payload: bytes, rng: Random) -> bytes:
    """A whole message in one frame."""
    size = len(payload)
    key = rng.getrandbits(32).to_bytes(4, "big")
    if size < _SMALL:
        head = bytes((_FIN | opcode, _MASKED | size))
    elif size < 1 << 16:
        head = struct.pack("!BBH", _FIN | opcode, _MASKED | _SHORT, size)
    else:
        head = struct.pack("!BBQ", _FIN | opcode, _MASKED | _LONG, size)
    keys = int.from_bytes((key * (size // 4 + 1))[:size], "little")
    return head + key + (int.from_bytes(payload, "little") ^ keys).to_bytes(size, "little")


class Reader:
    """Puts bytes in, gets whole frames out. `rest` came already."""

    def __init__(self, rest: bytes = b"") -> None:
        self._rest = rest

    def feed(self, data: bytes) -> Iterator[Frame]:
        """All frames that are complete now; take all of them. Raises Broken, after those before it."""
        if self._rest:
            data = self._rest + data
        at = 0
        while found := _frame(data, at):
            frame, at = found
            yield frame
        self._rest = data[at:]


def _frame(data: bytes, at: int) -> tuple[Frame, int] | None:
    """The frame at `at` and where it ends; None where it is not complete."""
    there = len(data) - at
    if there < 2:
        return None
    first, size, head = data[at], data[at + 1], 2
    if first & _RESERVED or size & _MASKED:
        raise Broken(1002, "reserved bits, or a mask from a server")
    if size == _SHORT:
        if there < 4:
            return None
        size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
    elif size == _LONG:
        if there < 10:
            return None
        size, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
    if size > MOST_BYTES:
        raise Broken(1009, f"a frame of {size} bytes")
    end = at + head + size
    if len(data) < end:
        return None
    return Frame(_opcode(first, size), bool(first & _FIN), data[at + head : end]), end


def _opcode(first: int, size: int) -> Opcode:
    opcode = _OPCODES.get(first & _OPCODE)
    if opcode is None:
        raise Broken(1002, f"opcode {first & _OPCODE}")
    if opcode >= Opcode.CLOSE and (size >= _SMALL or not first & _FIN):
        raise Broken(1002, "a long or cut control frame")
    return opcode
