"""The brokers, at the addresses under which they say clients find them."""

import asyncio
from contextlib import suppress

from infra.doctor.finding import Case, Finding, ok, wrong
from infra.doctor.kafka import administering

_CONNECT_S = 3.0


async def reachable(case: Case) -> list[Finding]:
    """A bootstrap address may answer where the advertised ones do not."""
    async with administering(case) as admin:
        cluster = await admin.describe_cluster()
    brokers = [(one["node_id"], one["host"], one["port"]) for one in cluster["brokers"]]
    silent = [one for one in brokers if not await _answers(one[1], one[2])]
    if silent:
        return [
            wrong(
                f"broker {node} says it is at {host}:{port}, where nobody answers",
                "start it, or set its advertised.listeners to an address that is reachable from here",
            )
            for node, host, port in silent
        ]
    return [ok(f"{len(brokers)} {'broker' if len(brokers) == 1 else 'brokers'} at {_all(brokers)}")]


async def _answers(host: str, port: int) -> bool:
    with suppress(OSError, TimeoutError):
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _CONNECT_S)
        writer.close()
        return True
    return False


def _all(brokers: list[tuple[int, str, int]]) -> str:
    return ", ".join(f"{host}:{port}" for _, host, port in brokers)
