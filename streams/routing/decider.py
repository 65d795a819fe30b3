"""Routing as the harness sees it: pools are the entities."""

from collections.abc import Mapping

from schemas.routing import RoutingCommand, decode_command
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    CONVERSATION_COMMANDS,
    ROUTING_ANSWERS,
    ROUTING_APP,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
)
from streams.harness.decider import Life, Rules
from streams.routing.pool import Pool
from streams.routing.rules import RoutingRules
from streams.routing.state import PoolState


class RoutingDecider:
    """Decides routing.commands."""

    app = ROUTING_APP
    source = ROUTING_COMMANDS
    writes = (ROUTING_EVENTS, AGENT_ASSIGNMENTS, CONVERSATION_COMMANDS, ROUTING_ANSWERS)
    rules: Mapping[int, Rules[Pool, RoutingCommand]] = {1: RoutingRules()}
    decode = staticmethod(decode_command)
    pack = staticmethod(Pool.pack)
    unpack = staticmethod(Pool.unpack)

    def new(self, entity: str, partition: int, life: Life) -> Pool:
        """A pool without configuration."""
        return Pool(PoolState(pool=entity, partition=partition))
