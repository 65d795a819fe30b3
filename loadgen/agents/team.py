"""Simulated agents at their sockets: all of them in one process, on one loop."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import cycle
from random import Random
from typing import Self

import msgspec

from loadgen import frames
from loadgen.agents.book import Book, Breach, Ledger
from loadgen.agents.desk import Desk
from loadgen.agents.manner import Manner
from loadgen.agents.pools import Seat
from loadgen.engine import Tls
from loadgen.engine.websocket import WebSocket
from loadgen.frames import FromAgent
from loadgen.settings import agent_token
from loadgen.sockets import send, socket_url, stay_connected
from schemas.assignments import AgentFeed, AssignmentEnded, AssignmentMade

_TICK_S = 0.01
_MAX_BREACHES = 1_000

Ended = Callable[[str, str], None]
Token = Callable[[Seat], str]


class Team:
    """Agents at `gateway` (http://…), from entering the context to leaving it.

    `assigned` and `ended`, if given, are called with (contact_id, reason) as the feeds tell it. What the
    feeds show that must never be is collected in `breaches`, and once more at the end by `close_books`.
    Their tokens are signed with `secret`, unless `token` has them. `gateway` may be several with commas
    between: the agents are spread over them.
    """

    def __init__(
        self,
        gateway: str,
        secret: str,
        seats: Iterable[Seat],
        manner: Manner,
        seed: int,
        assigned: Ended | None = None,
        ended: Ended | None = None,
        token: Token | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.breaches: list[Breach] = []
        self.ledger = Ledger()

        def sign(seat: Seat) -> str:
            return agent_token(secret, seat.agent_id, seat.pool, seat.partition)

        self._assigned, self._ended = assigned, ended
        self.tls = tls.context() if tls else None
        gateways = cycle(gateway.split(","))
        self._members = [
            _Member(self, next(gateways), token or sign, seat, manner, Random(f"{seed}:{seat.agent_id}"))
            for seat in seats
        ]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        runs = [member.run() for member in self._members]
        self._tasks = [asyncio.create_task(run) for run in (*runs, self._tick())]
        return self

    def part(self, count: int) -> None:
        """The first `count` agents leave at once, whatever they hold, and stay away."""
        for task in self._tasks[:count]:
            task.cancel()
        self._tasks, self._members = self._tasks[count:], self._members[count:]

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def held(self) -> int:
        """Contacts that the agents hold, by their feeds."""
        return sum(len(member.desk.book.held) for member in self._members)

    @property
    def known(self) -> int:
        """How many agents are connected and have been told what they hold."""
        return sum(member.socket is not None and member.desk.book.known for member in self._members)

    def __len__(self) -> int:
        return len(self._members)

    async def present(self, timeout_s: float) -> bool:
        """Waits until all agents are known to the platform."""
        return await _until(lambda: self.known == len(self), timeout_s)

    async def drained(self, timeout_s: float) -> bool:
        """Has everything completed at once and waits until nobody holds anything."""
        loop = asyncio.get_running_loop()
        for member in self._members:
            member.desk.hurry(loop.time())
        return await _until(lambda: self.held == 0 and self.known == len(self), timeout_s)

    def close_books(self) -> list[Breach]:
        """All breaches; call when the feeds are read to their end."""
        return [*self.breaches, *self.ledger.shared()]

    def report(self, breaches: list[Breach]) -> None:
        """Keeps breaches, up to a bound; `counts` has their number."""
        for breach in breaches:
            self.counts[f"breach.{breach.kind}"] += 1
        self.breaches += breaches[: max(_MAX_BREACHES - len(self.breaches), 0)]

    def tell(self, entry: AgentFeed) -> None:
        """Passes on what the owner of the team wants to know."""
        if isinstance(entry, AssignmentMade) and self._assigned:
            self._assigned(entry.contact_id, "")
        elif isinstance(entry, AssignmentEnded) and self._ended:
            self._ended(entry.contact_id, entry.reason)

    async def _tick(self) -> None:
        """One timer for all agents instead of one for each plan."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            for member in self._members:
                if member.desk.next_due <= now:
                    member.say(member.desk.tick(now))
            await asyncio.sleep(_TICK_S)


class _Member:
    def __init__(
        self, team: Team, gateway: str, token: Token, seat: Seat, manner: Manner, rng: Random
    ) -> None:
        self.socket: WebSocket | None = None
        self.desk = Desk(Book(seat.agent_id, seat.capacity, team.ledger), manner, rng)
        self._team = team
        self._seat = seat
        self._token = token
        self._gateway = socket_url(gateway)
        self._rng = rng

    async def run(self) -> None:
        await stay_connected(
            self._url, self._opened, self._received, self._rng, self._team.counts, self._team.tls
        )

    def say(self, said: list[FromAgent]) -> None:
        for frame in said:
            self._team.counts[f"sent.{frame.__struct_config__.tag}"] += 1
            send(self.socket, frames.encode(frame))

    def _url(self) -> str:
        self.socket = None
        token = self._token(self._seat)
        last = self.desk.book.last_seq
        again = "" if last is None else f"&last_seq={last}"
        return f"{self._gateway}/ws/agent?token={token}{again}"

    def _opened(self, socket: WebSocket) -> None:
        self.socket = socket
        self.say(self.desk.opened())

    def _received(self, text: bytes) -> None:
        try:
            self._take(frames.decode_frame(text))
        except msgspec.MsgspecError as error:
            self._team.report([Breach("garbled", self._seat.agent_id, f"{error}: {text[:200]!r}")])

    def _take(self, frame: frames.Frame) -> None:
        now = asyncio.get_running_loop().time()
        team = self._team
        if frame.feed == "agent":
            entry = frames.decode_entry(frame.data)
            said, breaches = self.desk.entry(frame.seq, entry, now)
            team.counts[str(entry.__struct_config__.tag)] += 1
            self.say(said)
            team.report(breaches)
            team.tell(entry)
        elif frame.feed == "session":
            team.counts["session"] += 1
            team.report(self.desk.message(frame.seq, frames.decode_message(frame.data), now))
        else:
            team.counts[f"other.{frame.type}"] += 1


async def _until(what: Callable[[], bool], timeout_s: float) -> bool:
    end = asyncio.get_running_loop().time() + timeout_s
    while not what():
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(0.05)
    return True
