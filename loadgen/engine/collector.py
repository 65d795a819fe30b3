"""Python's cycle collector, told to look seldom: a generator makes many objects and hardly a cycle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (50_000, 20, 50)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """What is there already is never looked at; a full collection, some 20 ms, comes next to never."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
