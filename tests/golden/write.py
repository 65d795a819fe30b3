"""python -m tests.golden.write: keeps what this release writes, in tests/golden/<release>/.

records/<topic>.jsonl: records of every kind. schemas.json: their JSON Schemas and those of all that is at
rest. <app>.msgpack: of each of some logs its records, the changelog's pairs at its half, and a digest of what
is decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from gateway.contract.channel import members
from gateway.contract.channels import STREAMS
from schemas.release import RELEASE
from streams.conversations.rules import State
from streams.harness.decider import Decider
from streams.harness.sent import Sent
from streams.harness.snapshots import WATERMARK, Pair, Snapshot, Watermark, chunks, incarnation
from streams.routing.state import PoolState
from tests.golden.samples import samples
from tests.streams.conversations import sessions
from tests.streams.conversations.stories import STORIES as OF_SESSIONS
from tests.streams.harness.records import Made, MemoryStore
from tests.streams.routing import pools
from tests.streams.routing.stories import STORIES as OF_POOLS

HERE = Path(__file__).parent
MOST = 40
"""Stories kept of a processor."""


class Kept(msgspec.Struct, frozen=True):
    """A log of partition `number`: `half` is the changelog before record `at`, `decided` a digest of all
    outputs."""

    number: int
    at: int
    log: list[Made]
    half: list[Pair]
    decided: bytes


class Processor(NamedTuple):
    """Whose stories they are."""

    decider: Decider[Any, Any]
    number: int
    stories: Sequence[Sequence[Made]]


PROCESSORS = (
    Processor(sessions.DECIDER, sessions.PARTITION, OF_SESSIONS),
    Processor(pools.DECIDER, 0, OF_POOLS),
)


def records() -> Mapping[str, list[bytes]]:
    """By topic."""
    encode = msgspec.json.Encoder().encode
    return {
        stream.topic.name: [encode(one) for kind in members(stream.records) for one in samples(kind)]
        for stream in STREAMS
    }


def schemas() -> dict[str, Any]:
    """Of the records by topic, and of what is at rest; `$defs` has what they refer to."""
    kinds = {stream.topic.name: stream.records for stream in STREAMS}
    rest: dict[str, Any] = {"state of sessions": State, "state of pools": PoolState}
    rest |= {"snapshot": Snapshot, "watermark": Watermark}
    found, defined = msgspec.json.schema_components([*kinds.values(), *rest.values()])
    made = dict(zip([*kinds, *rest], found, strict=True)) | {"$defs": defined}
    read: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(made))  # lists, as they are in the file
    return read


def kept(decider: Decider[Any, Any], number: int, log: Sequence[Made]) -> Kept:
    """What this code makes of the log."""
    store, at = MemoryStore(), len(log) // 2
    partition = store.load(decider, number)
    sent = partition.decide(log[:at])
    capture, own = partition.capture(), incarnation(0, "golden")
    rest = [(one.entity, one) for one in capture.snapshots]
    for name, one in [*rest, (WATERMARK, capture.watermark)]:
        store.write(chunks(name, own, 0, one))  # type: ignore[arg-type]
    sent += partition.decide(log[at:])
    return Kept(number, at, [*log], [*store.pairs.items()], digest(sent))


def digest(sent: Iterable[Sent]) -> bytes:
    """Of everything that a reader sees of the outputs."""
    text = repr([(one.topic, one.partition, one.key, one.value, one.headers) for one in sent])
    return blake2b(text.encode(), digest_size=16).digest()


def chosen(stories: Sequence[Sequence[Made]]) -> Sequence[Sequence[Made]]:
    """Spread over all of them."""
    return stories[:: max(1, len(stories) // MOST)]


def write(directory: Path) -> None:
    """All files."""
    (directory / "records").mkdir(parents=True)
    for topic, lines in records().items():
        (directory / "records" / f"{topic}.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    (directory / "schemas.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(schemas(), order="sorted"), indent=1) + b"\n"
    )
    for one in PROCESSORS:
        all_kept = [kept(one.decider, one.number, log) for log in chosen(one.stories)]
        (directory / f"{one.decider.app}.msgpack").write_bytes(msgspec.msgpack.encode(all_kept))


@click.command(epilog="Example:  python -m tests.golden.write")
def main() -> None:
    """Keeps what this release writes; what was kept of a release is never written again.

    Exit status: 0 written, 1 it is there already.
    """
    directory = HERE / RELEASE
    if directory.exists():
        raise click.ClickException(f"{directory.name} is kept already. Raise RELEASE in schemas/release.py.")
    write(directory)
    click.echo(f"{directory.name}: {sum(1 for _ in directory.rglob('*.*'))} files")


if __name__ == "__main__":
    main()
