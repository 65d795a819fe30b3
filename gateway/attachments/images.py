"""What an image is, by its own bytes: which kind, how large, and that it is whole. Pure.

Formats: PNG (W3C, 3rd edition), JPEG (ITU-T T.81, annex B), GIF89a, WebP (RFC 9649). SVG is a document that
can run scripts, so it is no image here.
"""

import zlib
from collections.abc import Callable
from struct import error as StructError
from struct import unpack_from
from typing import NamedTuple

ENOUGH = 16
"""Bytes that tell the kind."""

MOST_PIXELS = 50_000_000
"""More need too much memory wherever they are shown, however few bytes they have."""

MOST_SIDE = 30_000
_MOST_PIECES = 20_000
"""Chunks or segments: what has more was made to keep us busy."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers of frames, which say how large they are."""

_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Its markers without a length."""


class Image(NamedTuple):
    """Sides in pixels."""

    extension: str
    width: int
    height: int


class BadImage(ValueError):
    """It is of a kind that we know, and damaged or too large; the text says how."""


def extension_of(head: bytes) -> str:
    """The kind, by the first bytes; empty for one that is not taken."""
    if head.startswith(_PNG):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    return "webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def image_in(body: bytes) -> Image:
    """The image, all of which is in `body`. Raises BadImage."""
    extension = extension_of(body)
    try:
        width, height = _READERS[extension](body)
    except KeyError:
        raise BadImage("is none that is taken") from None
    except (StructError, IndexError):
        raise BadImage("is cut off") from None
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE and width * height <= MOST_PIXELS):
        raise BadImage(f"has {width} x {height} pixels, of {MOST_PIXELS} at the most")
    return Image(extension, width, height)


def _png(body: bytes) -> tuple[int, int]:
    """Each chunk has a checksum; IHDR is the first one, IEND the last."""
    at, kinds = len(_PNG), set[bytes]()
    for _ in range(_MOST_PIECES):
        length, kind = unpack_from(">I4s", body, at)
        (told,) = unpack_from(">I", body, at + 8 + length)
        if zlib.crc32(body[at + 4 : at + 8 + length]) != told:
            raise BadImage("is damaged")
        if not kinds and (kind, length) != (b"IHDR", 13):
            raise BadImage("is damaged")
        kinds.add(kind)
        if kind == b"IEND":
            break
        at += 12 + length
    if not {b"IDAT", b"IEND"} <= kinds:
        raise BadImage("is damaged")
    width, height = unpack_from(">II", body, 16)
    return width, height


def _jpeg(body: bytes) -> tuple[int, int]:
    """Segments up to the scan; what cameras put behind the end is theirs."""
    at, size, scanned = 2, (0, 0), False
    for _ in range(_MOST_PIECES):
        if body[at] != 0xFF:
            raise BadImage("is damaged")
        marker = body[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = unpack_from(">H", body, at + 2)
        if length < 2:
            raise BadImage("is damaged")
        if marker in _SIZES:
            height, width = unpack_from(">HH", body, at + 5)
            size = width, height
        if marker == 0xDA:
            scanned = True
            break
        at += 2 + length
    if not scanned or body.find(b"\xff\xd9", at) < 0:
        raise BadImage("is cut off")
    return size


def _gif(body: bytes) -> tuple[int, int]:
    if body.find(b"\x2c", 13) < 0 or not body.rstrip(b"\0").endswith(b";"):
        raise BadImage("is cut off")
    width, height = unpack_from("<HH", body, 6)
    return width, height


def _webp(body: bytes) -> tuple[int, int]:
    """Lossy, lossless or extended; the container says how long it is."""
    (length,) = unpack_from("<I", body, 4)
    if length + 8 > len(body):
        raise BadImage("is cut off")
    match body[12:16]:
        case b"VP8 ":
            width, height = unpack_from("<HH", body, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = unpack_from("<I", body, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            low_w, high_w, low_h, high_h = unpack_from("<HBHB", body, 24)
            return (high_w << 16 | low_w) + 1, (high_h << 16 | low_h) + 1
        case _:
            raise BadImage("is damaged")


_READERS: dict[str, Callable[[bytes], tuple[int, int]]] = {
    "png": _png,
    "jpg": _jpeg,
    "gif": _gif,
    "webp": _webp,
}
