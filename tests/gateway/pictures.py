"""Small images of each kind, made from nothing."""

import struct
import zlib


def png(width: int = 8, height: int = 6, *, shade: int = 120) -> bytes:
    """Grey."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + bytes([shade]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def jpeg(width: int = 8, height: int = 6) -> bytes:
    """Segments as cameras write them, with a scan of nothing."""
    app = b"\xff\xe1" + struct.pack(">H", 6) + b"Exif"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x00\x3f\x00" + b"\x00"
    return b"\xff\xd8" + app + b"\xff\xff" + frame[1:] + scan + b"\xff\xd9" + b"of the camera"


def gif(width: int = 8, height: int = 6) -> bytes:
    """One picture."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00;"


def webp(width: int = 8, height: int = 6, kind: bytes = b"VP8X") -> bytes:
    """The head of each sort."""
    match kind:
        case b"VP8 ":
            body = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
        case b"VP8L":
            body = b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14)
        case _:
            wide, high = width - 1, height - 1
            body = b"\0\0\0\0" + struct.pack("<HBHB", wide & 0xFFFF, wide >> 16, high & 0xFFFF, high >> 16)
    inside = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inside)) + inside
