"""What may be said to a run while it goes on."""

import asyncio


class Control:
    """`stop` ends the run early, `recovered` the hold after its stages (Profile.limit_s). `all_left` is for a
    generator of several: no customer of any is there any more."""

    def __init__(self) -> None:
        self.recovered = asyncio.Event()
        self.stopped = asyncio.Event()
        self.all_left = asyncio.Event()
        self.reason = ""

    def stop(self, reason: str = "stopped") -> None:
        """Offers nothing more; what is under way may end for a moment. The first reason stays."""
        self.reason = self.reason or reason
        self.stopped.set()
