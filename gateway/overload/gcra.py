"""Rate limits by key, in bounded memory: the generic cell rate algorithm (ITU-T I.371). Pure."""

from collections import OrderedDict
from collections.abc import Hashable


class RateLimit:
    """Each key has `per_s` a second, and `burst` at once. Of more than `most_keys` keys the one that was seen
    longest ago is forgotten, which can only favour it."""

    def __init__(self, per_s: float, burst: int, most_keys: int) -> None:
        self._every_s = 1.0 / per_s
        # A little more, as sums of many intervals are not exact.
        self._ahead_s = (burst + 0.001) / per_s
        self._most_keys = most_keys
        self._due: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._due)

    def wait_s(self, key: Hashable, now: float) -> float:
        """0 where this one is within the limit, and is counted; else in how many seconds one would be.
        `now` is of any steady clock."""
        due = max(self._due.get(key, now), now) + self._every_s
        if due - now > self._ahead_s:
            self._due.move_to_end(key)
            return due - now - self._ahead_s
        self._due[key] = due
        self._due.move_to_end(key)
        if len(self._due) > self._most_keys:
            self._due.popitem(last=False)
        return 0.0
