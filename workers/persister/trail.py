"""The audit's rows."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from aiokafka import ConsumerRecord
from asyncpg.pool import PoolConnectionProxy

from schemas.audit_trail import Audited, decode_audited
from workers.persister.rows import at
from workers.persister.statements import statement
from workers.persister.tables import write_columns


class Trail:
    """audit: each record once."""

    _store = statement("store_audit")

    def build(self, record: ConsumerRecord) -> Sequence[Audited]:
        """The one row. Raises ValueError for what none is."""
        return (decode_audited(record.value or b""),)

    async def write(self, db: PoolConnectionProxy, rows: Iterable[Audited]) -> Collection[str]:
        """In the order of the log."""
        await write_columns(db, self._store, list(map(_columns, rows)))
        return ()


def _columns(done: Audited) -> tuple[Any, ...]:
    # An array of arrays would need equal lengths.
    roles = ",".join(done.roles)
    what = (done.pool, done.session_id, done.contact_id, done.customer_id, done.detail)
    return done.id, at(done.at_ms), done.actor, done.action, roles, *what
