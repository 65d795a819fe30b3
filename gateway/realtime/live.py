"""What is said of a session for this moment only: places in the queue, typing, who is there. It goes over
Redis alone, has no number, may be lost and is never repeated."""

import asyncio
import logging
from collections import deque

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.bus import Bus
from gateway.realtime.frames import Position, SomebodyThere, SomebodyTypes, text_of
from gateway.realtime.outlet import Outlet
from schemas.codec import encode
from schemas.conversation import QueuePosition
from schemas.states import Role

log = logging.getLogger(__name__)
_MOST = 1_000


class Typing(msgspec.Struct, frozen=True, gc=False, tag="typing", tag_field="type"):
    """Somebody writes."""

    role: Role


class Present(msgspec.Struct, frozen=True, gc=False, tag="presence", tag_field="type"):
    """Somebody has the conversation open, or no more; `asks` who else has."""

    role: Role
    present: bool
    asks: bool = False


_decode = msgspec.json.Decoder(QueuePosition | Typing | Present).decode


class Live:
    """Tells other gateways, and other sockets of this one; what is too much at once is left out."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=_MOST)
        self._some = asyncio.Event()

    def tell(self, session_id: str, news: Typing | Present) -> None:
        """Says it to all who have the session open."""
        self._waiting.append((f"live:session:{session_id}", encode(news)))
        self._some.set()

    async def run(self) -> None:
        """Until cancelled; what Redis does not take is dropped."""
        while True:
            await self._some.wait()
            self._some.clear()
            pipeline = self._redis.pipeline(transaction=False)
            while self._waiting:
                pipeline.publish(*self._waiting.popleft())
            try:
                await pipeline.execute()
            except (RedisError, OSError, TimeoutError) as error:
                log.info("live news are left out: %r", error)


class LiveSession:
    """One socket's part in it, as `role`. Only the newest news count: what finds the socket's queue full is
    left out."""

    __slots__ = ("_every_s", "_leave", "_live", "_outlet", "_role", "_session_id", "_typed_at")

    def __init__(
        self, bus: Bus, live: Live, session_id: str, role: Role, outlet: Outlet, every_s: float
    ) -> None:
        self._live, self._session_id, self._role, self._outlet = live, session_id, role, outlet
        self._every_s = every_s
        self._typed_at = -every_s
        self._leave = bus.listen(f"live:session:{session_id}", self._hear)
        live.tell(session_id, Present(role, present=True, asks=True))

    def close(self, *, silent: bool = False) -> None:
        """It hears no more; with `silent` another socket of the same role stays."""
        self._leave()
        if not silent:
            self._live.tell(self._session_id, Present(self._role, present=False))

    def type(self) -> None:
        """Its client writes: said at most once in `every_s`."""
        now = asyncio.get_running_loop().time()
        if now - self._typed_at >= self._every_s:
            self._typed_at = now
            self._live.tell(self._session_id, Typing(self._role))

    def _hear(self, payload: bytes | None) -> None:
        if payload is None or not self._outlet.has_room():
            return
        match _decode(payload):
            case QueuePosition() as told:
                if self._role is Role.CUSTOMER:
                    self._outlet.push(_position(told))
            case Typing(role=role):
                if role is not self._role:
                    self._outlet.push(text_of(SomebodyTypes(session_id=self._session_id, role=role)))
            case Present(role=role, present=present, asks=asks):
                if role is not self._role:
                    there = SomebodyThere(session_id=self._session_id, role=role, present=present)
                    self._outlet.push(text_of(there))
                    if asks:
                        self._live.tell(self._session_id, Present(self._role, present=True))


def _position(told: QueuePosition) -> str:
    return text_of(
        Position(
            position=told.position,
            estimated_wait_s=told.estimated_wait_s,
            estimated_wait_high_s=told.estimated_wait_high_s,
        )
    )
