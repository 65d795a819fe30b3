"""Unguessable bits: a session's id is its customer's key to it."""

import os
import struct
from collections.abc import Iterator

_DRAW_BYTES = 4096


class RandomBits:
    """62 bits at a time from the system's generator, which is asked once for 512 of them."""

    def __init__(self) -> None:
        self._left: Iterator[tuple[int]] = iter(())

    def next(self) -> int:
        """0 to 2**62 - 1."""
        found = next(self._left, None)
        if found is None:
            self._left = struct.iter_unpack("Q", os.urandom(_DRAW_BYTES))
            found = next(self._left)
        return found[0] >> 2
