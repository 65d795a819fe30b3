"""aicc-webhooks as a process, on real Kafka and Postgres, and endpoints that answer all kinds of things."""

import asyncio
import random
import signal
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import pytest

from infra.stack.ports import free_ports
from schemas.audit import Decided, RoutingEvent
from schemas.codec import encode
from schemas.ids import session_id
from schemas.topics import CONVERSATION_EVENTS, ROUTING_EVENTS
from tests.workers.events import NOW_MS, changed
from tests.workers.webhooks.receiver import Receiver, receiving
from tests.workers.world import Given, World, ready, until
from workers.webhooks.signing import sign

SECRET = "whsec_" + b64encode(b"a secret of the tests alone").decode()
FORMER = "whsec_" + b64encode(b"the one before that").decode()
QUICK = {"poll_s": 0.05, "timeout_s": 1.0, "lease_margin_s": 0.5, "retry_first_s": 0.05, "retry_most_s": 0.2}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture(autouse=True)
def nobody_listens(world: World) -> None:
    """The database is the module's."""
    asyncio.run(world.fetch("DELETE FROM webhook_endpoints"))


def contact(rng: random.Random, event: Decided = Decided.ASSIGNED) -> RoutingEvent:
    session = session_id(0, NOW_MS + rng.randrange(10**6), rng.getrandbits(62))
    return RoutingEvent(pool="p", event=event, contact_id=f"{session}.1", queue="q", at_ms=NOW_MS)


def contacts(rng: random.Random, count: int) -> list[Given]:
    return [(rng.randrange(3), "p", encode(contact(rng))) for _ in range(count)]


async def listen(world: World, url: str, events: Sequence[str] = (), former: str = "") -> int:
    """Makes an endpoint as the gateway does."""
    rows = await world.fetch(
        "INSERT INTO webhook_endpoints (url, description, events, secret, former_secret, former_until) "
        "VALUES ($1, '', $2, $3, $4, now() + interval '1 hour') RETURNING id",
        url,
        list(events),
        SECRET,
        former or SECRET,
    )
    return int(rows[0]["id"])


async def states(world: World, endpoint: int) -> Counter[str]:
    """How many deliveries of the endpoint are in which state."""
    rows = await world.fetch("SELECT state FROM webhook_deliveries WHERE endpoint_id = $1", endpoint)
    return Counter(row["state"] for row in rows)


async def until_states(world: World, endpoint: int, **expected: int) -> None:
    async def there() -> bool:
        return await states(world, endpoint) == Counter(expected)

    try:
        await until(there, f"{expected}")
    except AssertionError as error:
        raise AssertionError(f"{error}, but {await states(world, endpoint)}") from error


async def produce(world: World, given: Sequence[Given]) -> None:
    """Equal ones under the same id."""
    async with world.producer() as producer:
        for partition, key, value in given:
            headers = [("id", sha256(value or b"").hexdigest().encode())]
            await producer.send(
                world.name(ROUTING_EVENTS), value, key=key.encode(), partition=partition, headers=headers
            )
        await producer.flush()


def scenario(story: Any) -> None:
    asyncio.run(story)


def test_an_event_is_sent_signed_to_who_asked_for_it(
    world: World, receiver: Receiver, rng: random.Random
) -> None:
    async def story() -> None:
        await world.create(CONVERSATION_EVENTS, ROUTING_EVENTS)
        every = await listen(world, receiver.url("/all"), former=FORMER)
        some = await listen(world, receiver.url("/some"), ["conversation.closed"])
        session = session_id(1, NOW_MS, rng.getrandbits(62))
        with world.worker("webhooks", **QUICK):
            await produce(world, [(0, "p", encode(contact(rng)))])
            versions = [
                changed(session, 1),
                changed(session, 2, closed=True),
                changed(session, 3, closed=True),
            ]
            await world.produce(CONVERSATION_EVENTS, [(1, session, encode(version)) for version in versions])
            await until_states(world, every, delivered=3)
            await until_states(world, some, delivered=1)

    scenario(story())
    types = {call.event["type"] for call in receiver.at("/all")}
    assert types == {"contact.assigned", "conversation.started", "conversation.closed"}
    (closed,) = receiver.at("/some")
    assert closed.event["type"] == "conversation.closed"
    assert closed.event["at"] == "2026-09-21T14:13:20.002000Z"
    for call in receiver.calls:
        assert call.headers["content-type"] == "application/json"
        assert call.headers["webhook-id"] == call.event["id"]
        signed = call.headers["webhook-id"], int(call.headers["webhook-timestamp"]), call.body
        secrets = (SECRET, FORMER) if call.path == "/all" else (SECRET, SECRET)
        assert call.headers["webhook-signature"].split() == [sign(secret, *signed) for secret in secrets]


def test_a_record_that_comes_again_is_sent_once(world: World, receiver: Receiver, rng: random.Random) -> None:
    async def story() -> None:
        await world.create(CONVERSATION_EVENTS, ROUTING_EVENTS)
        every = await listen(world, receiver.url("/"))
        given = contacts(rng, 20)
        with world.worker("webhooks", **QUICK):
            await produce(world, given)
            await until_states(world, every, delivered=20)
            await produce(world, given)
            await produce(world, [*given, (0, "p", encode(contact(rng)))])
            await until_states(world, every, delivered=21)

    scenario(story())
    assert len(receiver.calls) == len({call.headers["webhook-id"] for call in receiver.calls}) == 21


def test_what_fails_is_tried_again_and_at_last_dead(
    world: World, receiver: Receiver, rng: random.Random
) -> None:
    async def story() -> None:
        await world.create(CONVERSATION_EVENTS, ROUTING_EVENTS)
        (closed_port,) = free_ports(1)
        receiver.answers["/third"] = lambda nth: 200 if nth == 3 else 500
        receiver.answers["/never"] = lambda _: 404
        receiver.answers["/elsewhere"] = lambda _: 302
        receiver.more_headers["Location"] = receiver.url("/secret")
        third = await listen(world, receiver.url("/third"))
        never = [
            await listen(world, receiver.url("/never")),
            await listen(world, receiver.url("/elsewhere")),
            await listen(world, f"http://127.0.0.1:{closed_port}/"),
            await listen(world, "http://no.such.host.invalid/"),
        ]
        with world.worker("webhooks", **QUICK, retry_tries=4):
            await produce(world, contacts(rng, 1))
            await until_states(world, third, delivered=1)
            for endpoint in never:
                await until_states(world, endpoint, dead=1)
        rows = await world.fetch("SELECT * FROM webhook_deliveries ORDER BY endpoint_id")
        assert [row["tries"] for row in rows] == [3, 4, 4, 4, 4]
        assert [row["last_status"] for row in rows] == [200, 404, 302, None, None]
        assert "Cannot connect" in rows[3]["last_error"]

    scenario(story())
    counted = Counter(call.path for call in receiver.calls)
    assert counted == {"/third": 3, "/never": 4, "/elsewhere": 4}
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1


def test_who_answers_gone_hears_no_more(world: World, receiver: Receiver, rng: random.Random) -> None:
    async def story() -> None:
        await world.create(CONVERSATION_EVENTS, ROUTING_EVENTS)
        receiver.answers["/gone"] = lambda _: 410
        gone = await listen(world, receiver.url("/gone"))
        other = await listen(world, receiver.url("/other"))

        async def is_over() -> bool:
            return (await states(world, gone)).keys() == {"dead"}

        with world.worker("webhooks", **QUICK, in_flight_per_endpoint=1):
            await produce(world, contacts(rng, 5))
            await until_states(world, other, delivered=5)
            # As many as were made before the answer; those that were are dead.
            await until(is_over, "something is still to be sent")
            dead = await states(world, gone)
            await produce(world, contacts(rng, 3))
            await until_states(world, other, delivered=8)
            assert await states(world, gone) == dead
        (row,) = await world.fetch("SELECT * FROM webhook_endpoints WHERE id = $1", gone)
        assert (row["enabled"], row["disabled_why"]) == (False, "the endpoint answered 410 Gone")

    scenario(story())
    assert len(receiver.at("/gone")) == 1


def test_one_that_never_answers_holds_up_nobody(world: World, receiver: Receiver, rng: random.Random) -> None:
    async def story() -> None:
        await world.create(CONVERSATION_EVENTS, ROUTING_EVENTS)
        receiver.held.add("/slow")
        slow = await listen(world, receiver.url("/slow"))
        other = await listen(world, receiver.url("/other"))
        with world.worker("webhooks", **QUICK | {"timeout_s": 30.0}, in_flight=8):
            await produce(world, contacts(rng, 100))
            await until_states(world, other, delivered=100)
            assert await states(world, slow) == {"pending": 100}

    scenario(story())
    assert len(receiver.at("/slow")) == 4


def test_an_endpoint_that_hangs_is_given_up_in_time(
    world: World, receiver: Receiver, rng: random.Random
) -> None:
    async def story() -> None:
        await world.create(CONVERSATION_EVENTS, ROUTING_EVENTS)
        receiver.held.add("/slow")
        slow = await listen(world, receiver.url("/slow"))
        with world.worker("webhooks", **QUICK | {"timeout_s": 0.2}, retry_tries=2):
            await produce(world, contacts(rng, 1))
            await until_states(world, slow, dead=1)
        (row,) = await world.fetch("SELECT last_error FROM webhook_deliveries")
        assert row["last_error"] == "no answer within 0.2 s"

    scenario(story())


def test_nothing_is_lost_however_often_it_is_killed(
    world: World, receiver: Receiver, rng: random.Random
) -> None:
    """It may send twice, and then under the same id."""

    async def story() -> None:
        await world.create(CONVERSATION_EVENTS, ROUTING_EVENTS)
        receiver.answers["/"] = lambda nth: 500 if nth % 7 == 0 else 200
        every = await listen(world, receiver.url("/"))
        given = contacts(rng, 300)
        await produce(world, given)
        for kill in range(1, 4):
            process = world.start("webhooks", **QUICK, batch_records=50, retry_tries=1_000)
            try:

                async def far_enough(kill: int = kill) -> bool:
                    return len(receiver.calls) >= kill * 80

                await until(far_enough, "some were sent")
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()
        with world.worker("webhooks", **QUICK, batch_records=50, retry_tries=1_000):
            await until_states(world, every, delivered=300)

    scenario(story())
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 300


def test_a_signal_ends_it_and_what_is_in_hand_is_tried_by_the_next(
    world: World, receiver: Receiver, rng: random.Random
) -> None:
    async def story() -> None:
        await world.create(CONVERSATION_EVENTS, ROUTING_EVENTS)
        receiver.held.add("/slow")
        slow = await listen(world, receiver.url("/slow"))
        (port,) = free_ports(1)
        with world.worker("webhooks", **QUICK | {"timeout_s": 10.0}, metrics_port=port) as process:
            await ready(port)
            await produce(world, contacts(rng, 1))

            async def called() -> bool:
                return bool(receiver.calls)

            await until(called, "it is called")
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 6.0) == 0
        assert await states(world, slow) == {"pending": 1}
        receiver.held.clear()
        await world.fetch("UPDATE webhook_deliveries SET next_try_at = now()")
        with world.worker("webhooks", **QUICK):
            await until_states(world, slow, delivered=1)

    scenario(story())


def test_unreadable_records_are_set_aside(world: World, receiver: Receiver, rng: random.Random) -> None:
    async def story() -> None:
        await world.create(CONVERSATION_EVENTS, ROUTING_EVENTS)
        every = await listen(world, receiver.url("/"))
        with world.worker("webhooks", **QUICK):
            await world.produce(CONVERSATION_EVENTS, [(0, "x", b"{")])
            await world.produce(ROUTING_EVENTS, [(0, "x", b"{"), (0, "x", b"[" * 100_000)])
            await produce(world, contacts(rng, 1))
            await until_states(world, every, delivered=1)
        letters = await world.read(world.prefix + ROUTING_EVENTS.dlq)
        assert [letter.value[:2] for letter in letters] == [b"{", b"[["]
        assert await world.read(world.prefix + CONVERSATION_EVENTS.dlq) == []

    scenario(story())
