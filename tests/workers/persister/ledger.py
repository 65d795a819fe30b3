"""What Postgres must hold after a log, worked out record by record and compared row by row. Nothing of the
persister, its decoders or its SQL is used here: what both had wrong would not be seen."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from aiokafka import ConsumerRecord

from schemas.topics import CONVERSATION_EVENTS, ERASURES
from tests.workers.world import PARTITIONS, World

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]
_SESSION = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_KINDS = {"consultation.changed", "message.added", "conversation.rated", "conversation.erased"}
_UNSTORED = {"command.answered", "queue.position"}
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
_SHOWN = 10


@dataclass
class Ledger:
    """The rows by their keys; `letters` are the positions of what no row can hold."""

    key: str
    consultations: Rows = field(default_factory=dict)
    messages: Rows = field(default_factory=dict)
    customers: Rows = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    erased: dict[str, int] = field(default_factory=dict)
    """Until when, by the customer's digest."""
    gone: set[str] = field(default_factory=set)

    def read(self, events: Iterable[ConsumerRecord], erasures: Iterable[ConsumerRecord]) -> None:
        """The whole log; the events of each partition in their order."""
        for record in erasures:
            self._erase(record)
        for record in events:
            said = _parse(record.value or b"")
            if said is None:
                self._refuse(record)
            elif said["type"] not in _UNSTORED:
                self._hear(said)
        for rows in (self.consultations, self.messages):
            for key in [key for key in rows if key[0] in self.gone]:
                del rows[key]
        self._see_customers()

    def knows_all_of(self, customer: str) -> bool:
        """Whether nothing of the customer was erased: what is left of others depends on what came first."""
        return self._digest(customer) not in self.erased

    def _erase(self, record: ConsumerRecord) -> None:
        try:
            said = json.loads(record.value or b"")
        except ValueError:
            self._refuse(record)
            return
        self.gone |= set(said.get("sessions", ()))
        known = self.erased.get(said["customer"], said["at_ms"])
        self.erased[said["customer"]] = max(known, said["at_ms"])

    def _hear(self, said: Row) -> None:
        session = said["session_id"]
        match said["type"]:
            case "consultation.changed":
                self._consult(session, said)
            case "message.added":
                self.messages.setdefault((session, said["seq"]), _message(session, said))
            case "conversation.rated":
                held = self.consultations.get((session,))
                if held and held["rating"] is None:
                    held |= _rating(said)
            case _:
                self.gone.add(session)

    def _consult(self, session: str, said: Row) -> None:
        if _created_ms(session) <= self.erased.get(self._digest(said["customer_id"]), -1):
            self.gone.add(session)
        held = self.consultations.get((session,), {"version": 0, "rating": None})
        if said["version"] > held["version"]:
            rated = {name: held.get(name) for name in ("rating", "rating_comment", "rated_at")}
            rated["rating_comment"] = rated["rating_comment"] or ""
            self.consultations[session,] = _consultation(session, said) | rated
        one = self.customers.setdefault((said["customer_id"],), {"name": "", "phone": "", "sessions": {}})
        one["name"] = said.get("customer_name", "") or one["name"]
        one["phone"] = said.get("phone", "") or one["phone"]
        one["sessions"][session] = _at(said["started_at_ms"])

    def _see_customers(self) -> None:
        """Those of whom anything is left."""
        for key, one in list(self.customers.items()):
            seen = [at for session, at in one.pop("sessions").items() if session not in self.gone]
            if seen:
                one |= {"customer_id": key[0], "first_seen_at": min(seen), "last_seen_at": max(seen)}
            else:
                del self.customers[key]

    def _refuse(self, record: ConsumerRecord) -> None:
        self.letters.add(f"{record.topic}:{record.partition}:{record.offset}")

    def _digest(self, customer: str) -> str:
        return sha256(f"{self.key}|{customer}".encode()).hexdigest()


async def ledger(world: World, key: str) -> Ledger:
    """Of all that stands in the topics now."""
    found = Ledger(key)
    events = await world.read(world.name(CONVERSATION_EVENTS), PARTITIONS)
    found.read(events, await world.read(world.name(ERASURES)))
    return found


async def differences(world: World, key: str) -> list[str]:
    """What Postgres has otherwise than the log."""
    wanted = await ledger(world, key)
    said = _compare("consultations", wanted.consultations, await _rows(world, "consultations", "session_id"))
    said += _compare(
        "chat_messages", wanted.messages, await _rows(world, "chat_messages", "session_id", "seq")
    )
    held = await _rows(world, "customers", "customer_id")
    said += _compare("customers", _known(wanted, wanted.customers), _known(wanted, held))
    said += [f"customers: {one}" for one in sorted(held.keys() ^ wanted.customers.keys())]
    letters = set()
    for topic in (CONVERSATION_EVENTS, ERASURES):
        for letter in await world.read(world.prefix + topic.dlq):
            letters.add(dict(letter.headers)["id"].decode())
    said += [f"dead letters: {one}" for one in sorted(letters ^ wanted.letters)]
    return said


async def assert_equal_to_the_log(world: World, key: str) -> None:
    """Row for row, and its writers have never waited for each other in a circle."""
    found = await differences(world, key)
    assert not found, "\n".join([f"{len(found)} differences", *found[:_SHOWN]])
    (counted,) = await world.fetch(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    assert counted["deadlocks"] == 0


def _known(wanted: Ledger, rows: Rows) -> Rows:
    return {key: row for key, row in rows.items() if wanted.knows_all_of(key[0])}


async def _rows(world: World, table: str, *key: str) -> Rows:
    rows = [dict(row) for row in await world.fetch(f"SELECT * FROM {table}")]
    for row in rows:
        for name in ("legs", "attributes", "attachments"):
            if name in row:
                row[name] = json.loads(row[name])
    assert len({tuple(row[name] for name in key) for row in rows}) == len(rows), f"{table}: doubled"
    return {tuple(row[name] for name in key): row for row in rows}


def _compare(table: str, wanted: Mapping[Any, Row], held: Mapping[Any, Row]) -> list[str]:
    said = [f"{table}: {key} is missing" for key in sorted(wanted.keys() - held.keys())]
    said += [f"{table}: {key} should not be" for key in sorted(held.keys() - wanted.keys())]
    for key in sorted(wanted.keys() & held.keys()):
        if wanted[key] != held[key]:
            columns = sorted(wanted[key].keys() | held[key].keys())
            found = {n: (wanted[key].get(n), held[key].get(n)) for n in columns}
            said.append(f"{table}: {key}: { ({n: both for n, both in found.items() if both[0] != both[1]}) }")
    return said


def _parse(value: bytes) -> Row | None:
    """None for what no row can hold."""
    try:
        said = json.loads(value)
    except ValueError:
        return None
    fits = said.get("type") in _KINDS | _UNSTORED and _SESSION.fullmatch(said["session_id"])
    small = said.get("version", 0) < 2**31 and "\0" not in said.get("text", "")
    return said if fits and small else None


def _created_ms(session: str) -> int:
    return int(session.replace("-", "")[:12], 16)


def _at(unix_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=unix_ms)


def _consultation(session: str, said: Row) -> Row:
    texts = {name: said.get(name, "") for name in ("reason", "disposition", "note")}
    names = {name: said.get(name) or None for name in ("agent_id", "pool", "queue")}
    return {
        "session_id": session,
        "created_at": _at(_created_ms(session)),
        **{name: said[name] for name in ("version", "customer_id", "channel", "status", "state")},
        "started_at": _at(said["started_at_ms"]),
        "changed_at": _at(said["changed_at_ms"]),
        "ended_at": _at(said["ended_at_ms"]) if said.get("ended_at_ms") else None,
        **names,
        **texts,
        "messages": said.get("messages", 0),
        "synthetic": said.get("synthetic", False),
        "legs": said.get("legs", []),
        "attributes": said.get("attributes", {}),
    }


def _rating(said: Row) -> Row:
    at = _at(said.get("at_ms", 0))
    return {"rating": said["rating"], "rating_comment": said.get("comment", ""), "rated_at": at}


def _message(session: str, said: Row) -> Row:
    return {
        "session_id": session,
        "created_at": _at(_created_ms(session)),
        "seq": said["seq"],
        "message_id": said["message_id"],
        "role": said["role"],
        "sender_id": said.get("sender_id", ""),
        "kind": said.get("kind", "text"),
        "text": said.get("text", ""),
        "attachments": said.get("attachments", []),
        "at": _at(said.get("at_ms", 0)),
    }
