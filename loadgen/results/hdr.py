"""Latencies as the text that HdrHistogram's `encode` writes, and back. Pure.

The library's own needs a whole histogram for each, 160 KB and a millisecond; a long run has a million.
Format: V2 of HdrHistogram's base64 of a deflated payload (hdrhistogram.github.io, HdrHistogram.java,
encodeIntoCompressedByteBuffer; counts as zigzag LEB128, runs of zeros as one negative number).
"""

import base64
import struct
import zlib
from collections.abc import Iterator

from loadgen.engine.latencies import HIGHEST_US, Latencies

_HEADER = struct.Struct(">iiiiqqd")
_ENVELOPE = struct.Struct(">ii")
_COOKIE = 0x1C849303 | 0x10
_COMPRESSED = 0x1C849304 | 0x10
_DIGITS = 3


class NotHdr(ValueError):
    """A text that is no histogram of ours."""


def encode(latencies: Latencies) -> str:
    """Base64 that any HdrHistogram decodes; microseconds, 3 digits."""
    payload = bytes(_payload(latencies))
    header = _HEADER.pack(_COOKIE, len(payload), 0, _DIGITS, 1, HIGHEST_US, 1.0)
    packed = zlib.compress(header + payload)
    return base64.b64encode(_ENVELOPE.pack(_COMPRESSED, len(packed)) + packed).decode()


def decode(text: str) -> Latencies:
    """What was encoded, by us or by the library. Raises NotHdr."""
    try:
        raw = base64.b64decode(text, validate=True)
        cookie, length = _ENVELOPE.unpack_from(raw)
        if cookie != _COMPRESSED:
            raise NotHdr(f"{text[:40]!r} is no compressed histogram, version 2")
        unpacked = zlib.decompress(raw[_ENVELOPE.size : _ENVELOPE.size + length])
        _, size, _, digits, lowest, _, _ = _HEADER.unpack_from(unpacked)
        if (digits, lowest) != (_DIGITS, 1):
            raise NotHdr(f"{text[:40]!r} has other buckets than ours")
        return Latencies.unpack(dict(_counts(unpacked[_HEADER.size : _HEADER.size + size])))
    except (ValueError, struct.error, zlib.error, IndexError) as error:
        raise NotHdr(str(error)) from error


def _payload(latencies: Latencies) -> Iterator[int]:
    following = 0
    for number, times in sorted(latencies.counts.items()):
        if number > following:
            yield from _leb128(following - number)
        yield from _leb128(times)
        following = number + 1


def _leb128(number: int) -> Iterator[int]:
    left = number << 1 if number >= 0 else (-number << 1) - 1
    while left > 0x7F:
        yield left & 0x7F | 0x80
        left >>= 7
    yield left


def _counts(payload: bytes) -> Iterator[tuple[int, int]]:
    number = at = 0
    while at < len(payload):
        value = shift = 0
        while True:
            byte = payload[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift == 63:
                break
        times = (value >> 1) ^ -(value & 1)
        if times > 0:
            yield number, times
        number += max(-times, 1)
