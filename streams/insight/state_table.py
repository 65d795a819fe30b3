"""The state of a pool as tables for the terminal."""

from collections import Counter
from collections.abc import Iterator

from rich.table import Table

from schemas.states import ContactState
from streams.routing.pool import Pool


def state_tables(pool: Pool, now_ms: int, when: str) -> Iterator[Table]:
    """Queues, agents and contacts. `now_ms` is the time on the partition's clock."""
    yield _queues(pool, when)
    yield _agents(pool, now_ms)
    if pool.contacts:
        yield _contacts(pool, now_ms)


def _queues(pool: Pool, when: str) -> Table:
    version = pool.config.version if pool.config else 0
    table = Table(title=f"{pool.name} at {when}, version {version}")
    states = (ContactState.PENDING, ContactState.RESERVED, ContactState.ASSIGNED, ContactState.WRAPPING)
    for name in ("queue", *states):
        table.add_column(name, justify="left" if name == "queue" else "right")
    found = Counter((contact.queue, contact.state) for contact in pool.contacts.values())
    for queue in pool.config.queues if pool.config else ():
        table.add_row(queue.name, *(str(found[queue.name, state]) for state in states))
    return table


def _agents(pool: Pool, now_ms: int) -> Table:
    table = Table(title="agents")
    for name in ("agent", "presence", "holds", "capacity", "idle s", "lease s"):
        table.add_column(name, justify="left" if name in ("agent", "presence") else "right")
    for status in sorted(pool.agents.values(), key=lambda status: status.agent_id):
        configured = pool.configured(status.agent_id)
        table.add_row(
            status.agent_id,
            f"{status.presence.value} {status.reason}".strip(),
            str(pool.load(status.agent_id)),
            str(configured.capacity if configured else "removed"),
            _seconds(now_ms - status.idle_since_ms) if not pool.load(status.agent_id) else "",
            _seconds(max(0, status.lease_ms - now_ms)),
        )
    return table


def _contacts(pool: Pool, now_ms: int) -> Table:
    table = Table(title="contacts, in the order of their line")
    for name in ("contact", "queue", "state", "agent", "age s", "priority", "step", "epoch"):
        table.add_column(name, justify="right" if name in ("age s", "priority", "step", "epoch") else "left")
    for contact in sorted(pool.contacts.values(), key=lambda contact: contact.order):
        table.add_row(
            contact.contact_id,
            contact.queue,
            contact.state.value,
            contact.agent_id,
            _seconds(now_ms - contact.enqueued_ms),
            str(contact.priority),
            str(contact.step),
            str(contact.offer_epoch),
        )
    return table


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:,.1f}"
