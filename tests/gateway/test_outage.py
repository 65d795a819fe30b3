"""Without a part: nothing is promised that is not kept, and all is well again when it is back."""

import asyncio
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from aiokafka import AIOKafkaProducer

from infra.stack import LocalStack
from schemas.topics import CONVERSATION_COMMANDS
from tests.gateway.conftest import Servers
from tests.gateway.process import GatewayProcess, Reply
from tests.gateway.topics import records

SOON_S = 15.0


@contextmanager
def paused(stack: LocalStack, part: str) -> Iterator[None]:
    stack.running[part].signal(signal.SIGSTOP)
    try:
        yield
    finally:
        stack.running[part].signal(signal.SIGCONT)


def start(gateway: GatewayProcess, customer: str) -> Reply:
    return gateway.post("/chat/start", {"customer_id": customer})


def until_ready(gateway: GatewayProcess, status: int) -> Reply:
    deadline = time.monotonic() + SOON_S
    while (answer := gateway.get("/health/ready")).status != status:
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    return answer


def test_while_the_broker_stalls_nothing_new_is_taken(
    stack: LocalStack, gateway: GatewayProcess, servers: Servers
) -> None:
    with ThreadPoolExecutor(1) as thread:
        with paused(stack, "kafka"):
            waiting = thread.submit(start, gateway, "stalled-first")
            assert until_ready(gateway, 503).body["parts"]["kafka"] is False
            began = time.monotonic()
            refused = [start(gateway, "stalled-later") for _ in range(5)]
            assert time.monotonic() - began < 0.5
            assert {one.status for one in refused} == {503}
            assert {one.media_type for one in refused} == {"application/problem+json"}
            assert all(1 <= int(one.headers["retry-after"]) <= 4 for one in refused)
        assert waiting.result(SOON_S).status == 200
    until_ready(gateway, 200)
    assert start(gateway, "stalled-after").status == 200
    found = [
        len(records(servers.kafka, CONVERSATION_COMMANDS, name))
        for name in (b"d-first", b"d-later", b"d-after")
    ]
    assert found == [1, 0, 1]


def test_a_send_without_an_answer_is_unknown_and_lands_at_most_once(
    stack: LocalStack, servers: Servers
) -> None:
    gateway = GatewayProcess(servers.environment, ack_wait_s=0.3)
    gateway.start()
    with paused(stack, "kafka"):
        answer = start(gateway, "unknown-customer")
        assert (answer.status, answer.media_type) == (503, "application/problem+json")
        assert "unknown" in answer.body["detail"]
    until_ready(gateway, 200)
    assert start(gateway, "unknown-next").status == 200
    assert len(records(servers.kafka, CONVERSATION_COMMANDS, b"unknown-customer")) == 1
    assert gateway.stop() == 0


def test_without_postgres_only_history_fails(stack: LocalStack, gateway: GatewayProcess) -> None:
    assert gateway.get("/consultation/history?customer_id=c").status == 200
    stack.running["postgres"].stop()
    try:
        assert until_ready(gateway, 503).body["parts"] == {
            "kafka": True,
            "config": True,
            "switches": True,
            "redis": True,
            "postgres": False,
            "serving": True,
        }
        assert gateway.get("/consultation/history?customer_id=c").status == 503
        assert start(gateway, "c").status == 200
    finally:
        stack.launch("postgres").wait_ready()
    until_ready(gateway, 200)
    assert gateway.get("/consultation/history?customer_id=c").status == 200


def test_it_starts_before_its_parts_and_is_ready_after_them(stack: LocalStack, servers: Servers) -> None:
    with paused(stack, "kafka"):
        gateway = GatewayProcess(servers.environment)
        gateway.launch()
        deadline = time.monotonic() + SOON_S
        while True:
            try:
                assert gateway.get("/health/live").status == 200
                break
            except ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert gateway.get("/health/ready").status == 503
        assert start(gateway, "c").status == 503
        assert gateway.post("/agent/connect", {"session_id": "s"}).status == 503
    until_ready(gateway, 200)
    assert start(gateway, "c").status == 200
    assert gateway.stop() == 0


def test_it_ends_soon_while_the_broker_stalls(stack: LocalStack, servers: Servers) -> None:
    gateway = GatewayProcess(servers.environment)
    gateway.start()
    with ThreadPoolExecutor(1) as thread, paused(stack, "kafka"):
        waiting = thread.submit(start, gateway, "c")
        until_ready(gateway, 503)
        began = time.monotonic()
        assert gateway.stop(8.0) == 0
        assert time.monotonic() - began < 8
        assert waiting.exception(1.0) or waiting.result().status == 503


def produced(bootstrap: str) -> None:
    """Returns when the broker takes records."""

    async def produce() -> None:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            await producer.send_and_wait(CONVERSATION_COMMANDS.name, b"{}", key=b"after", partition=0)

    asyncio.run(produce())


def test_while_the_broker_is_dead_all_is_503_soon_and_soon_served_again(
    stack: LocalStack, servers: Servers
) -> None:
    gateway = GatewayProcess(servers.environment)
    gateway.start()
    pid = gateway.process and gateway.process.pid
    stack.running["kafka"].kill()
    try:
        killed = time.monotonic()
        while time.monotonic() < killed + 4.0:
            began = time.monotonic()
            answer = start(gateway, "dead-meanwhile")
            assert time.monotonic() - began < 2.0
            assert (answer.status, answer.media_type) == (503, "application/problem+json")
            assert 1 <= int(answer.headers["retry-after"]) <= 4
            time.sleep(0.05)
    finally:
        stack.launch("kafka").wait_ready()
    produced(servers.kafka)
    began = time.monotonic()
    while start(gateway, "dead-after").status != 200:
        assert time.monotonic() - began < 2.0
        time.sleep(0.02)
    assert gateway.process is not None
    assert (gateway.process.pid, gateway.process.poll()) == (pid, None)
    lost = records(servers.kafka, CONVERSATION_COMMANDS, b"dead-")
    # What was under way when it died is unknown and may land once; what was refused since is not there.
    assert sum(b"dead-after" not in (one.value or b"") for one in lost) <= 1
    assert gateway.stop() == 0
