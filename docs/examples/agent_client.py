"""An agent's own client: reads its offers from the topic agent.assignments, and answers them over the API.

It takes every offer and completes each contact after a while, so it is of use for trying and as a beginning.
It needs aiokafka and nothing of the platform's code. docs/agent-clients.md says what it relies on.

    AGENT_TOKEN=$(aicc-token agent --agent agent-1) python docs/examples/agent_client.py --agent agent-1
"""

import argparse
import asyncio
import json
import os
import signal
import urllib.error
import urllib.request
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

TOPIC = "agent.assignments"
HEARTBEAT_S = 20.0
CALL_S = 5.0
RETRIES = 5


class Causes:
    """Drops what comes twice. After a crash the platform decides once more and appends equal records again:
    within one source partition, a cause that is not higher than the last one was heard before."""

    def __init__(self) -> None:
        self._highest: dict[str, tuple[int, int, str, int]] = {}

    def is_new(self, headers: Any) -> bool:
        """Whether the record with these headers is heard for the first time."""
        cause = next(value for name, value in headers if name == "cause").decode()
        topic, partition, offset, due_ms, rest = cause.split(":", 4)
        entity, _, nth = rest.rpartition(":")
        source, rank = f"{topic}:{partition}", (int(offset), int(due_ms), entity, int(nth))
        if rank <= self._highest.get(source, (-1, 0, "", 0)):
            return False
        self._highest[source] = rank
        return True


class Api:
    """The agent's calls."""

    def __init__(self, gateway: str, token: str) -> None:
        self._gateway, self._token = gateway, token

    async def say(self, path: str, **body: object) -> str:
        """ "accepted", or the type of the problem. What can't be reached is tried again: each of these calls
        may be made twice."""
        for attempt in range(RETRIES):
            status, found = await asyncio.to_thread(self._post, path, body)
            if status == 200:
                return str(found["verdict"] or "accepted, as far as is known")
            if status not in (0, 429, 503):
                break
            await asyncio.sleep(0.2 * 2**attempt)
        return str(found.get("type", "unreachable"))

    def _post(self, path: str, body: object) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._gateway + path, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=CALL_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as problem:
            return problem.code, json.load(problem)
        except OSError:
            return 0, {}


class Client:
    """One agent at work."""

    def __init__(self, agent: str, api: Api, handle_s: float) -> None:
        self._agent, self._api, self._handle_s = agent, api, handle_s
        self._causes = Causes()
        self._serving: dict[str, asyncio.Task[None]] = {}

    async def run(self, consumer: AIOKafkaConsumer) -> None:
        """Until cancelled. It reads from the topic's end on, and only then says that it is there: the answer
        is an `agent.state` with all that the agent holds, so nothing earlier need be read."""
        places = [TopicPartition(TOPIC, number) for number in consumer.partitions_for_topic(TOPIC) or ()]
        consumer.assign(places)
        await consumer.seek_to_end(*places)
        for place in places:
            await consumer.position(place)
        self._tell("presence", await self._api.say("/agent/presence", presence="routable"))
        beating = asyncio.create_task(self._beat())
        try:
            async for record in consumer:
                if record.key == self._agent.encode() and self._causes.is_new(record.headers):
                    await self._hear(record)
        finally:
            beating.cancel()
            self._tell("presence", await self._api.say("/agent/presence", presence="offline"))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if await self._api.say("/agent/heartbeat") == "/problems/not-present":
                await self._api.say("/agent/presence", presence="routable")

    async def _hear(self, record: ConsumerRecord) -> None:
        entry = json.loads(record.value)
        match entry["type"]:
            case "agent.state":
                for held in entry.get("contacts", ()):
                    await self._take_up(held)
            case "offer.made":
                await self._accept(entry)
            case "assignment.made":
                self._serve(entry["contact_id"])
            case "assignment.ended" | "offer.ended" if entry["reason"] != "wrapping":
                if task := self._serving.pop(entry["contact_id"], None):
                    task.cancel()
            case _:
                pass  # what a later release says is not for this one

    async def _take_up(self, held: dict[str, Any]) -> None:
        """What the agent holds already, from an earlier run."""
        if held["state"] == "reserved":
            await self._accept(held)
        else:
            self._serve(held["contact_id"])

    async def _accept(self, offer: dict[str, Any]) -> None:
        contact, epoch = offer["contact_id"], offer["offer_epoch"]
        said = await self._api.say("/agent/accept", contact_id=contact, offer_epoch=epoch)
        self._tell("offer", contact, said)

    def _serve(self, contact: str) -> None:
        if contact not in self._serving:
            self._serving[contact] = asyncio.create_task(self._handle(contact))

    async def _handle(self, contact: str) -> None:
        await asyncio.sleep(self._handle_s)
        self._serving.pop(contact, None)
        said = await self._api.say("/agent/complete", contact_id=contact, disposition="solved")
        self._tell("completed", contact, said)

    def _tell(self, *words: str) -> None:
        print(self._agent, *words, flush=True)


async def work(arguments: argparse.Namespace) -> None:
    """Until SIGINT or SIGTERM."""
    client = Client(arguments.agent, Api(arguments.gateway, os.environ["AGENT_TOKEN"]), arguments.handle_s)
    async with AIOKafkaConsumer(
        TOPIC, bootstrap_servers=arguments.kafka, enable_auto_commit=False
    ) as consumer:
        consumer.unsubscribe()
        working = asyncio.create_task(client.run(consumer))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, working.cancel)
        await asyncio.wait({working})
        if not working.cancelled():
            working.result()


def main() -> None:
    """The command; the agent's token is in AGENT_TOKEN."""
    parser = argparse.ArgumentParser(description="Takes an agent's offers and completes what was accepted.")
    parser.add_argument("--agent", required=True, help="the agent's id")
    parser.add_argument("--gateway", default="http://127.0.0.1:8080")
    parser.add_argument("--kafka", default="127.0.0.1:9092")
    parser.add_argument("--handle-s", type=float, default=5.0, help="how long each contact takes")
    asyncio.run(work(parser.parse_args()))


if __name__ == "__main__":
    main()
