"""A partition's clock: broker time made to run forward only."""

from streams.harness.decider import Moment

MOST_MS = 5_000
"""The clock's longest leap between two records: broker time can jump, timers must not."""


class Clock:
    """Advances by the differences of successive append times, 0 to 5 s each; starts at the first one."""

    def __init__(self, at_ms: int = 0, appended_ms: int = 0) -> None:
        self.at_ms, self.appended_ms = at_ms, appended_ms

    def advance(self, appended_ms: int) -> Moment:
        """The moment of the next record. Called for every record of the partition, skipped ones too."""
        if self.at_ms:
            self.at_ms += min(max(appended_ms - self.appended_ms, 0), MOST_MS)
        else:
            self.at_ms = appended_ms
        self.appended_ms = appended_ms
        return Moment(self.at_ms, appended_ms)
