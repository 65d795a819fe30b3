"""What the prober's lag says of a group: pure."""

from infra.scaling.rule import Seen
from schemas.lag import Lag


class Reader:
    """Makes measurements of successive lags: what has come is how far the ends of the partitions moved."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._before: tuple[int, int] | None = None

    def seen(self, lag: Lag, workers: int) -> Seen | None:
        """The group's measurement; None where the lag knows nothing of the group."""
        those = [one for one in lag.partitions if one.group == self._group]
        if not those:
            return None
        end = sum(one.next_offset + one.records for one in those)
        per_s = self._arrivals_per_s(lag.at_ms, end)
        self._before = (lag.at_ms, end)
        backlog = sum(one.records for one in those)
        return Seen(lag.at_ms / 1000, lag.worst_s(self._group), backlog, per_s, workers)

    def _arrivals_per_s(self, at_ms: int, end: int) -> float:
        if self._before is None or at_ms <= self._before[0]:
            return 0.0
        return max(end - self._before[1], 0) * 1000 / (at_ms - self._before[0])
