"""What the processes log of one contact in which something goes wrong: its ids, and nothing personal."""

import asyncio
import json
from functools import partial
from typing import Any

from runtime.about import about_record
from schemas.envelope import headers
from schemas.ids import partition_of
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS, ROUTING_COMMANDS
from tests.end_to_end.clients import Agent, Customer, post
from tests.faults import logs
from tests.platform import POOLS, Platform
from tests.waiting import until

QUEUE = "alpha"
PERSONAL = ("Kim Marked", "010-5555-1234", "marked words")
Line = dict[str, Any]


def lines(platform: Platform, key: str, since: int) -> list[Line]:
    """Of a service, each of them JSON."""
    return [json.loads(line) for line in platform.services[key].log.read_text()[since:].splitlines()]


async def put(platform: Platform, place: tuple[str, int], key: str, value: bytes) -> int:
    """A record that nobody should write; its offset."""
    producer = await logs.producer(platform.stack.kafka.address)
    try:
        told = [*headers("bad", "bad"), ("cause", b"made.up:0:1:0:e:0")]
        sent = await producer.send_and_wait(
            place[0], value, key=key.encode(), partition=place[1], headers=told
        )
    finally:
        await producer.stop()
    return int(sent.offset)


def says_it(platform: Platform, key: str, since: int, told: Line) -> bool:
    found = [one for one in lines(platform, key, since) if one.items() >= told.items()]
    return any("set aside" in one["message"] for one in found)


def test_a_contacts_ids_are_in_the_lines_of_what_went_wrong(platform: Platform) -> None:
    services = ("gateway-0", "conversations-0", "routing-0", "persister-0", "notifier-0")
    since = {key: len(platform.services[key].log.read_text()) for key in services}
    begun = post(
        platform,
        "/chat/start",
        customer_id=PERSONAL[0],
        phone=PERSONAL[1],
        message=PERSONAL[2],
        customer_name=PERSONAL[0],
    )
    session = str(begun.body["session_id"])
    own = partition_of(session)
    with Customer(platform, session), Agent(platform, f"{QUEUE}-9") as agent:
        agent.entry("agent.state", presence="routable")
        assert post(platform, "/agent/connect", session_id=session, queue=QUEUE).status == 200
        contact = agent.accept(session)
        bad = json.dumps(
            {"type": PERSONAL[2], "session_id": session, "contact_id": contact, "text": PERSONAL[1]}
        )
        places = {
            "conversations-0": ((CONVERSATION_COMMANDS.name, own), session),
            "routing-0": ((ROUTING_COMMANDS.name, POOLS[QUEUE]), f"pool-{QUEUE}"),
            "persister-0": ((CONVERSATION_EVENTS.name, own), session),
        }
        records = {
            key: (*place, asyncio.run(put(platform, place, name, bad.encode())))
            for key, (place, name) in places.items()
        }
        agent.say(type="complete", contact_id=contact)
        agent.entry("assignment.ended")
    for key, record in records.items():
        told = about_record(*record, b"", bad.encode(), [("cause", b"made.up:0:1:0:e:0")])["fields"]
        says = partial(says_it, platform, key, since[key], told)
        asyncio.run(until(says, 20, f"{key} says nothing of {told}"))
    for key in services:
        text = platform.services[key].log.read_text()[since[key] :]
        assert not [word for word in PERSONAL if word in text]
