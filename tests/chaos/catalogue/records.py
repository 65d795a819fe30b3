"""Records that nobody can use, in the midst of the others: poison, oversized, of another schema."""

import json
from dataclasses import dataclass

from aiokafka.errors import MessageSizeTooLargeError

from schemas.topics import CONVERSATION_COMMANDS, ROUTING_COMMANDS
from tests.chaos.fault import Fault, Group
from tests.chaos.rig import Rig
from tests.faults import logs

_TOPICS = (CONVERSATION_COMMANDS, ROUTING_COMMANDS)
_OLD = "019b0000-0000-7000-8000-0000000000"


@dataclass(frozen=True)
class Appended(Fault):
    """These values are appended to every partition of both command topics, `times` each."""

    values: tuple[bytes, ...] = ()
    times: int = 1

    async def strike(self, platform: Rig) -> None:
        """All are in the log when it returns; what the broker refuses is no fault any more."""
        producer = await logs.producer(platform.stack.kafka.address)
        try:
            for topic in _TOPICS:
                for number in range(topic.partitions * self.times):
                    for value in self.values:
                        await producer.send(
                            topic.name, value, key=f"{_OLD}{number % 100:02}".encode(),
                            partition=number % topic.partitions,
                        )  # fmt: skip
            await producer.flush()
        finally:
            await producer.stop()


@dataclass(frozen=True)
class Oversized(Appended):
    """Larger than a topic takes: it has to be refused where it is written; a little smaller it passes."""

    async def strike(self, platform: Rig) -> None:
        """One that is refused, then those that are not."""
        producer = await logs.producer(platform.stack.kafka.address)
        try:
            await producer.send_and_wait(CONVERSATION_COMMANDS.name, b"x" * (3 << 20), partition=0)
        except MessageSizeTooLargeError:
            pass
        else:
            raise AssertionError("the broker took a record of 3 MB")
        finally:
            await producer.stop()
        await super().strike(platform)


def _json(**fields: object) -> bytes:
    return json.dumps(fields).encode()


_POISON = (b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b'{"type": 7}', b'{"type": "no.such.command"}')
_OLD_SCHEMA = (
    _json(type="chat.message", session_id=_OLD + "01", message_id="m", text="an old client's", colour="red"),
    _json(type="chat.start", session_id=_OLD + "02"),
    _json(type="agent.presence", pool="pool-alpha"),
)

RECORDS: tuple[Fault, ...] = (
    Appended("poison records in every partition", Group.RECORDS, values=_POISON),
    Appended("a flood of 5,600 poison records", Group.RECORDS, values=_POISON, times=50),
    Appended("records of an old schema", Group.RECORDS, values=_OLD_SCHEMA),
    Oversized("oversized records", Group.RECORDS, values=(b'{"type": "' + b"x" * 1_000_000 + b'"}',)),
)
