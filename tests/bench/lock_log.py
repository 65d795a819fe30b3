"""Lock waits as the server itself times them, read from its log.

With log_lock_waits it says of each wait that lasts `deadlock_timeout` or longer how long it took in all.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

SHORTEST_MS = 1.0
"""deadlock_timeout: shorter waits are not seen. It also lets no cycle escape by somebody's lock_timeout."""
SETTINGS = {
    "log_lock_waits": "on",
    "deadlock_timeout": f"'{SHORTEST_MS:g}ms'",
    "log_line_prefix": "'%m [%p] <%a> '",
}
_LINE = re.compile(r"(?P<at>\S+ \S+) \S+ \[(?P<pid>\d+)\] <(?P<who>.*?)> (?P<kind>LOG|ERROR):  (?P<said>.*)")
_WAIT = re.compile(
    r"process \d+ (?P<now>still waiting for|acquired|detected deadlock while waiting for|"
    r"avoided deadlock for) (?P<what>\w+ on \w+).* after (?P<ms>[\d.]+) ms"
)
_ENDED = ("canceling statement", "deadlock detected", "terminating connection")


class Wait(NamedTuple):
    """Of `what` (a mode and the kind of thing that is locked); `given_up` where the lock was not had."""

    who: str
    what: str
    ms: float
    given_up: bool = False


class _Begun(NamedTuple):
    at: datetime
    wait: Wait


def waits(lines: Iterable[str]) -> list[Wait]:
    """All waits that ended, in the order in which they did."""
    begun: dict[str, _Begun] = {}
    found: list[Wait] = []
    for line in lines:
        if not (heading := _LINE.match(line)):
            continue
        pid, said = heading["pid"], heading["said"]
        at = datetime.fromisoformat(heading["at"])
        if told := _WAIT.match(said):
            wait = Wait(heading["who"].replace("[unknown]", ""), told["what"], float(told["ms"]))
            if told["now"] == "acquired":
                begun.pop(pid, None)
                found.append(wait)
            else:
                begun[pid] = _Begun(at, wait)
        elif said.startswith(_ENDED) and (open_ := begun.pop(pid, None)):
            more_ms = (at - open_.at).total_seconds() * 1000
            found.append(open_.wait._replace(ms=open_.wait.ms + more_ms, given_up=True))
    return found


def p99_ms(found: Sequence[Wait]) -> float:
    """Over the waits that were seen; 0 where there was none."""
    return sorted(one.ms for one in found)[int(len(found) * 0.99)] if found else 0.0


def p99_of_transactions_ms(found: Sequence[Wait], transactions: int) -> float:
    """Over all transactions, as if no two of the waits were in the same one; one that was not seen to wait
    counts as 0."""
    above = math.floor(transactions * 0.01)
    return sorted((one.ms for one in found), reverse=True)[above] if len(found) > above else 0.0


def by_kind(found: Sequence[Wait]) -> list[tuple[str, int, float]]:
    """What was waited for and by whom, how often, and the p99 in milliseconds; the most frequent first."""
    kinds = defaultdict(list)
    for one in found:
        kinds[f"{one.what}{' by ' + one.who if one.who else ''}"].append(one)
    found_kinds = [(kind, len(those), p99_ms(those)) for kind, those in kinds.items()]
    return sorted(found_kinds, key=lambda row: -row[1])
