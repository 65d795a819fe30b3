"""How records become deliveries: the tables of the sink that the persister has, too."""

import asyncio
from collections.abc import Collection, Iterable, Sequence

from aiokafka import ConsumerRecord
from asyncpg.pool import PoolConnectionProxy

from schemas.audit import decode_audit
from schemas.codec import encode
from schemas.conversation import decode_event
from schemas.envelope import header
from schemas.webhooks import Event, TestData
from workers.persister.statements import statement as persister_statement
from workers.persister.tables import write_columns
from workers.webhooks.events import of_conversation, of_routing
from workers.webhooks.statements import statement


class Deliveries:
    """Writes a delivery of each event for each endpoint that hears of it; `woken` is set."""

    _add = statement("add_deliveries")
    _erased = statement("erased_sessions")
    _hold = persister_statement("hold_erasures")

    def __init__(self, woken: asyncio.Event) -> None:
        self._woken = woken

    async def write(self, db: PoolConnectionProxy, rows: Iterable[Event]) -> Collection[str]:
        """Once more, with the same effect. Of sessions that are erased nothing is told any more."""
        await db.execute(self._hold)
        events = list(rows)
        found = await db.fetch(self._erased, [_session(event) for event in events])
        erased = {row["session_id"] for row in found}
        columns = [
            (event.id, event.type.value, encode(event).decode())
            for event in events
            if _session(event) not in erased
        ]
        await write_columns(db, self._add, columns)
        if columns:
            self._woken.set()
        return ()


def _session(event: Event) -> str:
    """Empty for one that is of none."""
    return "" if isinstance(event.data, TestData) else event.data.session_id


class Contacts(Deliveries):
    """routing.events"""

    def build(self, record: ConsumerRecord) -> Sequence[Event]:
        """One event or none. Raises ValueError or OverflowError."""
        identity = header(record.headers, "id") or f"{record.topic}:{record.partition}:{record.offset}"
        found = of_routing(decode_audit(record.value or b""), identity)
        return (found,) if found else ()


class Conversations(Deliveries):
    """conversation.events"""

    def build(self, record: ConsumerRecord) -> Sequence[Event]:
        """One event or none. Of what can't be read nothing is said here: the persister sets it aside."""
        try:
            found = of_conversation(decode_event(record.value or b""))
        except (ValueError, OverflowError, RecursionError):
            return ()
        return (found,) if found else ()
