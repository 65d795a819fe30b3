"""Logs as they are read: a broker's topics, or a file that holds a copy of them."""

import gzip
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Protocol, Self

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from runtime.kafka import client_options
from schemas.codec import encode

_CLIENT = "aicc-insight"
_POLL_MS = 500
_STALLED_S = 30.0
_BATCH = 1_000


class LogError(Exception):
    """The log can't be used; the text says why."""


class Logged(msgspec.Struct, frozen=True, gc=False):
    """A record of a topic."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Extent(NamedTuple):
    """The offsets [begin, end) that there are of a partition."""

    begin: int
    end: int


class Source(Protocol):
    """Where records come from."""

    async def extents(self, topic: str) -> dict[int, Extent]:
        """What there is of each partition; nothing of a topic that is not there."""

    def read(self, topic: str, partition: int, extent: Extent) -> AsyncGenerator[list[Logged], None]:
        """The records of that extent, in order; to be closed where it is left early."""


class KafkaSource:
    """The topics of a broker, their names behind `prefix`. Reads without a group: nobody is disturbed."""

    def __init__(self, bootstrap: str, prefix: str = "") -> None:
        self._bootstrap, self._prefix = bootstrap, prefix
        self._admin = AIOKafkaAdminClient(**client_options(bootstrap), client_id=_CLIENT)

    async def __aenter__(self) -> Self:
        try:
            await self._admin.start()
        except BaseException:
            await self._admin.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._admin.close()

    async def extents(self, topic: str) -> dict[int, Extent]:
        """Begins where retention has left something."""
        name = self._prefix + topic
        if name not in await self._admin.list_topics():
            return {}
        (described,) = await self._admin.describe_topics([name])
        parts = [TopicPartition(name, found["partition"]) for found in described["partitions"]]
        async with self._consumer() as consumer:
            begins = await consumer.beginning_offsets(parts)
            ends = await consumer.end_offsets(parts)
        return {part.partition: Extent(begins[part], ends[part]) for part in sorted(parts)}

    async def read(self, topic: str, partition: int, extent: Extent) -> AsyncGenerator[list[Logged], None]:
        """Up to the end that the extent names, whatever has come since. Raises LogError where the broker has
        nothing more to give before that."""
        if extent.begin >= extent.end:
            return
        part = TopicPartition(self._prefix + topic, partition)
        # One consumer for one reading: aiokafka has stood still after another assignment of the same one.
        async with self._consumer() as consumer:
            consumer.assign([part])
            consumer.seek(part, extent.begin)
            heard_s = time.monotonic()
            while await consumer.position(part) < extent.end:
                for records in (await consumer.getmany(part, timeout_ms=_POLL_MS)).values():
                    heard_s = time.monotonic()
                    yield [
                        Logged(topic, partition, one.offset, one.timestamp, one.key, one.value, one.headers)
                        for one in records
                        if one.offset < extent.end
                    ]
                if time.monotonic() - heard_s > _STALLED_S:
                    raise LogError(f"{part.topic}/{partition}: nothing came for {_STALLED_S:.0f} s.")

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            **client_options(self._bootstrap),
            client_id=_CLIENT,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=8 << 20,
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()


class FileSource:
    """A copy of topics in a file: a record a line as JSON, key, value and headers in base64; packed by gzip
    where the name ends so."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def extents(self, topic: str) -> dict[int, Extent]:
        """From the first record in the file to the last one."""
        found: dict[int, Extent] = {}
        for record in self._records():
            if record.topic == topic:
                begin = found[record.partition].begin if record.partition in found else record.offset
                found[record.partition] = Extent(begin, record.offset + 1)
        return dict(sorted(found.items()))

    async def read(self, topic: str, partition: int, extent: Extent) -> AsyncGenerator[list[Logged], None]:
        """As in the file."""
        batch: list[Logged] = []
        for record in self._records():
            if (record.topic, record.partition) == (topic, partition) and record.offset < extent.end:
                batch.append(record)
            if len(batch) >= _BATCH:
                yield batch
                batch = []
        yield batch

    def _records(self) -> Iterator[Logged]:
        try:
            with _opened(self._path, "rb") as file:
                for number, line in enumerate(file, 1):
                    yield _decoded(line, f"{self._path}, line {number}")
        except (OSError, EOFError) as error:
            raise LogError(f"{self._path}: {error}") from error


class Copy:
    """A file that takes records as they are read."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = _opened(path, "wb")
        except OSError as error:
            raise LogError(f"{path}: {error.strerror}") from error

    def add(self, records: Iterable[Logged]) -> None:
        """Writes them behind the others."""
        self._file.writelines(encode(record) + b"\n" for record in records)

    def close(self) -> None:
        """Nothing more comes."""
        self._file.close()


def _opened(path: Path, mode: str) -> IO[bytes]:
    if path.suffix == ".gz":
        return gzip.open(path, mode)  # type: ignore[return-value]
    return path.open(mode)


_decode = msgspec.json.Decoder(Logged).decode


def _decoded(line: bytes, where: str) -> Logged:
    try:
        return _decode(line)
    except msgspec.MsgspecError as error:
        raise LogError(f"{where}: {error}") from error
