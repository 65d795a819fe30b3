"""How good estimated waits were, as the prober's metrics say it."""

import asyncio
from typing import Any

from infra.stack.ports import free_ports
from schemas.audit import Decided, RoutingEvent
from schemas.codec import encode
from schemas.envelope import Cause, headers
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    CONFIG,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    POSITIONS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
)
from tests.workers.world import World, counted, ready, until

READ = CONVERSATION_EVENTS, CONVERSATION_COMMANDS, ROUTING_COMMANDS, AGENT_ASSIGNMENTS, CONFIG


def _answered(waited_s: float, **more: Any) -> RoutingEvent:
    given = {"event": Decided.ASSIGNED, "queue": "q", "estimate_s": 100.0, "estimate_high_s": 150.0, **more}
    return RoutingEvent(pool="p", waited_s=waited_s, **given)


async def _tell(world: World, *events: RoutingEvent, since: int) -> None:
    """The decisions of the pool's commands from the offset `since` on."""
    async with world.producer() as producer:
        for offset, event in enumerate(events, since):
            cause = Cause("routing.commands", 0, offset, 0, "p", 0)
            await producer.send_and_wait(
                world.name(ROUTING_EVENTS),
                encode(event),
                key=b"p",
                partition=0,
                headers=headers(str(cause), "routing.decided", str(cause)),
            )


def test_errors_of_estimates_are_counted(world: World) -> None:
    async def scenario() -> None:
        await world.create(*READ, POSITIONS, ROUTING_EVENTS)
        await _tell(world, _answered(80.0), since=0)  # before anybody looks
        (port,) = free_ports(1)
        with world.worker("prober", every_s=0.1, metrics_port=port):
            await ready(port)
            events = [
                _answered(80.0),
                _answered(200.0),
                _answered(120.0, queue="other"),
                _answered(0.5),
                _answered(50.0, estimate_s=0.0, estimate_high_s=0.0),
                _answered(50.0, synthetic=True),
                _answered(50.0, event=Decided.CANCELED),
            ]
            await _tell(world, *events, since=1)
            await _tell(world, *events, since=1)  # decided again after a crash
            await _tell(world, _answered(100.0, queue="last"), since=100)

            async def all_seen() -> bool:
                return await counted(port, 'aicc_estimated_wait_total{queue="last"') == 1

            await until(all_seen, "the last event")
            assert await counted(port, 'aicc_estimated_wait_total{queue="q",within="p90"}') == 2
            assert await counted(port, 'aicc_estimated_wait_total{queue="q",within="above"}') == 1
            assert await counted(port, 'aicc_estimated_wait_total{queue="other",within="p90"}') == 1
            assert await counted(port, 'aicc_estimated_wait_off_seconds_total{queue="q"}') == 20 + 100 + 99.5
            assert await counted(port, 'aicc_estimated_wait_waited_seconds_total{queue="q"}') == 280.5
            ratio = 'aicc_estimated_wait_error_ratio_bucket{le="%s",queue="q"}'
            found = [await counted(port, ratio % bound) for bound in ("0.2", "0.3", "0.5", "5.0", "+Inf")]
            assert found == [0, 1, 2, 2, 3]

    asyncio.run(scenario())
