"""A pool of keep-alive connections to one server, for scripted customers; it never raises for failures."""

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Callable
from itertools import cycle
from time import perf_counter
from typing import NamedTuple, Self

from loadgen.engine.address import Address
from loadgen.engine.answer import Answer, Failure, kind_of
from loadgen.engine.protocol import HttpProtocol
from loadgen.engine.tls import Tls

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
Done = Callable[[Answer], None]
Headers = tuple[tuple[str, str], ...]
_SWEEP_S = 0.1
_MOST_HEADS = 4096
_tuple = tuple.__new__


class _Job(NamedTuple):
    request: bytes
    done: Done
    asked_at: float


class _Pooled(HttpProtocol):
    _done: Done
    asked_at = 0.0

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self._client = client
        self._ended = client._ended
        self.free_since = 0.0

    def start(self, request: bytes, done: Done, asked_at: float, now: float) -> None:
        """Sends it; `now` is the time of the send."""
        self._done = done
        self.asked_at = asked_at
        self.busy = True
        self.sent_at = now
        self.transport.write(request)

    def answered(self, status: int, body: bytes) -> None:
        now = self.free_since = perf_counter()
        ended, sent_at = self._ended, self.sent_at
        ended[status] = ended.get(status, 0) + 1
        # What Answer(…) does, in half the time.
        answer = _tuple(Answer, (status, body, now - sent_at, sent_at - self.asked_at, Failure.NONE))
        done = self._done
        self._client._freed(self)
        done(answer)

    def failed(self, failure: Failure) -> None:
        now = perf_counter()
        self._client._fail(self._done, failure, now - self.sent_at, self.sent_at - self.asked_at)

    def gone(self) -> None:
        self._client._gone(self)


class Client:
    """Up to `connections` connections to `url`, opened as needed. Use as an async context manager.

    `url` may be several with commas between, replicas of one service: connections are opened to them in
    turn, and all requests carry the first one's Host.
    A request fails with TIMEOUT `timeout_s` after it was asked for. A connection idle for longer than
    `idle_s` is not used again: servers close such ones (uvicorn after 5 s), perhaps at that moment.
    """

    def __init__(
        self,
        url: str,
        connections: int = 64,
        timeout_s: float = 10.0,
        idle_s: float = 4.0,
        tls: Tls | None = None,
    ) -> None:
        addresses = Address.several(url)
        self.address = addresses[0]
        self._next_address = cycle(addresses)
        self._tls = (tls or Tls()).context() if self.address.secure else None
        self._ended: dict[int | Failure, int] = {}
        self._limit = connections
        self._timeout_s = timeout_s
        self._idle_s = idle_s
        self._heads: dict[tuple[str, str, str, Headers], bytes] = {}
        self._waiting: deque[_Job] = deque()
        self._idle: list[_Pooled] = []
        self._open: set[_Pooled] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        self._sweep()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        await asyncio.sleep(0)

    def close(self) -> None:
        """Ends all connections; what is in flight or waits fails with CLOSED."""
        self._closed = True
        if self._sweeper:
            self._sweeper.cancel()
        for task in self._connecting:
            task.cancel()
        for connection in list(self._open):
            connection.abort(Failure.CLOSED)
        while self._waiting:
            self._drop(Failure.CLOSED)

    @property
    def counts(self) -> Counter[str]:
        """How many requests have ended so far, by the answer's kind."""
        counts: Counter[str] = Counter()
        for how, times in self._ended.items():
            counts[how.value if isinstance(how, Failure) else kind_of(how)] += times
        return counts

    async def post(self, path: str, body: bytes, content_type: str = JSON) -> Answer:
        """Sends one POST and waits for what becomes of it."""
        return await self._ask("POST", path, body, content_type)

    async def get(self, path: str) -> Answer:
        """Sends one GET and waits for what becomes of it."""
        return await self._ask("GET", path, b"", "")

    def send(
        self, method: str, path: str, body: bytes, content_type: str, done: Done, headers: Headers = ()
    ) -> None:
        """Sends one request; `done` is called with the answer, without a coroutine or task of its own."""
        head = self._heads.get((method, path, content_type, headers))
        if head is None:
            head = self._head(method, path, content_type, headers)
        request = b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
        now = perf_counter()
        if self._closed:
            self._fail(done, Failure.CLOSED)
        elif connection := self._take(now):
            connection.start(request, done, now, now)
        else:
            self._waiting.append(_Job(request, done, now))
            self._connect()

    async def _ask(self, method: str, path: str, body: bytes, content_type: str) -> Answer:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        self.send(method, path, body, content_type, done)
        return await answered

    def _head(self, method: str, path: str, content_type: str, more: Headers) -> bytes:
        headers = ((("Content-Type", content_type),) if content_type else ()) + more
        head = self.address.head(method, path, headers)
        if "?" not in path:
            if len(self._heads) >= _MOST_HEADS:  # paths with ids in them
                self._heads.clear()
            self._heads[method, path, content_type, more] = head
        return head

    def _take(self, now: float) -> _Pooled | None:
        """The connection that was used last, so that the others grow old and close."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.usable:
                continue
            if now - connection.free_since < self._idle_s:
                return connection
            connection.transport.close()
            connection.usable = False
        return None

    def _connect(self) -> None:
        if len(self._connecting) + len(self._open) >= self._limit or self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._open_one())
        self._connecting.add(task)
        task.add_done_callback(self._tried)

    def _tried(self, task: asyncio.Task[None]) -> None:
        self._connecting.discard(task)
        if len(self._waiting) > len(self._connecting):
            self._connect()

    async def _open_one(self) -> None:
        address = next(self._next_address)
        try:
            async with asyncio.timeout(self._timeout_s):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Pooled(self), address.host, address.port, ssl=self._tls
                )
        except TimeoutError:
            self._refuse(Failure.TIMEOUT)
        except ssl.SSLCertVerificationError:
            self._refuse(Failure.UNTRUSTED)
        except OSError:
            self._refuse(Failure.REFUSED)
        else:
            self._open.add(connection)
            connection.free_since = perf_counter()
            self._freed(connection)

    def _refuse(self, failure: Failure) -> None:
        if self._waiting:
            self._drop(failure)

    def _drop(self, failure: Failure) -> None:
        """Fails the request that waits longest."""
        job = self._waiting.popleft()
        self._fail(job.done, failure, 0.0, perf_counter() - job.asked_at)

    def _fail(self, done: Done, failure: Failure, latency_s: float = 0.0, waited_s: float = 0.0) -> None:
        self._ended[failure] = self._ended.get(failure, 0) + 1
        done(Answer(0, b"", latency_s, waited_s, failure))

    def _freed(self, connection: _Pooled) -> None:
        if not connection.usable:
            return
        if self._waiting:
            job = self._waiting.popleft()
            connection.start(*job, perf_counter())
        else:
            self._idle.append(connection)

    def _gone(self, connection: _Pooled) -> None:
        self._open.discard(connection)
        if self._waiting and not self._closed:
            self._connect()

    def _sweep(self) -> None:
        """Ends what takes too long; one timer for all instead of one a request."""
        oldest = perf_counter() - self._timeout_s
        for connection in [one for one in self._open if one.busy and one.asked_at < oldest]:
            connection.abort(Failure.TIMEOUT)
        while self._waiting and self._waiting[0].asked_at < oldest:
            self._drop(Failure.TIMEOUT)
        self._sweeper = asyncio.get_running_loop().call_later(_SWEEP_S, self._sweep)
