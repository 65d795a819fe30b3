"""Webhooks' endpoints and deliveries, as Postgres has them."""

from datetime import datetime
from pathlib import Path

import asyncpg
import msgspec

from gateway.database import Database
from gateway.sql import statements
from schemas.codec import encode
from schemas.webhooks import DeliveryState, EndpointWanted, Event, EventType

SQL = statements(Path(__file__).with_name("store.sql"))
MOST_ENDPOINTS = 100


class Endpoint(msgspec.Struct, kw_only=True):
    """An endpoint, without its secret; no `events`: it hears of all."""

    id: int
    url: str
    description: str
    events: list[EventType]
    enabled: bool
    disabled_why: str
    created_at: datetime
    pending: int
    dead: int


class Delivery(msgspec.Struct, kw_only=True):
    """One event for one endpoint. `tries` counts since it was made, or last sent again by hand."""

    id: int
    endpoint_id: int
    url: str
    event_id: str
    type: EventType
    state: DeliveryState
    tries: int
    created_at: datetime
    last_try_at: datetime | None
    next_try_at: datetime | None
    last_status: int | None
    last_error: str
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class DeliveryPage(msgspec.Struct, kw_only=True):
    """200 of GET /admin/webhooks/deliveries; `next_before` is null on the last page."""

    items: list[Delivery]
    next_before: int | None


class DeliveryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries; 0 and empty leave a field open."""

    endpoint: int
    state: str
    before: int


class WebhookStore:
    """Over `database`. Raises asyncpg's errors, OSError and TimeoutError where Postgres does not answer."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def endpoints(self) -> list[Endpoint]:
        """All of them."""
        rows = await self.database.fetch(SQL["endpoints"])
        return [msgspec.convert(dict(row), Endpoint) for row in rows]

    async def next_endpoint(self) -> int:
        """The id of an endpoint that is to be made."""
        return int(await self.database.fetchval(SQL["next_endpoint"]))

    async def add(self, endpoint: int, wanted: EndpointWanted, secret: str) -> bool:
        """Makes it; False where there are too many."""
        events = [event.value for event in wanted.events]
        new = (endpoint, wanted.url, wanted.description, events, secret, MOST_ENDPOINTS)
        return await self._id("add_endpoint", *new) is not None

    async def remove(self, endpoint: int) -> bool:
        """With its deliveries; whether there was one."""
        return await self._id("remove_endpoint", endpoint) is not None

    async def enable(self, endpoint: int) -> bool:
        """Whether there is one."""
        return await self._id("enable_endpoint", endpoint) is not None

    async def rotate(self, endpoint: int, secret: str, both_s: float) -> datetime | None:
        """Until when the former secret signs, too; None where there is no such endpoint."""
        until: datetime | None = await self.database.fetchval(SQL["rotate_secret"], endpoint, secret, both_s)
        return until

    async def add_test(self, endpoint: int, event: Event) -> int | None:
        """The delivery's id; None where there is no such endpoint that is enabled."""
        return await self._id("add_test", endpoint, event.id, event.type.value, encode(event).decode())

    async def deliveries(self, of: DeliveryFilter, limit: int, *, bodies: bool) -> DeliveryPage:
        """The newest ones."""
        rows = await self.database.fetch(
            SQL["deliveries"], of.endpoint, of.state, of.before, limit + 1, bodies
        )
        items = [_delivery(row) for row in rows[:limit]]
        return DeliveryPage(items=items, next_before=items[-1].id if len(rows) > limit else None)

    async def endpoint_of(self, delivery: int) -> int | None:
        """None where there is no such delivery."""
        return await self._id("endpoint_of", delivery)

    async def send_again(self, delivery: int) -> str:
        """Empty where it will be sent again, else why not: `unknown`, `disabled` or `pending`."""
        if await self._id("send_again", delivery) is not None:
            return ""
        row = await self.database.fetchrow(SQL["delivery_state"], delivery)
        if row is None:
            return "unknown"
        return "pending" if row["enabled"] else "disabled"

    async def _id(self, statement: str, *values: object) -> int | None:
        found: int | None = await self.database.fetchval(SQL[statement], *values)
        return found


def _delivery(row: asyncpg.Record) -> Delivery:
    fields = dict(row)
    body = fields.pop("body")
    found = msgspec.convert(fields, Delivery)
    if body is not None:
        found.body = msgspec.Raw(body.encode())
    return found
