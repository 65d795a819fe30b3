"""Consultations of all kinds, as the persister stores them."""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

import asyncpg

from schemas.ids import created_at, session_id

START_MS = 1_789_000_000_000
_CONSULTATION = """
INSERT INTO consultations (session_id, created_at, version, customer_id, channel, status, state,
                           started_at, changed_at, agent_id, pool, queue)
VALUES ($1, $2, 1, $3, $4, $5, 'closed', $2, $2, $6, $7, $8)
"""
_CUSTOMER = """
INSERT INTO customers (customer_id, name, phone, first_seen_at, last_seen_at)
VALUES ($1, $2, $3, now(), now())
ON CONFLICT DO NOTHING
"""
_AGENT = "INSERT INTO agents (agent_id, name, pool) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_MESSAGE = """
INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, kind, text, at)
VALUES ($1, $2, $3, 'm', $4, $5, $6, $2)
"""


class Past(NamedTuple):
    """A consultation that began `minute` after START_MS; `said` are (role, kind, text)."""

    minute: int
    customer: str = "c"
    status: str = "completed"
    channel: str = "chat"
    agent: str | None = None
    pool: str | None = None
    queue: str | None = None
    said: tuple[tuple[str, str, str], ...] = ()

    @property
    def session(self) -> str:
        return session_id(self.minute % 8, START_MS + self.minute * 60_000, self.minute)


def store(url: str, past: Iterable[Past], customers: Iterable[tuple[str, str, str]] = ()) -> None:
    """`customers` are (customer_id, name, phone)."""
    asyncio.run(_store(url, past, customers))


async def _store(url: str, past: Iterable[Past], customers: Iterable[tuple[str, str, str]]) -> None:
    db = await asyncpg.connect(url)
    for customer in customers:
        await db.execute(_CUSTOMER, *customer)
    for one in past:
        at = created_at(one.session)
        row = (one.session, at, one.customer, one.channel, one.status, one.agent, one.pool, one.queue)
        await db.execute(_CONSULTATION, *row)
        if one.agent:
            await db.execute(_AGENT, one.agent, one.agent.title(), one.pool or "")
        for seq, said in enumerate(one.said, 1):
            await db.execute(_MESSAGE, one.session, at, seq, *said)
    await db.close()
