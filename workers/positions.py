"""Where reading a partition begins."""

from dataclasses import dataclass

from workers.batch import Place
from workers.errors import PositionBeyondLog


@dataclass(frozen=True, slots=True)
class Log:
    """Offsets of a partition's log: its first record, the one after its last, and where history begins."""

    begin: int
    end: int
    history: int


def first_offset(place: Place, stored: int | None, log: Log, disposable: bool) -> int:
    """The offset to begin at, given the sink's position. Raises PositionBeyondLog.

    A disposable sink (one that can be rebuilt) that is ahead of the log begins anew.
    """
    if stored is not None and stored > log.end and not disposable:
        raise PositionBeyondLog(
            f"{place}: stored up to offset {stored}, but the log ends at {log.end}: the topic was made anew. "
            "Delete its rows from sink_offsets to read it from its beginning."
        )
    if stored is None or stored > log.end:
        return log.history
    return max(stored, log.begin)
