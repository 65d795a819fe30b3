"""routing.events into the intervals: what pools decided is counted in the transaction that stores how far."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from aiokafka import ConsumerRecord
from asyncpg.pool import PoolConnectionProxy

from schemas.audit import RoutingEvent, decode_audit
from workers.persister.intervals import Counts, Open, Place, Tally
from workers.persister.rows import at
from workers.persister.statements import statement
from workers.persister.tables import write_columns

_COUNTS = Counts.__struct_fields__
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Open).decode


class Intervals:
    """routing.events. A pool's events are all on one partition, so nobody else counts them meanwhile."""

    _contacts = statement("read_interval_contacts")
    _seqs = statement("read_interval_pools")
    _add = statement("add_intervals")
    _keep = statement("store_interval_contacts")
    _forget = statement("forget_interval_contacts")
    _advance = statement("advance_interval_pools")

    def build(self, record: ConsumerRecord) -> Sequence[RoutingEvent]:
        """The event. What can't be read is set aside by aicc-webhooks, which reads the topic, too."""
        try:
            event = decode_audit(record.value or b"")
            at(event.at_ms)
        except (ValueError, OverflowError, RecursionError):
            return ()
        return (event,)

    async def write(self, db: PoolConnectionProxy, rows: Iterable[RoutingEvent]) -> Collection[str]:
        """Each event of a pool is counted once, by its number."""
        events = list(rows)
        ids = sorted({event.contact_id for event in events if event.contact_id})
        known = await db.fetch(self._contacts, ids)
        seqs = await db.fetch(self._seqs, sorted({event.pool for event in events}))
        tally = Tally(
            {row["contact_id"]: _decode(row["state"]) for row in known},
            {row["pool"]: row["seq"] for row in seqs},
        )
        tally.hear(events)
        await write_columns(db, self._add, [_row(*one) for one in sorted(tally.rows.items())])
        kept = [(name, _encode(one).decode()) for name, one in sorted(tally.contacts.items())]
        await write_columns(db, self._keep, kept)
        await db.execute(self._forget, sorted(tally.over))
        await write_columns(db, self._advance, sorted(tally.seqs.items()))
        return ()


def _row(place: Place, counts: Counts) -> tuple[Any, ...]:
    # An array of arrays would need equal lengths: histograms go as literals.
    values = [getattr(counts, name) for name in _COUNTS]
    said = [f"{{{','.join(map(str, one))}}}" if isinstance(one, list) else one for one in values]
    return at(place.begin_ms), *place[1:], *said
