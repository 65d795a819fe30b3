"""Where reading a partition begins."""

from dataclasses import dataclass

from workers.batch import Place, Position
from workers.errors import PositionBeyondLog


@dataclass(frozen=True, slots=True)
class Log:
    """Offsets of a partition's log: its first record, the one after its last, and where history begins;
    and its topic's id."""

    begin: int
    end: int
    history: int
    topic_id: str


def first_offset(place: Place, stored: Position | None, log: Log, disposable: bool) -> int:
    """The offset to begin at, given the sink's position. Raises PositionBeyondLog.

    A disposable sink (one that can be rebuilt) whose position is none of this log begins anew.
    """
    if stored is None:
        return log.history
    if stored.topic_id in ("", log.topic_id) and stored.offset <= log.end:
        return max(stored.offset, log.begin)
    if disposable:
        return log.history
    known = stored.topic_id or "unknown"
    raise PositionBeyondLog(
        f"{place}: stored up to offset {stored.offset} of topic {known}, but the log ends at {log.end} "
        f"and is that of topic {log.topic_id}: the topic was made anew. Delete its rows from sink_offsets to "
        "read it from its beginning."
    )
