"""A pool of keep-alive connections to one server, for scripted customers; it never raises for failures."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple, Self

from loadgen.engine.address import Address, with_body
from loadgen.engine.answer import Answer, Failure
from loadgen.engine.protocol import HttpProtocol

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
Done = Callable[[Answer], None]
Headers = tuple[tuple[str, str], ...]
_SWEEP_S = 0.1


class _Job(NamedTuple):
    request: bytes
    done: Done
    asked_at: float


class _Pooled(HttpProtocol):
    job: _Job

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self._client = client
        self.free_since = 0.0

    def start(self, job: _Job) -> None:
        self.job = job
        self.send(job.request)

    def answered(self, status: int, body: bytes) -> None:
        now = self.free_since = perf_counter()
        job = self.job
        self._client._freed(self)
        job.done(Answer(status, body, now - self.sent_at, self.sent_at - job.asked_at))

    def failed(self, failure: Failure) -> None:
        now = perf_counter()
        self.job.done(Answer(0, b"", now - self.sent_at, self.sent_at - self.job.asked_at, failure))

    def gone(self) -> None:
        self._client._gone(self)


class Client:
    """Up to `connections` connections to `url`, opened as needed. Use as an async context manager.

    A request fails with TIMEOUT `timeout_s` after it was asked for. A connection idle for longer than
    `idle_s` is not used again: servers close such ones (uvicorn after 5 s), perhaps at that moment.
    """

    def __init__(self, url: str, connections: int = 64, timeout_s: float = 10.0, idle_s: float = 4.0) -> None:
        self.address = Address.of(url)
        self.counts: Counter[str] = Counter()
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
            self._fail(self._waiting.popleft(), Failure.CLOSED)

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

        def counted(answer: Answer) -> None:
            self.counts[answer.kind] += 1
            done(answer)

        job = _Job(with_body(self._head(method, path, content_type, headers), body), counted, perf_counter())
        if self._closed:
            self._fail(job, Failure.CLOSED)
        elif connection := self._take():
            connection.start(job)
        else:
            self._waiting.append(job)
            self._connect()

    async def _ask(self, method: str, path: str, body: bytes, content_type: str) -> Answer:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        self.send(method, path, body, content_type, done)
        return await answered

    def _head(self, method: str, path: str, content_type: str, more: Headers) -> bytes:
        key = (method, path, content_type, more)
        head = self._heads.get(key)
        if head is None:
            headers = ((("Content-Type", content_type),) if content_type else ()) + more
            head = self.address.head(method, path, headers)
            if "?" not in path:
                self._heads[key] = head
        return head

    def _take(self) -> _Pooled | None:
        """The connection that was used last, so that the others grow old and close."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.usable:
                continue
            if perf_counter() - connection.free_since < self._idle_s:
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
        try:
            async with asyncio.timeout(self._timeout_s):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Pooled(self), self.address.host, self.address.port
                )
        except TimeoutError:
            self._refuse(Failure.TIMEOUT)
        except OSError:
            self._refuse(Failure.REFUSED)
        else:
            self._open.add(connection)
            self._freed(connection)

    def _refuse(self, failure: Failure) -> None:
        if self._waiting:
            self._fail(self._waiting.popleft(), failure)

    def _fail(self, job: _Job, failure: Failure) -> None:
        job.done(Answer(0, b"", 0.0, perf_counter() - job.asked_at, failure))

    def _freed(self, connection: _Pooled) -> None:
        if not connection.usable:
            return
        if self._waiting:
            connection.start(self._waiting.popleft())
        else:
            connection.free_since = perf_counter()
            self._idle.append(connection)

    def _gone(self, connection: _Pooled) -> None:
        self._open.discard(connection)
        if self._waiting and not self._closed:
            self._connect()

    def _sweep(self) -> None:
        """Ends what takes too long; one timer for all instead of one a request."""
        oldest = perf_counter() - self._timeout_s
        for connection in [one for one in self._open if one.busy and one.job.asked_at < oldest]:
            connection.abort(Failure.TIMEOUT)
        while self._waiting and self._waiting[0].asked_at < oldest:
            self._fail(self._waiting.popleft(), Failure.TIMEOUT)
        self._sweeper = asyncio.get_running_loop().call_later(_SWEEP_S, self._sweep)
