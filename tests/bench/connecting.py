"""Customers who come at a steady rate whatever becomes of them: each starts, asks for an agent, and ends."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Sequence
from time import perf_counter

import msgspec

from loadgen.engine import Answer, Client, Latencies, arrive

QUEUE = "bench"
LEAD_S = 0.5
"""So long before its customer is to ask for an agent a conversation is started."""

REFUSED = ("refused", "shed", "start shed")


class Outcome(msgspec.Struct):
    """What became of the connects by word, as `assigned` or REFUSED, and the latencies of those answered
    with 200. Seconds from when the first was due to the last answer."""

    words: Counter[str] = msgspec.field(default_factory=Counter)
    latencies: Latencies = msgspec.field(default_factory=Latencies)
    began: float = 0.0
    ended: float = 0.0
    answered: int = 0
    ends_failed: int = 0
    late_ms: float = 0.0
    others_cores: float = 0.0
    pressures: dict[str, float] = msgspec.field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many were due."""
        return self.words.total()

    @property
    def others(self) -> int:
        """Neither assigned nor refused."""
        return self.asked - self.words["assigned"] - sum(self.words[word] for word in REFUSED)


class Connecting:
    """Times count from when a connect was due, not from when it was sent: who waits for its conversation, or
    for a connection, waits."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._starts: deque[asyncio.Task[Answer]] = deque()
        self._left_out = 0
        self.outcome = Outcome()

    async def run(self, times: Sequence[float], left_out: int) -> Outcome:
        """A connect at each of `times`, of which the first `left_out` are not counted."""
        self._left_out = left_out
        async with asyncio.TaskGroup() as self._tasks:
            _, late = await asyncio.gather(
                arrive(times, self._start), arrive([time + LEAD_S for time in times], self._connect)
            )
        self.outcome.late_ms = late.percentile_ms(99)
        return self.outcome

    def _start(self, due: float) -> None:
        body = b'{"customer_id":"connect-%d","message":"Hello, my parcel is late"}' % int(due * 1e6)
        self._starts.append(self._tasks.create_task(self._client.post("/chat/start", body)))

    def _connect(self, due: float) -> None:
        self._left_out -= 1
        self._tasks.create_task(self._visit(self._starts.popleft(), due, counts=self._left_out < 0))

    async def _visit(self, start: asyncio.Task[Answer], due: float, *, counts: bool) -> None:
        started = await start
        if not started.ok:
            self._count(f"start {started.kind}", due, None, counts)
            return
        session = json.loads(started.body)["session_id"].encode()
        body = b'{"session_id":"%b","queue":"%b"}' % (session, QUEUE.encode())
        answer = await self._client.post("/agent/connect", body)
        word = json.loads(answer.body)["status"] if answer.ok else answer.kind
        self._count(word, due, answer, counts)
        ended = await self._client.post("/chat/end", b'{"session_id":"%b"}' % session)
        self.outcome.ends_failed += counts and not ended.ok

    def _count(self, word: str, due: float, answer: Answer | None, counts: bool) -> None:
        if not counts:
            return
        outcome = self.outcome
        outcome.words[word] += 1
        outcome.began = outcome.began or due
        outcome.ended = perf_counter()
        if answer and answer.ok:
            outcome.answered += 1
            outcome.latencies.add(outcome.ended - due)
