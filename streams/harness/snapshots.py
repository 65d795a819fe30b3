"""How entities and watermarks look at rest: keys, chunks, and which copy counts.

A key is entity NUL incarnation NUL slot NUL chunk. An incarnation is one loading of a partition by one
process, so that a late writer never replaces what its successor wrote. A snapshot of several chunks
alternates between two slots, so that a torn one leaves the one before it whole.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import msgspec

CHUNK_BYTES = 900_000
HOUR_MS = 3_600_000
WATERMARK = "\x00watermark"
_NUL = b"\x00"

Pair = tuple[bytes, bytes]


class Watermark(msgspec.Struct, frozen=True, array_like=True):
    """Records below `next_offset` are decided and covered by snapshots; with it the partition's clock,
    the version of its rules, and the topic's id, so that a re-created topic is noticed."""

    next_offset: int
    rules: int
    topic_id: str
    at_ms: int = 0
    appended_ms: int = 0


class Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """An entity as of `next_offset`. One that is gone, since `gone_ms`, has no `state`. `applied` holds,
    per source partition, the rank of the highest cause applied. Times are on the partition's clock.
    `due_ms` is when a tick next visits it: later than `refused_ms`, when it was due, if it has refused
    `refusals` ticks since."""

    entity: str
    next_offset: int
    gone_ms: int | None
    due_ms: int | None
    applied: dict[str, tuple[int, int, str, int]]
    state: bytes
    refused_ms: int | None = None
    refusals: int = 0


class _Chunk(msgspec.Struct, frozen=True, array_like=True):
    next_offset: int
    count: int
    data: bytes


class Copy(NamedTuple):
    """One whole snapshot at rest: under which keys, by which incarnation."""

    incarnation: str
    keys: tuple[bytes, ...]
    next_offset: int
    data: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode_chunk = msgspec.msgpack.Decoder(_Chunk).decode
decode_snapshot = msgspec.msgpack.Decoder(Snapshot).decode
decode_watermark = msgspec.msgpack.Decoder(Watermark).decode


def incarnation(now_ms: int, unique: str) -> str:
    """The name of one loading; it tells when that was."""
    return f"{now_ms:013d}-{unique}"


def began_ms(name: str) -> int:
    """When the incarnation began, Unix milliseconds."""
    return int(name.partition("-")[0])


def prefix(entity: str) -> bytes:
    """What the keys of all copies of the entity begin with."""
    return entity.encode() + _NUL


def chunks(
    entity: str, incarnation_: str, slot: int, snapshot: Snapshot | Watermark, cut_slot: int | None = None
) -> list[Pair]:
    """The snapshot as keys and values to store, each below the size limit of a record; in `cut_slot`, if it
    is given, where there are several."""
    data = _encode(snapshot)
    parts = [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]
    if len(parts) > 1 and cut_slot is not None:
        slot = cut_slot
    head = prefix(entity) + f"{incarnation_}\x00{slot}".encode() + _NUL
    return [
        (head + b"%d" % number, _encode(_Chunk(snapshot.next_offset, len(parts), part)))
        for number, part in enumerate(parts)
    ]


def entity_of(key: bytes) -> str:
    """The entity that a stored key belongs to."""
    return key.rsplit(_NUL, 3)[0].decode()


def copies(pairs: Iterable[Pair]) -> list[Copy]:
    """The whole copies of one entity among its stored pairs, oldest first; torn ones are left out."""
    sets: dict[tuple[str, bytes, int], dict[int, tuple[bytes, _Chunk]]] = {}
    for key, value in pairs:
        _, name, slot, number = key.rsplit(_NUL, 3)
        chunk = _decode_chunk(value)
        sets.setdefault((name.decode(), slot, chunk.next_offset), {})[int(number)] = (key, chunk)
    found = [_copy(name, offset, parts) for (name, _, offset), parts in sets.items() if _whole(parts)]
    return sorted(found, key=lambda copy: (copy.next_offset, copy.incarnation))


def _whole(parts: dict[int, tuple[bytes, _Chunk]]) -> bool:
    count = parts[min(parts)][1].count
    return all(number in parts for number in range(count))


def _copy(name: str, next_offset: int, parts: dict[int, tuple[bytes, _Chunk]]) -> Copy:
    count = parts[min(parts)][1].count
    ordered = [parts[number] for number in range(count)]
    return Copy(name, tuple(key for key, _ in ordered), next_offset, b"".join(c.data for _, c in ordered))


def by_entity(pairs: Iterable[Pair]) -> Iterator[tuple[str, list[Pair]]]:
    """Stored pairs in key order, grouped by entity."""
    for entity, group in groupby(pairs, key=lambda pair: entity_of(pair[0])):
        yield entity, list(group)


def garbage(entity: str, pairs: list[Pair], durable: Watermark) -> list[bytes]:
    """The keys of one entity that may go, oldest first, now that `durable` is stored.

    A copy goes when the newest one's `next_offset` is covered and its incarnation began an hour ago: by
    then no earlier writer can be alive. A gone mark goes last, alone, an hour after it ceased to count.
    """
    whole = copies(pairs)
    hour_ago = durable.appended_ms - HOUR_MS
    if not whole or whole[-1].next_offset > durable.next_offset or began_ms(whole[-1].incarnation) > hour_ago:
        return []
    newest = whole[-1]
    old = sorted((_decode_chunk(value).next_offset, key) for key, value in pairs if key not in newest.keys)
    if old:
        return [key for offset, key in old if offset <= newest.next_offset]
    if entity == WATERMARK:
        return []
    gone_ms = decode_snapshot(newest.data).gone_ms
    forgotten = gone_ms is not None and is_forgotten(gone_ms, durable.at_ms - HOUR_MS)
    return list(newest.keys) if forgotten else []


def is_forgotten(gone_ms: int, at_ms: int) -> bool:
    """Whether an entity that went at `gone_ms` counts as one that never was. Decided by the clock, not by
    the mark's deletion, so that a replay decides the same."""
    return gone_ms + HOUR_MS <= at_ms
