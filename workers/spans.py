"""A batch as spans: one of its own for the batch, and one for each of its records in that record's trace."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from aiokafka import ConsumerRecord

from runtime import tracing
from runtime.tracing import Kind, Span, child, context_of, derived, of_record, record
from workers.batch import Batch

_MOST_LINKS = 128
"""As OpenTelemetry's own limit."""


class Store(NamedTuple):
    """Where a worker's records go: the system by OpenTelemetry's name, and what is done there."""

    system: str
    operation: str


POSTGRES = Store("postgresql", "BATCH INSERT")
REDIS = Store("redis", "EVALSHA")


def processed(worker: str, one: ConsumerRecord) -> str:
    """The context in which a worker processes a record, the same each time; empty where it is not traced."""
    parent = context_of(one.headers) if tracing.is_on() else ""
    return derived(parent, f"{worker}:{one.topic}:{one.partition}:{one.offset}") if parent else ""


def process_span(
    worker: str, one: ConsumerRecord, began_ns: int, links: tuple[str, ...] = (), error: str = ""
) -> Span:
    """Of a record that `processed` has a context for, over now."""
    headers = list(one.headers)
    attributes = of_record("process", one.topic, one.partition, headers, one.key or b"")
    attributes |= {"messaging.consumer.group.name": worker, "messaging.kafka.offset": one.offset}
    context, parent, now_ns = processed(worker, one), context_of(headers), time.time_ns()
    name = f"process {one.topic}"
    return Span(name, Kind.CONSUMER, context, parent, began_ns, now_ns, attributes, links, error)


@contextmanager
def storing(worker: str, store: Store, batch: Batch) -> Iterator[None]:
    """Around the storing of a batch, its waiting for a server included."""
    traced = [one for one in batch.records if context_of(one.headers)] if tracing.is_on() else []
    if not traced:
        yield
        return
    began_ns, error = time.time_ns(), ""
    try:
        yield
    except BaseException as raised:
        error = type(raised).__name__
        raise
    finally:
        _record(worker, store, batch, traced, began_ns, error)


def _record(
    worker: str, store: Store, batch: Batch, traced: list[ConsumerRecord], began_ns: int, error: str
) -> None:
    """Whatever came together shares a transaction: the batch links to its records, and they to it."""
    first = context_of(traced[0].headers)
    whole = _root(first, f"{worker}:{batch.place}:{batch.begin}:{batch.end}")
    links = tuple(context_of(one.headers) for one in traced[:_MOST_LINKS])
    attributes: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": batch.place.topic,
        "messaging.destination.partition.id": str(batch.place.partition),
        "messaging.consumer.group.name": worker,
        "messaging.batch.message_count": len(batch.records),
    }
    name, now_ns = f"process {batch.place.topic}", time.time_ns()
    record(Span(name, Kind.CONSUMER, whole, "", began_ns, now_ns, attributes, links, error))
    for one in traced:
        record(process_span(worker, one, began_ns, (whole,), error))
        record(_store_span(processed(worker, one), store, batch, began_ns, error))


def _store_span(parent: str, store: Store, batch: Batch, began_ns: int, error: str) -> Span:
    attributes: dict[str, str | int] = {
        "db.system.name": store.system,
        "db.operation.name": store.operation,
        "db.operation.batch.size": len(batch.records),
    }
    context, name = child(parent), f"{store.operation} {store.system}"
    return Span(name, Kind.CLIENT, context, parent, began_ns, time.time_ns(), attributes, error=error)


def _root(seed: str, name: str) -> str:
    """A context in a trace of its own."""
    halves = [derived(seed, f"{name}/{half}")[36:52] for half in range(3)]
    return f"00-{halves[0]}{halves[1]}-{halves[2]}-01"
