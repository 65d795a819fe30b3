"""Ids of sessions that begin."""

from typing import NamedTuple

from gateway.answers import busy
from gateway.commands import spread
from gateway.randomness import RandomBits
from gateway.state import Gateway, now_ms
from schemas.ids import session_id
from schemas.topics import CONVERSATION_COMMANDS

_random_bits = RandomBits().next


class NewSession(NamedTuple):
    """A session's id, and the partition that is in it."""

    session_id: str
    partition: int


def new_session(gateway: Gateway) -> NewSession:
    """Raises Refused (503) while it is unknown which partitions there are."""
    partitions = gateway.outbox.partitions.get(CONVERSATION_COMMANDS.name, 0)
    if not partitions:
        raise busy("The platform can't be reached")
    unix_ms = now_ms()
    partition = spread(partitions, unix_ms, gateway.spread_offset)
    return NewSession(session_id(partition, unix_ms, _random_bits()), partition)
