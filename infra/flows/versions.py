"""Which versions of flows were published, as Postgres has it."""

from datetime import datetime
from typing import NamedTuple

import asyncpg

_CONNECT_S = 5.0
_PUBLISHED = """
SELECT DISTINCT ON (flow->>'name', (flow->>'version')::bigint)
       flow->>'name' AS name, (flow->>'version')::bigint AS version, pool, at, author,
       (SELECT count(*) FROM jsonb_object_keys(flow->'nodes')) AS nodes
FROM config_audit, jsonb_array_elements(coalesce(config->'flows', '[]')) AS flow
WHERE ($1 = '' OR pool = $1)
ORDER BY flow->>'name', (flow->>'version')::bigint DESC, id
"""


class Published(NamedTuple):
    """A version of a flow, and who published it first."""

    name: str
    version: int
    pool: str
    at: datetime
    author: str
    nodes: int


async def published(database_url: str, pool: str) -> list[Published]:
    """By name, newest first; of one pool or (empty) of all. Raises asyncpg's errors and OSError."""
    db = await asyncpg.connect(database_url, timeout=_CONNECT_S)
    try:
        rows = await db.fetch(_PUBLISHED, pool)
    finally:
        await db.close()
    return [Published(**dict(row)) for row in rows]
