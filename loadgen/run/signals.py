"""SIGINT and SIGTERM end a run early, not the process."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from loadgen.run.control import Control

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by_signals(control: Control) -> Iterator[None]:
    """Only the main thread can hear them; elsewhere nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, control.stop, f"stopped by {number.name}")
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
