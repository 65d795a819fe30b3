"""The bench of matches in small, and what its judge makes of a log."""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from infra.paths import JARS, VAR
from infra.stack import LocalStack
from schemas.audit import Decided, RoutingEvent
from schemas.codec import encode
from tests.bench.floor import POOL, Plan, Window
from tests.bench.match import judge, measure
from tests.faults.logs import Found

SMALL = Plan(waiting=300, agents=40, per_s=50, warm_up_s=1.0, seconds=3.0, queues=5)
WINDOW = Window(1_000, 3_000)


@pytest.fixture
def bootstrap() -> Iterator[str]:
    """A broker of its own: the routing process has the topics by their own names."""
    stack = LocalStack.at(VAR / "test" / f"{os.getpid()}.match", JARS)
    try:
        stack.launch("kafka").wait_ready()
        yield stack.kafka.address
    finally:
        stack.stop()
        shutil.rmtree(stack.var, ignore_errors=True)


def test_a_small_floor(bootstrap: str, tmp_path: Path, rng: random.Random) -> None:
    found = uvloop.run(measure(SMALL, bootstrap, tmp_path, rng))
    assert found.valid(SMALL), found
    assert found.matches_per_s == found.freed_per_s == pytest.approx(50, rel=0.1)
    assert 0 < found.p50_ms <= found.p99_ms <= found.most_ms


def _found(topic: str, offset: int, at_ms: int, type_: str, cause: str = "", value: bytes = b"") -> Found:
    return Found(topic, 0, offset, at_ms, b"k", value, [("type", type_.encode()), ("cause", cause.encode())])


def _complete(offset: int, at_ms: int) -> Found:
    return _found("c", offset, at_ms, "contact.complete")


def _offer(of: int, at_ms: int, type_: str = "offer.made") -> Found:
    return _found("a", 0, at_ms, type_, f"routing.commands:0:{of}:0:{POOL}:3")


def _audit(event: Decided, at_ms: int) -> Found:
    return _found("e", 0, at_ms, "routing.decided", value=encode(RoutingEvent(pool=POOL, event=event)))


def test_what_counts() -> None:
    commands = [
        _complete(1, 999),
        _complete(2, 1_000),
        _found("c", 3, 1_001, "contact.requested"),
        _complete(4, 1_100),
        _complete(5, 2_999),
        _complete(6, 3_000),
    ]
    offers = [_offer(1, 1_000), _offer(2, 1_007), _offer(2, 9_000), _offer(3, 1_500), _offer(4, 1_200)]
    events = [
        *(_audit(Decided.ENQUEUED, 10) for _ in range(5)),
        *(_audit(Decided.OFFERED, 20) for _ in range(4)),
        _audit(Decided.ENQUEUED, 1_500),
        _audit(Decided.ENQUEUED, 1_600),
        _audit(Decided.OFFERED, 2_000),
        _audit(Decided.OFFERED, 3_000),
    ]
    found = judge(commands, [*offers, _offer(5, 3_001, "assignment.made")], events, WINDOW)
    assert found._asdict() == {
        "freed_per_s": 1.5,
        "matches_per_s": 1.0,
        "p50_ms": 53.5,
        "p99_ms": 100.0,
        "most_ms": 100.0,
        "waiting": 2,
        "matches": 2,
    }


@pytest.mark.parametrize(
    ("freed_per_s", "matches_per_s", "waiting", "valid"),
    [
        (500.0, 500.0, 10_000, True),
        (475.0, 475.0, 9_000, True),
        (474.0, 474.0, 10_000, False),
        (500.0, 474.0, 10_000, False),
        (500.0, 500.0, 8_999, False),
    ],
)
def test_validity(freed_per_s: float, matches_per_s: float, waiting: int, valid: bool) -> None:
    plan = Plan(10_000, 1_000, 500, 1.0, 1.0)
    found = judge([], [], [], WINDOW)._replace(
        freed_per_s=freed_per_s, matches_per_s=matches_per_s, waiting=waiting
    )
    assert found.valid(plan) is valid
